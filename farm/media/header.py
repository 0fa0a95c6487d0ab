"""The header of a delivered EXR: the standard's own attributes where there are any, then ours."""

from dataclasses import dataclass
from typing import Literal

from farm.frames import Rate
from farm.media.exr import AP0, HeaderValue

Light = Literal["native", "reconstructed", "none"]
WHITE = AP0[6:]
INTEROP_ID = "lin_ap0_scene"
"""How the Color Interop Forum names ACES2065-1."""

SOFTWARE = "farm 0.1"
"""Part of the frames' bytes: it moves when they change, together with the version of `collect`."""

SAID = ("cryptomatte/", "farm_motion")
"""How the attributes begin that a frame's layers bring along."""

MOST_TIMECODES = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """The camera of a shot: millimetres full-frame, f-number, degrees of shutter."""

    focal_length: float
    aperture: float
    shutter_angle: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Slate:
    """What a frame's header says of where it came from; `light` is how its HDR came about.

    The seed is text, since it may pass the 32 bits of a header's numbers.
    """

    show: str
    shot: str
    take: str
    version: str
    seed: str
    model: str
    revision: str
    prompt_digest: str
    rate: Rate
    light: Light
    lens: Lens | None = None
    variant: str = ""


def delivery_header(slate: Slate, *, frame: int) -> dict[str, HeaderValue]:
    """Write the header of one delivered frame; `frame` is its number as delivered.

    Nothing here differs between two runs of one work.
    """
    header: dict[str, HeaderValue] = {
        **_standard(slate.rate, frame),
        "colorInteropID": INTEROP_ID,
        "reelName": f"{slate.shot}_{slate.take}",
        "software": SOFTWARE,
        "farm_show": slate.show,
        "farm_shot": slate.shot,
        "farm_take": slate.take,
        "farm_version": slate.version,
        "farm_frame": frame,
        "farm_seed": slate.seed,
        "farm_model": slate.model,
        "farm_revision": slate.revision,
        "farm_prompt_sha256": slate.prompt_digest,
        "farm_colorspace": "ACES2065-1",
        "farm_hdr": slate.light,
    }
    if slate.variant:
        header["farm_variant"] = slate.variant
    return header | (_camera(slate.lens, slate.rate) if slate.lens else {})


def container_header(rate: Rate, *, frame: int) -> dict[str, HeaderValue]:
    """Write the header of a strict ACES container: ST 2065-4's own attributes, and no others."""
    return {"acesImageContainerFlag": 1, **_standard(rate, frame)}


def _standard(rate: Rate, frame: int) -> dict[str, HeaderValue]:
    return {
        "chromaticities": AP0,
        "adoptedNeutral": WHITE,
        "framesPerSecond": rate.value,
        "timeCode": timecode(rate, frame),
        "imageCounter": frame,
    }


def timecode(rate: Rate, frame: int) -> str:
    """Write a frame's timecode as SMPTE ST 12-1 counts it: at most 30 a second.

    Faster rates share a number between 2 or more frames; `imageCounter` tells those apart.
    """
    clock, _, within = rate.timecode(frame).rpartition(":")
    shared = -(-round(rate.value) // MOST_TIMECODES)
    return f"{clock}:{int(within) // shared:02}"


def _camera(lens: Lens, rate: Rate) -> dict[str, HeaderValue]:
    """Write the camera; exposure time is the shutter's share of a frame, in seconds."""
    return {
        "nominalFocalLength": float(lens.focal_length),
        "aperture": float(lens.aperture),
        "shutterAngle": float(lens.shutter_angle),
        "expTime": lens.shutter_angle / 360 / float(rate),
    }
