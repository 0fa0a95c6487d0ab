"""The model families, by the `family` of a card."""

from farm.registry import Registry
from functions.models.base import Open

MODELS: Registry[Open] = Registry(
    "model family",
    {
        "previz": "functions.models.previz.model:open_previz",
    },
)
