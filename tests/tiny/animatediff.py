"""AnimateDiff as large as a thumbnail: the published architecture, random weights, no hub."""

import shutil
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    MotionAdapter,
    StableDiffusionPipeline,
    UNet2DConditionModel,
    UNetMotionModel,
)
from safetensors.torch import save_file
from transformers import (
    CLIPImageProcessor,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
)

from tests.tiny.text import byte_tokenizer

HUBS = {"base": "tiny/sd", "motion": "tiny/motion", "references": "tiny/ip-adapter"}
WIDTH, PICTURES = 32, 24
CHANNELS = (32, 32)


def write_weights(folder: Path) -> None:
    """Save base, motion and IP-adapter where a shelf has them, laid out as the real ones are."""
    StableDiffusionPipeline(
        vae=autoencoder(), text_encoder=text_encoder(),
        tokenizer=byte_tokenizer(length=77, left=False), unet=unet(),
        scheduler=DDIMScheduler(steps_offset=1, clip_sample=False),
        safety_checker=None, feature_extractor=CLIPImageProcessor(), requires_safety_checker=False,
    ).save_pretrained(folder / HUBS["base"])  # fmt: skip
    shutil.rmtree(folder / HUBS["base"] / "feature_extractor")
    motion().save_pretrained(folder / HUBS["motion"])
    moving = UNetMotionModel.from_unet2d(unet(), motion())
    write_references(folder / HUBS["references"] / "models", moving)


def unet() -> UNet2DConditionModel:
    torch.manual_seed(1)
    return UNet2DConditionModel(
        block_out_channels=CHANNELS, layers_per_block=1, sample_size=8, in_channels=4,
        out_channels=4, down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"), cross_attention_dim=WIDTH,
        norm_num_groups=2, attention_head_dim=4,
    ).eval()  # fmt: skip


def motion() -> MotionAdapter:
    torch.manual_seed(2)
    return MotionAdapter(
        block_out_channels=CHANNELS, motion_layers_per_block=1, motion_norm_num_groups=2,
        motion_num_attention_heads=4, motion_max_seq_length=32,
    ).eval()  # fmt: skip


def autoencoder() -> AutoencoderKL:
    torch.manual_seed(3)
    return AutoencoderKL(
        block_out_channels=[16] * 4, in_channels=3, out_channels=3, norm_num_groups=2,
        down_block_types=["DownEncoderBlock2D"] * 4, up_block_types=["UpDecoderBlock2D"] * 4,
        latent_channels=4,
    ).eval()  # fmt: skip


def text_encoder() -> CLIPTextModel:
    torch.manual_seed(4)
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=260, hidden_size=WIDTH, intermediate_size=37, num_hidden_layers=2,
            num_attention_heads=4, pad_token_id=0, bos_token_id=3, eos_token_id=1,
        )
    ).eval()  # fmt: skip


def write_references(folder: Path, model: UNetMotionModel) -> None:
    """Save an IP-adapter and the reader of pictures that it was made with."""
    folder.mkdir(parents=True)
    (folder.parent / "README.md").write_text("An IP-adapter with random weights.\n")
    torch.manual_seed(5)
    CLIPVisionModelWithProjection(
        CLIPVisionConfig(
            hidden_size=32, projection_dim=PICTURES, intermediate_size=37, num_hidden_layers=2,
            num_attention_heads=4, image_size=32, patch_size=8,
        )
    ).save_pretrained(folder / "image_encoder")  # fmt: skip
    wide = 4 * WIDTH
    named = {
        "image_proj.proj.weight": torch.randn(wide, PICTURES),
        "image_proj.proj.bias": torch.randn(wide),
        "image_proj.norm.weight": torch.ones(WIDTH),
        "image_proj.norm.bias": torch.zeros(WIDTH),
    }
    number = 1
    for name in model.attn_processors:
        if name.endswith("attn1.processor") or "motion_modules" in name:
            continue
        layer = model.get_submodule(name.removesuffix(".processor"))
        for part in ("to_k", "to_v"):
            shape = getattr(layer, part).weight.shape
            named[f"ip_adapter.{number}.{part}_ip.weight"] = torch.randn(shape) / 8
        number += 2
    save_file(named, str(folder / "ip-adapter_sd15.safetensors"))
