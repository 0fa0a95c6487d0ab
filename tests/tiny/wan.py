"""Wan as large as a thumbnail: the published architecture, random weights, built without a hub."""

from pathlib import Path

import torch
import yaml
from diffusers import (
    AutoencoderKLWan,
    UniPCMultistepScheduler,
    WanPipeline,
    WanTransformer3DModel,
    WanVACETransformer3DModel,
)
from diffusers.utils import convert_state_dict_to_diffusers
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast, UMT5Config, UMT5EncoderModel

from farm.cards.card import Card

HUBS = {"base": "tiny/wan-base", "vace": "tiny/wan-vace", "image": "tiny/wan-image"}
WIDTH = 32
SIGNS = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>", "bos_token": "<s>"}


def card(*modes: str, name: str = "wan-tiny", **more: object) -> Card:
    """Write a card for some modes, as a studio would for weights of its own."""
    return Card.model_validate(plain_card(*modes, name=name, **more))


def plain_card(*modes: str, name: str = "wan-tiny", **more: object) -> dict:
    can = {
        "camera": ["static", "dolly_in"], "characters": True, "references": "vace" in modes,
        "keyframes": ["any"] if "vace" in modes else ["first", "last"], "extend": True,
        "loop": True, "continues": True, "words": True, "edit": True, "hdr": "reconstructed",
        "master_from_draft": "plate",
    }  # fmt: skip
    cost = {"cpu": 1, "memory_gb": 1, "seconds_per_megapixel": 5.0}
    said = {
        "name": name, "title": "Tiny Wan", "family": "wan", "revision": "1",
        "licence": {"name": "Apache-2.0", "commercial": True},
        "weights": {mode: {"hub": HUBS[mode], "gb": 0.001} for mode in ("base", *modes)},
        "can": can,
        "limits": {"frames": 400, "segment_frames": 16, "master_edge": 1024},
        "draft_box": [64, 48], "chunk_megapixels": 1, "draft": cost, "master": cost,
        "levers": {"dtype": "float32"},
        "tiling": {"cell": 16, "edge": 96, "overlap": 32},
        "dials": {"steps": 3, "guidance": 4.0, "few_steps": 2, "master_steps": 6, "strength": 0.5,
                  "likeness_steps": 4,
                  "shift": 3.0},
        "pixels": ["diffusers", "torch", "transformers"],
        "sources": [{"figure": "all", "said_by": "invented for tests", "day": "2026-11-21"}],
    }  # fmt: skip
    return said | more


def write_card(folder: Path, *modes: str, **more: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    said = plain_card(*modes, **more)
    (folder / f"{said['name']}.yaml").write_text(yaml.safe_dump(said))


def write_weights(folder: Path, *modes: str, experts: bool = False) -> None:
    """Save the modes' weights as a shelf that FARM_WEIGHTS can name."""
    parts = {"transformer": transformer(seed=1)}
    if experts:
        parts["transformer_2"] = transformer(seed=2)
    pipe = WanPipeline(
        tokenizer=tokenizer(), text_encoder=text_encoder(), vae=autoencoder(),
        scheduler=UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True,
                                          flow_shift=3.0),
        boundary_ratio=0.875 if experts else None, **({"transformer_2": None} | parts),
    )  # fmt: skip
    pipe.save_pretrained(folder / HUBS["base"])
    if "vace" in modes:
        torch.manual_seed(3)
        WanVACETransformer3DModel(
            **shape(layers=3), vace_layers=[0, 2], vace_in_channels=96
        ).save_pretrained(folder / HUBS["vace"] / "transformer")
        (folder / HUBS["vace"] / "model_index.json").write_text("{}")
    if "image" in modes:
        transformer(seed=4, channels=36).save_pretrained(folder / HUBS["image"] / "transformer")
        (folder / HUBS["image"] / "model_index.json").write_text("{}")


def shape(*, layers: int = 2, channels: int = 16) -> dict:
    return {
        "patch_size": (1, 2, 2), "num_attention_heads": 2, "attention_head_dim": 12,
        "in_channels": channels, "out_channels": 16, "text_dim": WIDTH, "freq_dim": 64,
        "ffn_dim": 32, "num_layers": layers, "cross_attn_norm": True,
        "qk_norm": "rms_norm_across_heads", "rope_max_seq_len": 64,
    }  # fmt: skip


def transformer(*, seed: int, channels: int = 16) -> WanTransformer3DModel:
    torch.manual_seed(seed)
    return WanTransformer3DModel(**shape(channels=channels)).eval()


def autoencoder() -> AutoencoderKLWan:
    torch.manual_seed(0)
    return AutoencoderKLWan(
        base_dim=3, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1,
        temperal_downsample=[False, True, True],
    ).eval()  # fmt: skip


def text_encoder() -> UMT5EncoderModel:
    torch.manual_seed(0)
    return UMT5EncoderModel(
        UMT5Config(
            vocab_size=260, d_model=WIDTH, d_kv=8, d_ff=64, num_layers=2, num_heads=4,
            relative_attention_num_buckets=8, dropout_rate=0.0, feed_forward_proj="gated-gelu",
            pad_token_id=0, eos_token_id=1, decoder_start_token_id=0,
        )
    ).eval()  # fmt: skip


def tokenizer() -> PreTrainedTokenizerFast:
    """Make a reader of bytes: 256 symbols and three signs, no files, nothing learnt."""
    signs = ["<pad>", "</s>", "<unk>", "<s>"]
    vocabulary = {t: i for i, t in enumerate(signs + sorted(pre_tokenizers.ByteLevel.alphabet()))}
    reader = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>"))  # noqa: S106  # a sign
    reader.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    reader.decoder = decoders.ByteLevel()
    reader.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)]
    )
    return PreTrainedTokenizerFast(tokenizer_object=reader, model_max_length=512, **SIGNS)


def write_few_steps(folder: Path, *, seed: int = 7) -> None:
    """Save a LoRA for the base's transformer, as peft trains it."""
    model = transformer(seed=1)
    torch.manual_seed(seed)
    model.add_adapter(LoraConfig(r=2, target_modules=["to_q", "to_k"], init_lora_weights=False))
    state = convert_state_dict_to_diffusers(get_peft_model_state_dict(model))
    folder.mkdir(parents=True, exist_ok=True)
    named = {f"transformer.{name}": tensor for name, tensor in state.items()}
    save_file(named, str(folder / "lora.safetensors"))
