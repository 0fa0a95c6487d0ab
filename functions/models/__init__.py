"""The model families, by the `family` of a card."""

from farm.registry import Registry
from functions.models.base import Open

MODELS: Registry[Open] = Registry(
    "model family",
    {
        "animatediff": "functions.models.animatediff:open_animatediff",
        "ltx": "functions.models.ltx.model:open_ltx",
        "ltx-video": "functions.models.ltx.video_model:open_ltx_video",
        "luma": "functions.models.luma.model:open_luma",
        "previz": "functions.models.previz.model:open_previz",
        "skyreels": "functions.models.skyreels:open_skyreels",
        "wan": "functions.models.wan.model:open_wan",
    },
)
