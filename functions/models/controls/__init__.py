"""The controls: what a model can be given to follow, drawn from a plate, by name."""

from farm.registry import Registry
from functions.models.controls.base import Drawing

CONTROLS: Registry[Drawing] = Registry(
    "control",
    {
        "depth": "functions.models.controls.depth:draw_depth",
        "edges": "functions.models.controls.edges:draw_edges",
        "pose": "functions.models.controls.pose:draw_pose",
    },
)
