"""What stands between a place and its light, and how far pixels that show one surface agree on it.

It changes slowly over a surface, unlike colour and tilt, and costs more than these: so it is found for some pixels, and
those between take their mean where they agree (after Ward et al., "A ray tracing solution for diffuse
interreflection", 1988).
"""

from functions.models.previz.optics.canvas import Canvas, corners, met, turn_between
from functions.models.previz.optics.jit import forward, inlined, kernel
from functions.models.previz.optics.trace import NOTHING

Veil = tuple[float, float, float, float, float, float]
"""How open a place is to the sky, or -1 where nothing is known; the colour of what closes it in; the share of the
key light that bodies leave it, or -1; and the share that hills leave it."""

UNVEILED: Veil = (-1.0, 0.0, 0.0, 0.0, -1.0, -1.0)
"""A veil of which nothing is known."""

OPEN, SHADE, SUNNY = 0, 4, 5
"""Places in a veil of what pixels must agree on."""

CLOSE = 0.12
"""Pixels that differ by no more than this agree."""

LEVEL = 0.95
"""The least cosine between the normals of pixels that agree."""


@inlined
def keep_veil(c: Canvas, y: int, x: int, veil: Veil) -> None:
    """Note the veil of a pixel; only pixels of even rows and columns have room for it."""
    if (y | x) & 1 == 0:
        room = c.veils[y >> 1, x >> 1]
        room[0], room[1], room[2], room[3], room[4], room[5] = veil


@kernel
def mean_veil(c: Canvas, top: int, left: int, low: int, right: int, step: int) -> Veil:
    """Return the mean veil of the pixels `step` apart from top left to low right, or UNVEILED where they differ."""
    code, least, most = met(c.first[top, left]), (2.0, 2.0, 2.0), (-2.0, -2.0, -2.0)
    a = b = d = e = f = g = count = 0.0
    for row in range(top, low + 1, step):
        for column in range(left, right + 1, step):
            v, u = forward(row), forward(column)
            if met(c.first[v, u]) != code:
                return UNVEILED
            if turn_between(c.seen, top, left, v, u) < LEVEL:
                return UNVEILED
            r = c.veils[v >> 1, u >> 1]
            least = (min(least[0], r[OPEN]), min(least[1], r[SHADE]), min(least[2], r[SUNNY]))
            most = (max(most[0], r[OPEN]), max(most[1], r[SHADE]), max(most[2], r[SUNNY]))
            a, b, d, e, f, g = a + r[0], b + r[1], d + r[2], e + r[3], f + r[4], g + r[5]
            count += 1.0
    if least[0] < 0.0 or least[1] < 0.0 or least[2] < 0.0:
        return UNVEILED
    if max(max(most[0] - least[0], most[1] - least[1]), most[2] - least[2]) > CLOSE:
        return UNVEILED
    k = 1.0 / count
    return (a * k, b * k, d * k, e * k, f * k, g * k)


@inlined
def veil_between(c: Canvas, y: int, x: int, step: int) -> Veil:
    """Return the veil of a pixel between those `2 * step` apart, which all meet the same."""
    top, left, low, right = corners(y, x, step)
    if met(c.first[top, left]) == NOTHING:
        return UNVEILED
    return mean_veil(c, top, left, low, right, 2 * step)


@inlined
def veil_around(c: Canvas, y: int, x: int) -> Veil:
    """Return the veil of all of a pixel, if what is known on all sides agrees."""
    height, width = c.first.shape
    top, left, low, right = (y - 1) & ~1, (x - 1) & ~1, (y + 2) & ~1, (x + 2) & ~1
    if top < 0 or left < 0 or low >= height or right >= width:
        return UNVEILED
    return mean_veil(c, top, left, low, right, 2)
