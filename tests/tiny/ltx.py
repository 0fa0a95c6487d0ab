"""LTX-2 at a hundred thousand random parameters: every part, with the real ratios of 32 and 8."""

from pathlib import Path

import torch
from diffusers import (
    AutoencoderKLLTX2Audio,
    AutoencoderKLLTX2Video,
    FlowMatchEulerDiscreteScheduler,
    LTX2Pipeline,
    LTX2VideoTransformer3DModel,
)
from diffusers.pipelines.ltx2 import LTX2TextConnectors
from diffusers.pipelines.ltx2.latent_upsampler import LTX2LatentUpsamplerModel
from diffusers.pipelines.ltx2.vocoder import LTX2Vocoder
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from transformers import Gemma3Config, Gemma3ForConditionalGeneration

from tests.tiny.cards import environment, write_tiny_card
from tests.tiny.text import byte_tokenizer

HUB = "tiny/ltx"
WIDTH = 32
CHANNELS = 8
TILING = {"cell": 32, "edge": 192, "overlap": 64}
LEVERS = {"dtype": "float32", "attention": "native", "checkpoint_steps": 2}


def write_tiny_ltx(shelf: Path) -> Path:
    """Write the model where a shelf of weights has the real one; return its folder."""
    folder = shelf / HUB
    pipe = LTX2Pipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=_video(),
        audio_vae=_sound(),
        text_encoder=_gemma(),
        tokenizer=byte_tokenizer(length=1024, left=True),
        connectors=_connectors(),
        transformer=_transformer(),
        vocoder=_vocoder(),
    )
    pipe.save_pretrained(folder)
    _seeded(6)
    upsampler = LTX2LatentUpsamplerModel(
        in_channels=CHANNELS, mid_channels=32, num_blocks_per_stage=1
    )
    upsampler.save_pretrained(folder / "latent_upsampler")
    return folder


def _seeded(number: int) -> None:
    torch.manual_seed(number)


def _gemma() -> Gemma3ForConditionalGeneration:
    _seeded(0)
    config = Gemma3Config(
        text_config={
            "vocab_size": 264, "hidden_size": WIDTH, "intermediate_size": 32,
            "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1,
            "head_dim": 8, "max_position_embeddings": 2048, "sliding_window": 64,
            "pad_token_id": 0, "eos_token_id": 1, "bos_token_id": 3,
        },
        vision_config={
            "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1,
            "num_attention_heads": 2, "image_size": 16, "patch_size": 8,
        },
        mm_tokens_per_image=4, image_token_index=260, boi_token_index=261, eoi_token_index=262,
    )  # fmt: skip
    return Gemma3ForConditionalGeneration(config).eval()


def _transformer() -> LTX2VideoTransformer3DModel:
    _seeded(1)
    return LTX2VideoTransformer3DModel(
        in_channels=CHANNELS, out_channels=CHANNELS, patch_size=1, patch_size_t=1,
        num_attention_heads=2, attention_head_dim=8, cross_attention_dim=16, audio_in_channels=4,
        audio_out_channels=4, audio_num_attention_heads=2, audio_attention_head_dim=4,
        audio_cross_attention_dim=8, num_layers=2, qk_norm="rms_norm_across_heads",
        caption_channels=WIDTH, rope_double_precision=False, rope_type="split",
    ).eval()  # fmt: skip


def _connectors() -> LTX2TextConnectors:
    _seeded(2)
    return LTX2TextConnectors(
        caption_channels=WIDTH, text_proj_in_factor=3, video_connector_num_attention_heads=4,
        video_connector_attention_head_dim=8, video_connector_num_layers=1,
        video_connector_num_learnable_registers=None, audio_connector_num_attention_heads=4,
        audio_connector_attention_head_dim=8, audio_connector_num_layers=1,
        audio_connector_num_learnable_registers=None, connector_rope_base_seq_len=32,
        rope_theta=10000.0, rope_double_precision=False, causal_temporal_positioning=False,
        rope_type="split",
    ).eval()  # fmt: skip


def _video() -> AutoencoderKLLTX2Video:
    _seeded(3)
    return AutoencoderKLLTX2Video(
        in_channels=3, out_channels=3, latent_channels=CHANNELS,
        block_out_channels=(8, 8, 8), decoder_block_out_channels=(8, 8, 8),
        layers_per_block=(1, 1, 1, 1), decoder_layers_per_block=(1, 1, 1, 1),
        spatio_temporal_scaling=(True, True, True),
        decoder_spatio_temporal_scaling=(True, True, True),
        decoder_inject_noise=(False,) * 4,
        downsample_type=("spatiotemporal", "spatiotemporal", "spatiotemporal"),
        upsample_residual=(False,) * 3, upsample_factor=(1, 1, 1), timestep_conditioning=False,
        patch_size=4, patch_size_t=1, encoder_causal=True, decoder_causal=False,
    ).eval()  # fmt: skip


def _sound() -> AutoencoderKLLTX2Audio:
    _seeded(4)
    return AutoencoderKLLTX2Audio(
        base_channels=4, output_channels=2, ch_mult=(1,), num_res_blocks=1, attn_resolutions=None,
        in_channels=2, resolution=32, latent_channels=2, norm_type="pixel",
        causality_axis="height", dropout=0.0, mid_block_add_attention=False, sample_rate=16000,
        mel_hop_length=160, is_causal=True, mel_bins=8,
    ).eval()  # fmt: skip


def _vocoder() -> LTX2Vocoder:
    _seeded(5)
    return LTX2Vocoder(
        in_channels=16, hidden_channels=32, out_channels=2, upsample_kernel_sizes=[4, 4],
        upsample_factors=[2, 2], resnet_kernel_sizes=[3], resnet_dilations=[[1, 3, 5]],
        leaky_relu_negative_slope=0.1, output_sampling_rate=16000,
    ).eval()  # fmt: skip


def write_tiny_adapter(shelf: Path, hub: str, *, seed: int) -> None:
    """Write an adapter for the tiny transformer, as peft trains it."""
    model = _transformer()
    _seeded(seed)
    layers = ["attn1.to_q", "attn1.to_k", "attn1.to_v"]
    model.add_adapter(LoraConfig(r=2, target_modules=layers, init_lora_weights=False))
    LTX2Pipeline.save_lora_weights(
        shelf / hub, transformer_lora_layers=get_peft_model_state_dict(model)
    )


def set_up_tiny_ltx(folder: Path, **changes: object) -> dict[str, str]:
    """Write the model and its card under a folder; return the environment that finds them."""
    write_tiny_ltx(folder / "shelf")
    write_tiny_card(folder / "cards", "ltx", HUB, **{"tiling": TILING, "levers": LEVERS, **changes})
    for name in ("hdr", "dolly"):
        write_tiny_adapter(folder / "shelf", f"tiny/{name}", seed=len(name))
    return environment(folder)
