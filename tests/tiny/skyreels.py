"""SkyReels-V2 as large as a thumbnail: the published architecture, random weights, no hub."""

from pathlib import Path

import torch
from diffusers import (
    SkyReelsV2DiffusionForcingPipeline,
    SkyReelsV2Transformer3DModel,
    UniPCMultistepScheduler,
)

from tests.tiny import wan

HUB = "tiny/skyreels"
DIALS = {"steps": 2, "guidance": 4.0, "shift": 8.0, "window": 21}
MORE = {
    "family": "skyreels", "dials": DIALS, "tiling": None,
    "weights": {"base": {"hub": HUB, "gb": 0.001}},
}  # fmt: skip


def write_weights(folder: Path) -> None:
    """Save the family's base where a shelf has it."""
    torch.manual_seed(5)
    SkyReelsV2DiffusionForcingPipeline(
        tokenizer=wan.tokenizer(),
        text_encoder=wan.text_encoder(),
        vae=wan.autoencoder(),
        transformer=SkyReelsV2Transformer3DModel(**wan.shape(), inject_sample_info=True).eval(),
        scheduler=UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True),
    ).save_pretrained(folder / HUB)
