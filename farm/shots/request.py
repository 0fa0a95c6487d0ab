"""What one take is asked to show: a shot's wishes as every model reads them."""

from typing import Annotated

from pydantic import Field

from farm.shots.spec import Annotation, Camera, Frozen
from farm.shots.units import ExactRate


class Request(Frozen):
    """The part of a shot that decides the pixels of a take, besides its seed.

    `size` is width and height of the draft in pixels; frames run from 0 to `frames - 1`, and the
    annotations count the same way; `pace` multiplies the speed of the camera's moves;
    `exposure_stops` is added to the exposure.
    """

    prompt: str
    cast: tuple[tuple[str, str], ...] = ()
    frames: Annotated[int, Field(ge=1)]
    rate: ExactRate
    size: tuple[int, int]
    camera: Camera = Camera()
    annotations: tuple[Annotation, ...] = ()
    pace: float = 1.0
    exposure_stops: float = 0.0
