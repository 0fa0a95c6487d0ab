"""Where everything lies in a world: one flat array of floats, so that a kernel takes one argument.

First single numbers and colours, then the sky's table, then the sections whose length depends on the
snapshot; `NODES`, `SHAPES` ... hold where their section starts. `NODES` are of the tree of all that casts
shadows, `DUST_NODES` of the tree of particles too small for that.
"""

from itertools import count

from functions.models.previz.optics.jit import forward, inlined
from functions.models.previz.optics.vec import F64, Vec

SLOTS = 32
"""The shutter is cut into this many slots; everything is posed in the middle of each, and once more
in the middle of the shutter (slot number SLOTS)."""

ELEVATIONS, AZIMUTHS = 64, 32
"""The sky's table: rows by the square root of the sine of elevation, columns by half the azimuth's sine."""

_next = count()


def _one() -> int:
    return next(_next)


def _three() -> int:
    first = next(_next)
    next(_next)
    next(_next)
    return first


NODES, NODE_COUNT, SHAPES, BODIES, SLOT_STRIDE = _one(), _one(), _one(), _one(), _one()
DUST, MATERIALS, CAMERAS, LAMPS, LAMP_COUNT = _one(), _one(), _one(), _one(), _one()
LENS_RADIUS, FOCUS, DUST_NODES, DUST_NODE_COUNT, ITEMS = (_one() for _ in range(5))

SKY, NIGHT_SHARE, GAIN, CLOUDS, SPREAD, FOG, SEED, TIME, PERIOD = (_one() for _ in range(9))
GROUND_KIND, GROUND_MATERIAL, HEIGHT, SCALE, WETNESS = (_one() for _ in range(5))
LIGHT_WAY, KEY, DISC, SUN_WAY, TINT, DRIFT, FOG_COLOR = (_three() for _ in range(7))
"""Towards the light that casts shadows; what a white card square to it sends back; its radiance; where the
sun is, even below the horizon; what multiplies the sky; how far the clouds have gone."""

AROUND, LEAN_X, LEAN_Y, LEAN_Z, FLOOR = (_three() for _ in range(5))
"""What a white card gets from all around, and how much more when it faces x, y, z; the lit ground's colour."""

SHADE_LISTS, NEAR_LISTS, LAMP_LISTS, LARGE = (_one() for _ in range(4))
SHADE_U, SHADE_V = _three(), _three()
"""Two axes square to the light: on the plane that they span, the shade map lies."""

SHADE_MAP, NEAR_MAP = (tuple(_one() for _ in range(4)) for _ in range(2))
"""Where a map begins on its two axes, and how many cells it has a metre on each."""

assert next(_next) <= 128

WAVES, WAVE_COLUMNS = 7, 5
"""How many trains of waves the water has; each has its direction and number on x and z, its phase,
its length, and where its bends begin."""

WAVE_TRAINS = 128

TABLE = WAVE_TRAINS + WAVES * WAVE_COLUMNS
"""The air's table: light of molecules and of dust before their phase, for red, green and blue."""

BAKED_ROWS, BAKED_COLUMNS = 96, 64
BAKED = TABLE + ELEVATIONS * AZIMUTHS * 6
"""The open sky itself, as `backdrop` finds it; its rows and columns go as those of the air's table."""

MAP_SIDE = 96
MAP_CELLS = MAP_SIDE * MAP_SIDE + 2
"""The cells of a map row by row, one for all places outside of it, and the end."""

SHADE_CELLS = BAKED + BAKED_ROWS * BAKED_COLUMNS * 3
"""The shade map: where the list begins of the items that may stand between a place and the light."""

NEAR_CELLS = SHADE_CELLS + MAP_CELLS
"""The near map, over the ground: where the list begins of the items that may close a place in."""

LAMP_ROWS, LAMP_TURNS = 24, 48
LAMP_CELLS = LAMP_ROWS * LAMP_TURNS + 1
"""The cells of the map round a lamp: rows by height, columns by direction; and the end."""

LAMP_MAPS = NEAR_CELLS + MAP_CELLS
"""The maps round the lamps: where the list begins of the items that may stand before a lamp."""

MOST_LAMPS = 6
"""How many emissive bodies light their surroundings."""

SECTIONS = LAMP_MAPS + MOST_LAMPS * LAMP_CELLS

NODE_COLUMNS, SHAPE_COLUMNS, DUST_COLUMNS, MATERIAL_COLUMNS, CAMERA_COLUMNS, LAMP_COLUMNS = (
    8, 21, 8, 16, 14, 8,
)  # fmt: skip

NODE_SKIP, NODE_ITEM = 6, 7
"""Columns of a node after its least and greatest corner."""

CENTER, AXIS_X, AXIS_Y, AXIS_Z, SIZE, KIND, MATERIAL, IDENTITY, BALL, MOVES, REACH = (
    0, 3, 6, 9, 12, 15, 16, 17, 18, 19, 20,
)  # fmt: skip
"""Columns of a shape: where it is, its axes in the world, what it is, its bounding radius, how far it moves."""

SECOND, PATTERN, REPEAT, ROUGH, METAL, CLEAR, IOR, EMIT, BUMP = 3, 6, 7, 8, 9, 10, 11, 12, 15
"""Columns of a material after its base colour."""

EYE, RIGHT, UP, BACK, TAN_X, MOMENT = 0, 3, 6, 9, 12, 13
"""Columns of a camera; TAN_X is half the picture's width one metre away, MOMENT the time in the shutter."""

LAMP_RADIUS, LAMP_COLOR, LAMP_ITEM = 3, 4, 7
"""Columns of a lamp after its centre."""


@inlined
def at(w: F64, place: int) -> Vec:
    """Return three numbers that lie together."""
    place = forward(place)
    return (w[place], w[place + 1], w[place + 2])


@inlined
def count_at(w: F64, place: int) -> int:
    """Return a whole number."""
    return int(w[forward(place)])


@inlined
def shape_at(w: F64, slot: int, item: int) -> int:
    """Return where a body's shape lies in a slot of the shutter."""
    return forward(int(w[SHAPES]) + slot * int(w[SLOT_STRIDE]) + item * SHAPE_COLUMNS)


@inlined
def material_at(w: F64, row: int) -> int:
    """Return where a material lies."""
    return forward(int(w[MATERIALS]) + row * MATERIAL_COLUMNS)


@inlined
def grain_at(w: F64, item: int) -> int:
    """Return where a particle lies; particles are numbered after the bodies."""
    return forward(int(w[DUST]) + (item - int(w[BODIES])) * DUST_COLUMNS)


@inlined
def camera_at(w: F64, slot: int) -> int:
    """Return where the camera lies in a slot of the shutter."""
    return forward(int(w[CAMERAS]) + slot * CAMERA_COLUMNS)
