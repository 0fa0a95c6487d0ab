"""What makes frames between frames, by name: optical flow here; learned ones may join it."""

from farm.registry import Registry
from functions.interpolators.base import Interpolator

INTERPOLATORS: Registry[Interpolator] = Registry(
    "interpolator", {"flow": "functions.interpolators.flow:between"}
)
