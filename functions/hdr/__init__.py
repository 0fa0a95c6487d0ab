"""How a model's pictures become scene-linear light: generated as such, or reconstructed."""

from farm.registry import Registry
from functions.hdr.base import Reading

READINGS: Registry[Reading] = Registry(
    "reading of light",
    {
        "acescct": "functions.hdr.native:from_acescct",
        "linear": "functions.hdr.native:from_linear",
        "logc3": "functions.hdr.native:from_logc3",
        "reconstructed": "functions.hdr.reconstructed:from_display",
    },
)
