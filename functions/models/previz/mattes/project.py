"""A given picture, projected from the camera of its own frame and filmed by that of another.

What stands in front and what is behind it are two surfaces, so that they shift against each other
when the camera moves: a dolly and a truck show parallax, a pan, a tilt and a zoom do not. At its
own frame a picture comes back as it was given. What lies beyond its edges is its mirror image, and
what stood in front of the rest is filled in from around it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from farm.media.colorspace import ACES2065_1, ACESCG, SRGB, convert
from farm.media.plates import Still
from functions.hdr.reconstructed import from_display
from functions.models.previz.camera import SENSOR_MM, View
from functions.models.previz.mattes.depth import Layers, Mask, estimated, measured
from functions.models.previz.mattes.mesh import F64, looked_up
from functions.models.previz.space import sub, times, turned, undo

Float = NDArray[np.float32]
Size = tuple[int, int]

MARGIN: Final = 3.0
"""How far the world goes on beyond a picture's edges, in its own widths and heights."""

OUTSIDE: Final = 24
"""Cells of a mesh on each side beyond the edges."""

CELLS: Final = 240
"""Cells of a mesh across a picture."""

EDGE_PIXELS: Final = 3
"""How far what stands in front keeps its surroundings, so that its own edge is never filled in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matte:
    """A picture ready to be filmed: light in ACEScg, (height, width, 3), as its frame shows it.

    `clean` is the same without what stands in front, `cover` how much of that a pixel shows, 0 to
    1, and `focus_m` how far away what matters in it is.
    """

    picture: Float
    clean: Float
    cover: Float
    layers: Layers
    focus_m: float
    told: str


def matte_of(still: Still, *, aspect: float, focal_mm: float) -> Matte:
    """Make a picture ready: cut to the frame's aspect (width / height) from its middle."""
    light = _cut(_light(still), aspect)
    tan_y = SENSOR_MM / focal_mm / 2.0 / aspect
    if still.depth is None:
        layers, how = estimated(light, tan_y=tan_y), "estimated from its layout"
    else:
        layers, how = measured(_cut(still.depth, aspect)), "read from its channel Z"
    lit = "; its light reconstructed" if still.for_screen else ""
    edge = np.ones((2 * EDGE_PIXELS + 1, 2 * EDGE_PIXELS + 1), np.uint8)
    wide = cv2.dilate(layers.standing, edge, iterations=2)
    cover = cv2.blur(wide.astype(np.float32) / 255, (3, 3))
    return Matte(
        picture=light,
        clean=_filled(light, np.asarray(cv2.dilate(layers.standing, edge), np.uint8)),
        cover=np.asarray(cover, np.float32),
        layers=layers,
        focus_m=_focus(layers),
        told=f"{still.colorspace}, {still.told}{lit}; depth {how}",
    )


def _light(still: Still) -> Float:
    """Return a picture in ACEScg; one for a screen as the scene that would look like it there."""
    light = still.pixels
    if still.for_screen:
        light = from_display(convert(light, ACES2065_1, SRGB))
    return convert(light, ACES2065_1, ACESCG)


def film(matte: Matte, *, there: View, here: Sequence[View], scale: float, size: Size) -> Float:
    """Return (height, width, 3) float32 ACEScg: the picture of camera `there`, seen from `here`.

    `here` are the camera's views while the shutter is open, all as bright; `scale` is how many
    metres of the picture a metre of the camera's way is.
    """
    total = np.zeros((size[1], size[0], 3), np.float32)
    textures = _textures(matte, size)
    for one in here:
        total += _seen(matte, textures, (there, one), scale=scale, size=size)
    return total / np.float32(len(here))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Textures:
    behind: Float
    front: Float


def _textures(matte: Matte, size: Size) -> _Textures:
    """Shrink a picture that is larger than what is filmed of it, so that nothing shimmers."""
    front = np.dstack([matte.picture, matte.cover])
    behind = matte.clean
    if size[0] < behind.shape[1]:
        tall = max(2, round(behind.shape[0] * size[0] / behind.shape[1]))
        behind, front = _shrunk(behind, (size[0], tall)), _shrunk(front, (size[0], tall))
    return _Textures(behind=behind, front=front)


def _shrunk(picture: Float, size: Size) -> Float:
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)


def _seen(
    matte: Matte, textures: _Textures, views: tuple[View, View], *, scale: float, size: Size
) -> Float:
    aspect = size[0] / size[1]
    behind = _looks(matte.layers.behind, EVERYWHERE, views, (scale, aspect), size)
    picture = _read(textures.behind, behind)
    box = _box(matte.layers.standing)
    if box is not None:
        front = _looks(matte.layers.front, box, views, (scale, aspect), size)
        over = _read(textures.front, front)
        share = np.where(np.isnan(front[..., :1]), np.float32(0), np.clip(over[..., 3:], 0, 1))
        picture = picture * (1 - share) + over[..., :3] * share
    return picture


Span = tuple[float, float]
EVERYWHERE: Final = ((-MARGIN, 1 + MARGIN), (-MARGIN, 1 + MARGIN))


def _looks(
    depth: Float,
    box: tuple[Span, Span],
    views: tuple[View, View],
    scales: tuple[float, float],
    size: Size,
) -> Float:
    """Mesh a part of a picture, bring it before another camera, and look it up."""
    there, here = views
    scale, aspect = scales
    at = _grid(box)
    half = SENSOR_MM / there.focal_mm / 2.0
    away = _sampled(depth, at)
    points = np.empty((*away.shape, 3))
    points[..., 0] = (2.0 * at[..., 0] - 1.0) * half * away
    points[..., 1] = (1.0 - 2.0 * at[..., 1]) * half / aspect * away
    points[..., 2] = -away
    wide = SENSOR_MM / here.focal_mm / 2.0
    return looked_up(_moved(points, there, here, scale), at, size=size, half=(wide, wide / aspect))


def _grid(box: tuple[Span, Span]) -> F64:
    """Return the corners of a mesh's cells, (rows, columns, 2), across a part of a picture."""
    return np.stack(np.meshgrid(*(_line(span) for span in box)), axis=-1)


def _line(span: Span) -> F64:
    """Return places from end to end: even ones on the picture, sparse ones beyond its edges."""
    first, last = max(span[0], 0.0), min(span[1], 1.0)
    cells = max(2, round(CELLS * (last - first)))
    parts = [np.linspace(first, last, cells + 1)]
    if span[0] < 0.0:
        parts.insert(0, np.linspace(span[0], 0.0, OUTSIDE, endpoint=False))
    if span[1] > 1.0:
        parts.append(np.linspace(1.0, span[1], OUTSIDE + 1)[1:])
    return np.concatenate(parts)


def _sampled(depth: Float, at: F64) -> F64:
    """Read a depth at points of its picture; beyond its edges it goes on as it is there."""
    height, width = depth.shape
    x = (at[..., 0] * width - 0.5).astype(np.float32)
    y = (at[..., 1] * height - 0.5).astype(np.float32)
    read = cv2.remap(depth, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(read, np.float64)


def _moved(points: F64, there: View, here: View, scale: float) -> F64:
    """Take points before one camera to before another, whose way between them is scaled."""
    back = undo(here.turn)
    shift = turned(back, times(sub(there.place, here.place), scale))
    axes = [
        turned(back, turned(there.turn, axis))
        for axis in ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    ]
    moved = np.empty(points.shape)
    for k in range(3):
        moved[..., k] = (
            points[..., 0] * axes[0][k]
            + points[..., 1] * axes[1][k]
            + points[..., 2] * axes[2][k]
            + shift[k]
        )
    return moved


def _read(texture: Float, seen: Float) -> Float:
    height, width = texture.shape[:2]
    where = np.nan_to_num(seen, nan=-1.0)
    x, y = where[..., 0] * width - 0.5, where[..., 1] * height - 0.5
    read = cv2.remap(texture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(read, np.float32)


def _box(standing: Mask) -> tuple[Span, Span] | None:
    """Return the part of a picture, 0..1, that holds what stands in front."""
    height, width = standing.shape
    columns, rows = np.flatnonzero(standing.any(axis=0)), np.flatnonzero(standing.any(axis=1))
    if not len(columns):
        return None
    edge = 3 * EDGE_PIXELS
    across = max(columns[0] - edge, 0) / width, min(columns[-1] + edge, width) / width
    down = max(rows[0] - edge, 0) / height, min(rows[-1] + edge, height) / height
    return across, down


def _focus(layers: Layers) -> float:
    """Tell how far away what stands in front is, or else the middle of the picture."""
    if layers.standing.any():
        return float(np.median(layers.front[layers.standing > 0]))
    height, width = layers.behind.shape
    middle = layers.behind[height // 3 : height * 2 // 3, width // 3 : width * 2 // 3]
    return float(np.median(middle))


def _cut(pixels: Float, aspect: float) -> Float:
    height, width = pixels.shape[:2]
    wide, tall = min(width, round(height * aspect)), min(height, round(width / aspect))
    left, top = (width - wide) // 2, (height - tall) // 2
    return np.ascontiguousarray(pixels[top : top + tall, left : left + wide])


def _filled(picture: Float, holes: Mask) -> Float:
    """Fill holes along their rows, from what lies left and right: backgrounds are mostly level."""
    whole = picture.copy()
    for row in np.flatnonzero(holes.any(axis=1)):
        hole = np.flatnonzero(holes[row])
        known = np.flatnonzero(holes[row] == 0)
        for channel in range(3 if len(known) else 0):
            whole[row, hole, channel] = np.interp(hole, known, picture[row, known, channel])
    soft = cv2.GaussianBlur(whole, (1, 9), 0)
    return np.where(holes[..., None] > 0, soft, picture).astype(np.float32)
