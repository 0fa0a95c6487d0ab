"""LTX-Video at a hundred thousand random parameters, with the real ratios of 32 and 8."""

from pathlib import Path

import torch
from diffusers import (
    AutoencoderKLLTXVideo,
    FlowMatchEulerDiscreteScheduler,
    LTXConditionPipeline,
    LTXVideoTransformer3DModel,
)
from diffusers.pipelines.ltx.modeling_latent_upsampler import LTXLatentUpsamplerModel
from transformers import T5Config, T5EncoderModel

from tests.tiny.cards import environment, write_tiny_card
from tests.tiny.text import byte_tokenizer

HUB = "tiny/ltx-video"
CHANNELS = 8
TILING = {"cell": 32, "edge": 192, "overlap": 64}
LEVERS = {"dtype": "float32", "attention": "native", "checkpoint_steps": 2}


def write_tiny_ltx_video(shelf: Path) -> None:
    """Write the model where a shelf of weights has the real one."""
    torch.manual_seed(0)
    words = T5Config(
        vocab_size=264, d_model=32, d_kv=8, d_ff=32, num_layers=1, num_heads=4, pad_token_id=0
    )
    pipe = LTXConditionPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=_video(),
        text_encoder=T5EncoderModel(words).eval(),
        tokenizer=byte_tokenizer(length=256, left=False),
        transformer=_transformer(),
    )
    pipe.save_pretrained(shelf / HUB)
    torch.manual_seed(3)
    upsampler = LTXLatentUpsamplerModel(
        in_channels=CHANNELS, mid_channels=32, num_blocks_per_stage=1, dims=3
    )
    upsampler.save_pretrained(shelf / HUB / "latent_upsampler")


def _transformer() -> LTXVideoTransformer3DModel:
    torch.manual_seed(1)
    return LTXVideoTransformer3DModel(
        in_channels=CHANNELS, out_channels=CHANNELS, patch_size=1, patch_size_t=1,
        num_attention_heads=4, attention_head_dim=8, cross_attention_dim=32, num_layers=2,
        caption_channels=32,
    ).eval()  # fmt: skip


def _video() -> AutoencoderKLLTXVideo:
    torch.manual_seed(2)
    return AutoencoderKLLTXVideo(
        in_channels=3, out_channels=3, latent_channels=CHANNELS, block_out_channels=(8, 8, 8),
        decoder_block_out_channels=(8, 8, 8), layers_per_block=(1,) * 4,
        decoder_layers_per_block=(1,) * 4, spatio_temporal_scaling=(True,) * 3,
        decoder_spatio_temporal_scaling=(True,) * 3, decoder_inject_noise=(False,) * 4,
        downsample_type=("conv",) * 3, upsample_residual=(False,) * 3, upsample_factor=(1,) * 3,
        timestep_conditioning=True, patch_size=4, patch_size_t=1, encoder_causal=True,
        decoder_causal=False,
    ).eval()  # fmt: skip


def set_up_tiny_ltx_video(folder: Path) -> dict[str, str]:
    """Write the model and its card under a folder; return the environment that finds them."""
    write_tiny_ltx_video(folder / "shelf")
    write_tiny_card(folder / "cards", "ltx-video", HUB, tiling=TILING, levers=LEVERS)
    return environment(folder)
