"""What leads a tiny LTX: adapters with random weights, and models that see depth and people."""

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import (
    DepthAnythingConfig,
    DepthAnythingForDepthEstimation,
    Dinov2Config,
    RTDetrConfig,
    RTDetrForObjectDetection,
    RTDetrResNetConfig,
    VitPoseBackboneConfig,
    VitPoseConfig,
    VitPoseForPoseEstimation,
)

from farm.cards import load_cards
from tests.tiny.cards import write_tiny_card
from tests.tiny.ltx import HUB, LEVERS, TILING, set_up_tiny_ltx, write_tiny_adapter

SETS = ("control", "tracks", "depth", "people", "pose")
"""The sets of weights by which a draft follows something."""


def set_up_tiny_ltx_hdr(folder: Path) -> dict[str, str]:
    """Write a tiny ltx-hdr, its card and all it follows by; return the environment for them."""
    environ = set_up_tiny_ltx(folder)
    write_controls(folder / "shelf")
    sets = load_cards()["ltx-hdr"].weights
    weights = {
        name: {"hub": f"tiny/{name}", "gb": 0.001, "asked_by": list(sets[name].asked_by)}
        for name in ("hdr", *SETS)
    }
    weights["base"] = {"hub": HUB, "gb": 0.001}
    write_tiny_card(folder / "cards", "ltx-hdr", HUB, tiling=TILING, levers=LEVERS, weights=weights)
    return environ


def write_controls(shelf: Path) -> None:
    """Write the sets where a shelf has them; the control is shown pictures half as large."""
    for name in ("control", "tracks"):
        write_tiny_adapter(shelf, f"tiny/{name}", seed=len(name))
    smaller(shelf / "tiny" / "control", 2)
    write_seers(shelf)


def smaller(folder: Path, factor: int) -> None:
    """Say in an adapter's own file how much smaller its pictures are."""
    (path,) = folder.glob("*.safetensors")
    tensors = {name: tensor.clone() for name, tensor in load_file(path).items()}
    save_file(tensors, path, metadata={"reference_downscale_factor": str(factor)})


def write_seers(shelf: Path) -> None:
    """Write tiny models that see depth, people and joints."""
    torch.manual_seed(0)
    eye = Dinov2Config(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, image_size=28, patch_size=14,
        out_indices=[1, 2], reshape_hidden_states=False, apply_layernorm=True,
    )  # fmt: skip
    depth = DepthAnythingConfig(
        backbone_config=eye, reassemble_hidden_size=16, reassemble_factors=[1, 0.5],
        neck_hidden_sizes=[8, 8], fusion_hidden_size=8, head_hidden_size=8, patch_size=14,
    )  # fmt: skip
    DepthAnythingForDepthEstimation(depth).save_pretrained(shelf / "tiny/depth")
    people = RTDetrConfig(
        backbone_config=RTDetrResNetConfig(
            embedding_size=8, hidden_sizes=[8, 8, 8, 8], depths=[1, 1, 1, 1], layer_type="basic",
            out_features=["stage2", "stage3", "stage4"],
        ),
        encoder_hidden_dim=16, encoder_in_channels=[8, 8, 8], encoder_ffn_dim=16, d_model=16,
        encoder_attention_heads=2, decoder_attention_heads=2, decoder_in_channels=[16, 16, 16],
        decoder_ffn_dim=16, decoder_layers=1, num_queries=3, num_denoising=0,
        id2label={0: "person", 1: "dog"}, label2id={"person": 0, "dog": 1},
    )  # fmt: skip
    finder = RTDetrForObjectDetection(people)
    for head in finder.model.decoder.class_embed:
        torch.nn.init.constant_(head.bias, 8.0)
    finder.save_pretrained(shelf / "tiny/people")
    joints = VitPoseConfig(
        backbone_config=VitPoseBackboneConfig(
            image_size=[64, 48], patch_size=[16, 16], hidden_size=16, num_hidden_layers=1,
            num_attention_heads=2, out_indices=[1], part_features=16,
        ),
        num_labels=17, use_simple_decoder=True,
    )  # fmt: skip
    poser = VitPoseForPoseEstimation(joints)
    torch.nn.init.constant_(poser.head.conv.bias, 1.0)  # it is sure of every joint
    poser.save_pretrained(shelf / "tiny/pose")
