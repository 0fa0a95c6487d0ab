"""The models, by the name on their card."""

from farm.registry import Registry
from functions.models.base import Model

MODELS: Registry[type[Model]] = Registry(
    "model", {"previz": "functions.models.previz.model:Previz"}
)
