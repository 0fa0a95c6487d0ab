"""Footage that people give: pictures and movies read as light, and how their colours were told.

A picture made for a screen is read as the light that this screen gives, with its white at 1.0; no
tone is undone, and it is never called HDR. PQ and HLG have their white at 100 nits, so they go past
1.0. An EXR is light already: its chromaticities say of what primaries, Rec.709's where it is silent
(as OpenEXR defines).
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, UnidentifiedImageError

from farm.errors import TaskError
from farm.media.bundle import frames_in, is_bundle
from farm.media.codecs import Screen
from farm.media.colorspace import (
    ACES2065_1,
    ACESCG,
    LINEAR_REC709,
    SRGB,
    convert,
    from_screen,
    names,
)
from farm.media.exr import AP0, read_given
from farm.media.movie import movie_facts, read_movie

Float = NDArray[np.float32]

EXR_MAGIC: Final = b"\x76\x2f\x31\x01"
AP1: Final = (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767)
REC709: Final = (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329)
P3_ENCODED: Final = "sRGB Encoded P3-D65"
_LIGHTS: Final = {ACES2065_1: AP0, ACESCG: AP1, LINEAR_REC709: REC709}
_TRANSFERS: Final[dict[int, Screen]] = {16: "pq", 18: "hlg", 13: "srgb"}
"""H.273's transfer characteristics that name a screen; all others are read as Rec.709's."""

_SCREENS: Final[dict[str, Screen]] = {"srgb": "srgb", "rec709": "rec709", "pq": "pq", "hlg": "hlg"}
SDR: Final = ("srgb", "rec709")
UNSAID: Final = 2
NAMED: Final = "named in the shot list"


def known_names() -> list[str]:
    """List all that a person may name the colours of a plate."""
    return [*_SCREENS, *names()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """One picture as light: (height, width, 3) float32 ACES2065-1.

    `colorspace` is what its numbers were read as, `told` how that is known, `for_screen` whether it
    was made for one, and `depth` the metres along the camera's axis to what each pixel shows, where
    the file holds a channel Z.
    """

    pixels: Float
    colorspace: str
    told: str
    for_screen: bool
    depth: Float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plate:
    """A movie, or a bundle of EXRs, as light; reading its frames opens it anew each time.

    `screen` is what it was made for, None where its numbers are a camera's, such as ARRI LogC4.
    """

    path: Path
    size: tuple[int, int]
    rate: Fraction
    colorspace: str
    told: str
    screen: Screen | None

    @property
    def sdr(self) -> bool:
        """Say whether it was made for a screen that has no light past its white."""
        return self.screen in SDR

    def frames(self, *, first: int = 0, count: int | None = None) -> Iterator[Float]:
        """Yield frames, all from `first` on if no count is given.

        Each is float32 (height, width, 3) in ACES2065-1.
        """
        last = None if count is None else first + count
        if is_bundle(self.path):
            for frame in islice(frames_in(self.path), first, last):
                yield convert(read_given(frame)[0]["RGB"], self.colorspace, ACES2065_1)
            return
        for codes in islice(read_movie(self.path), first, last):
            if self.screen:
                yield from_screen(codes, self.screen)
            else:
                yield convert(codes / np.float32(65535), self.colorspace, ACES2065_1)


def read_still(path: Path, *, named: str = "") -> Still:
    """Read a PNG, JPEG, TIFF, WebP or EXR, whatever its name; raises TaskError for what is none.

    What a person has `named` its colours wins over what the file says, as in `open_plate`.
    """
    with path.open("rb") as file:
        magic = file.read(len(EXR_MAGIC))
    return _exr(path, named) if magic == EXR_MAGIC else _coded(path, named)


def open_plate(path: Path, *, named: str = "") -> Plate:
    """Open a movie or a bundle; raises TaskError for what is neither, or has no picture.

    What a person has `named` its colours wins over what the movie says: `srgb`, `rec709`, `pq`,
    `hlg`, or a colour space of the ACES config.
    """
    if is_bundle(path):
        return _open_bundle(path, named)
    facts = movie_facts(path)
    screen: Screen | None = _TRANSFERS.get(facts.transfer, "rec709")
    told = "assumed: the movie says nothing" if facts.transfer == UNSAID else "named by the movie"
    if named:
        screen, told = _SCREENS.get(named), NAMED
    return Plate(
        path=path,
        size=(facts.width, facts.height),
        rate=facts.rate,
        colorspace=f"{screen} display" if screen else named,
        told=told,
        screen=screen,
    )


def _open_bundle(path: Path, named: str) -> Plate:
    """Open a bundle of EXRs by what its first frame says."""
    frames = frames_in(path)  # a frame is there as long as they are
    first = next(frames, None)
    if first is None:
        raise TaskError(f"{path.name} holds no frames")
    channels, header = read_given(first)
    space, told = _light(first, header.get("chromaticities"), named)
    frames.close()
    rate = header.get("framesPerSecond")
    height, width = channels["RGB"].shape[:2]
    return Plate(
        path=path,
        size=(width, height),
        rate=rate if isinstance(rate, Fraction) else Fraction(24),
        colorspace=space,
        told=told,
        screen=None,
    )


def _exr(path: Path, named: str) -> Still:
    channels, header = read_given(path)
    space, told = _light(path, header.get("chromaticities"), named)
    light = convert(channels["RGB"], space, ACES2065_1)
    depth = channels.get("Z")
    return Still(pixels=light, colorspace=space, told=told, for_screen=False, depth=depth)


def _light(path: Path, chromaticities: object, named: str) -> tuple[str, str]:
    if named in _SCREENS:
        hint = "leave the name out, or name linear light such as ACEScg"
        raise TaskError(f"EXRs hold light, not the codes of {named}", hint=hint)
    if named:
        return named, NAMED
    if chromaticities is None:
        return LINEAR_REC709, "assumed: the EXR says nothing"
    for name, primaries in _LIGHTS.items():
        if np.allclose(np.asarray(chromaticities, float), primaries, atol=2e-3):
            return name, "named by the EXR"
    raise TaskError(
        f"{path.name} has chromaticities that the farm does not know: {chromaticities}",
        hint="convert it to ACES2065-1, ACEScg or linear Rec.709",
    )


def _coded(path: Path, named: str) -> Still:
    data = path.read_bytes()
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if picture is None:
        hint = "PNG, JPEG, TIFF, WebP and EXR are"
        raise TaskError(f"{path.name} is no picture that can be read", hint=hint)
    unit = _unit(path, picture)
    if screen := _SCREENS.get(named):
        codes = np.rint(unit * 65535).astype(np.uint16)
        light, sdr = from_screen(codes, screen), screen in SDR
        return Still(pixels=light, colorspace=f"{screen} display", told=NAMED, for_screen=sdr)
    space, told = (named, NAMED) if named else _encoding(path, data)
    light = convert(unit, space, ACES2065_1)
    return Still(pixels=light, colorspace=space, told=told, for_screen=not named)


def _unit(path: Path, picture: NDArray[Any]) -> Float:
    """Return codes as 0 to 1, red first, in three channels; what is clear is laid over black."""
    if picture.dtype not in (np.uint8, np.uint16):
        hint = "8 and 16 bits can be read; write light as EXR"
        raise TaskError(f"{path.name} has pixels of the type {picture.dtype}", hint=hint)
    codes = picture.astype(np.float32) / np.float32(np.iinfo(picture.dtype).max)
    if codes.ndim == 2:
        return np.repeat(codes[..., None], 3, axis=2)
    if codes.shape[2] == 4:
        codes = codes[..., :3] * codes[..., 3:]
    return np.ascontiguousarray(codes[..., ::-1])


def _encoding(path: Path, data: bytes) -> tuple[str, str]:
    """Tell what a picture's codes mean by its ICC profile."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            icc = image.info.get("icc_profile")
    except UnidentifiedImageError:
        icc = None
    if not icc:
        return SRGB, "assumed: the picture carries no profile"
    name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(icc))).strip()
    if "sRGB" in name:
        return SRGB, f"named by its profile {name!r}"
    if "P3" in name:
        return P3_ENCODED, f"named by its profile {name!r}"
    hint = "convert it to sRGB or Display P3, or write an EXR"
    raise TaskError(f"{path.name} has the colour profile {name!r}", hint=hint)
