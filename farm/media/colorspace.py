"""Colour, through OpenColorIO's built-in ACES config, pinned by name. Only this room knows OCIO."""

from concurrent.futures import ThreadPoolExecutor
from difflib import get_close_matches
from functools import cache
from itertools import pairwise
from typing import Any, Final

import numpy as np
import PyOpenColorIO as ocio  # noqa: N813  # its short name everywhere
from numpy.typing import NDArray

from farm.errors import TaskError
from farm.media.codecs import Screen

CONFIG: Final = "studio-config-v4.0.0_aces-v2.0_ocio-v2.5"
ACES2065_1: Final = "ACES2065-1"
ACESCG: Final = "ACEScg"
ACESCCT: Final = "ACEScct"
LINEAR_REC709: Final = "Linear Rec.709 (sRGB)"
SRGB: Final = "sRGB Encoded Rec.709 (sRGB)"
DISPLAY: Final = "sRGB - Display"
VIEW: Final = "ACES 2.0 - SDR 100 nits (Rec.709)"
CUBE: Final = 65
"""The baked view's grid: 99 % of screen colours within one 8-bit code of the exact view."""

HDR_VIEW: Final = "ACES 2.0 - HDR 1000 nits (P3 D65)"
PLAIN_VIEW: Final = "Un-tone-mapped"

Float = NDArray[np.float32]

_DEPTHS: Final = {
    "float32": ocio.BIT_DEPTH_F32,
    "float16": ocio.BIT_DEPTH_F16,
    "uint8": ocio.BIT_DEPTH_UINT8,
    "uint16": ocio.BIT_DEPTH_UINT16,
}
_SCREENS: Final[dict[Screen, tuple[str, str]]] = {
    "srgb": (DISPLAY, VIEW),
    "rec709": ("Rec.1886 Rec.709 - Display", VIEW),
    "pq": ("Rec.2100-PQ - Display", HDR_VIEW),
    "hlg": ("Rec.2100-HLG - Display", HDR_VIEW),
}


def convert(pixels: NDArray[Any], source: str, target: str, *, threads: int = 1) -> Float:
    """Convert (..., 3) pixels between two named spaces, as float32; the input stays as it is."""
    result = np.array(pixels, np.float32, order="C")
    if source != target:
        _apply(_conversion(source, target), result, result, threads=threads)
    return result


def to_display(pixels: NDArray[Any], *, threads: int = 1) -> NDArray[np.uint8]:
    """Show ACES2065-1 pixels, (..., 3), on an sRGB screen: the ACES SDR view, 8 bits.

    Half and float32 are taken as they are. The view is baked into a cube: for looking, not masters.
    """
    kind = np.float16 if pixels.dtype == np.float16 else np.float32
    source = np.ascontiguousarray(pixels, kind)
    result = np.empty(source.shape, np.uint8)
    _apply(_baked_view(source.dtype.name), source, result, threads=threads)
    return result


def to_screen(
    pixels: NDArray[Any], screen: Screen, *, threads: int = 1, toned: bool = True
) -> NDArray[np.uint16]:
    """Show ACES2065-1 pixels, (..., 3), on a screen, exactly, as 16 bits of full range.

    The two HDR screens show the ACES view of 1000 nits within P3; with `toned` False, nothing is
    fitted to the screen: 1.0 is a screen's white, and 100 nits where it has more.
    """
    source = np.ascontiguousarray(pixels, np.float32)
    result = np.empty(source.shape, np.uint16)
    _apply(_view(screen, toned=toned), source, result, threads=threads)
    return result


def from_screen(codes: NDArray[np.uint16], screen: Screen, *, threads: int = 1) -> Float:
    """Read 16-bit codes of a screen, (..., 3), as light in ACES2065-1, with its white (100 nits) 1.

    This undoes the screen and no view: what was on it is what comes back.
    """
    result = np.empty(codes.shape, np.float32)
    _apply(_seen(screen), np.ascontiguousarray(codes), result, threads=threads)
    return result


def from_view(picture: NDArray[Any], *, threads: int = 1) -> Float:
    """Undo the ACES SDR view: what an sRGB screen shows, 0 to 1, (..., 3), as ACES2065-1.

    The view is undone exactly, so that its white comes back as 128: see functions/hdr.
    """
    result = np.array(picture, np.float32, order="C")
    np.clip(result, 0, 1, out=result)
    _apply(_unviewed(), result, result, threads=threads)
    return result


def nits_of_pq(codes: NDArray[Any]) -> Float:
    """Read PQ codes, 0 to 1, as cd/m2 (SMPTE ST 2084)."""
    result = np.ascontiguousarray(codes, np.float32).copy()
    flat = np.repeat(result.reshape(-1, 1, 1), 3, axis=2)
    _apply(_pq_curve(), flat, flat, threads=1)
    return flat[..., 0].reshape(result.shape) * 100


def names() -> list[str]:
    """List every colour space that `convert` knows."""
    return [str(name) for name in _config().getColorSpaceNames()]


def _apply(step: Any, source: NDArray[Any], result: NDArray[Any], *, threads: int) -> None:  # noqa: ANN401  # OCIO's processors have no static type
    """Run a processor over the pixels in bands; the bits are the same however they are cut."""
    rows, out = _rows(source), _rows(result)
    cuts = [len(rows) * i // threads for i in range(threads + 1)]
    bands = [slice(a, b) for a, b in pairwise(cuts) if a < b]

    def run(band: slice) -> None:
        step.apply(_image(rows[band]), _image(out[band]))

    if len(bands) == 1:
        run(bands[0])
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(run, bands))


def _rows(pixels: NDArray[Any]) -> NDArray[Any]:
    """View the pixels as rows of a picture: OCIO works through them row by row, in the cache."""
    return pixels.reshape(-1, pixels.shape[-2] if pixels.ndim > 2 else 1, 3)


def _image(rows: NDArray[Any]) -> ocio.PackedImageDesc:
    height, width = rows.shape[:2]
    size = rows.itemsize
    depth = _DEPTHS[rows.dtype.name]
    return ocio.PackedImageDesc(rows, width, height, 3, depth, size, 3 * size, 3 * size * width)


@cache
def _config() -> ocio.Config:
    return ocio.Config.CreateFromBuiltinConfig(CONFIG)


@cache
def _conversion(source: str, target: str) -> ocio.CPUProcessor:
    for name in (source, target):
        if name not in names():
            near = get_close_matches(name, names(), n=1, cutoff=0.3)
            hint = f"did you mean {near[0]!r}?" if near else f"see the names of {CONFIG}"
            raise TaskError(f"there is no colour space named {name!r}", hint=hint)
    return _config().getProcessor(source, target).getDefaultCPUProcessor()


@cache
def _view(screen: Screen, *, toned: bool) -> ocio.CPUProcessor:
    display, view = _SCREENS[screen]
    step = ocio.DisplayViewTransform(ACES2065_1, display, view if toned else PLAIN_VIEW)
    return _exact(step, "float32", "uint16")


@cache
def _seen(screen: Screen) -> ocio.CPUProcessor:
    back = ocio.TRANSFORM_DIR_INVERSE
    display = _SCREENS[screen][0]
    step = ocio.DisplayViewTransform(ACES2065_1, display, PLAIN_VIEW, direction=back)
    return _exact(step, "uint16", "float32")


@cache
def _unviewed() -> ocio.CPUProcessor:
    back = ocio.TRANSFORM_DIR_INVERSE
    step = ocio.DisplayViewTransform(ACES2065_1, DISPLAY, VIEW, direction=back)
    return _exact(step, "float32", "float32")


@cache
def _pq_curve() -> ocio.CPUProcessor:
    return _exact(ocio.BuiltinTransform("CURVE - ST-2084_to_LINEAR"), "float32", "float32")


def _exact(step: ocio.Transform, source: str, target: str) -> ocio.CPUProcessor:
    return (
        _config()
        .getProcessor(step)
        .getOptimizedCPUProcessor(_DEPTHS[source], _DEPTHS[target], ocio.OPTIMIZATION_LOSSLESS)
    )


@cache
def _baked_view(kind: str) -> ocio.CPUProcessor:
    """Bake the ACES view over an ACEScct shaper, whose codes space the stops of light evenly."""
    view = ocio.DisplayViewTransform(ACESCCT, DISPLAY, VIEW)
    grid = np.linspace(0, 1, CUBE, dtype=np.float32)
    cube = np.stack(np.meshgrid(grid, grid, grid, indexing="ij"), axis=-1).reshape(-1, 3).copy()
    exact = _config().getProcessor(view).getDefaultCPUProcessor()
    exact.apply(_image(_rows(cube)))
    baked = ocio.Lut3DTransform(gridSize=CUBE)
    baked.setData(cube.reshape(-1))
    baked.setInterpolation(ocio.INTERP_TETRAHEDRAL)
    shaped = ocio.GroupTransform([ocio.ColorSpaceTransform(ACES2065_1, ACESCCT), baked])
    return (
        _config()
        .getProcessor(shaped)
        .getOptimizedCPUProcessor(_DEPTHS[kind], ocio.BIT_DEPTH_UINT8, ocio.OPTIMIZATION_DEFAULT)
    )
