"""The upscalers: how a plate reaches its master's size, where no model renders it there."""

from farm.registry import Registry
from functions.upscalers.base import Opening

UPSCALERS: Registry[Opening] = Registry(
    "upscaler",
    {
        "lanczos": "functions.upscalers.lanczos:open_lanczos",
        "latent": "functions.upscalers.latent:open_latent",
        "kandinsky": "functions.upscalers.kandinsky:open_kandinsky",
    },
)
