"""Cards for tiny models: those of the real ones, but for what a small machine changes."""

from importlib import resources
from pathlib import Path

import yaml

ONE_CORE = {"cpu": 1, "memory_gb": 1, "seconds_per_megapixel": 1.0}


def write_tiny_card(folder: Path, model: str, hub: str, **changes: object) -> str:
    """Write a model's card for its tiny weights at `hub`; return its name."""
    text = resources.files("farm.cards").joinpath(f"{model}.yaml").read_text("utf-8")
    card = {
        **yaml.safe_load(text),
        "name": f"{model}-tiny",
        "revision": "tiny",
        "weights": {"base": {"hub": hub, "gb": 0.001}},
        "draft": ONE_CORE,
        "master": ONE_CORE,
        **changes,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{model}.yaml").write_text(yaml.safe_dump(card), "utf-8")
    return f"{model}-tiny"


def environment(folder: Path) -> dict[str, str]:
    """Say where the tiny models under a folder lie, in the words that a user has for it."""
    return {
        "FARM_CARDS": str(folder / "cards"),
        "FARM_WEIGHTS": str(folder / "shelf"),
        "FARM_WEIGHTS_CACHE": str(folder / "cache"),
        "HF_HUB_OFFLINE": "1",
    }
