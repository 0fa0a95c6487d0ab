"""What stands before the camera while one frame is exposed: the arrays that the kernels read.

World: metres, right-handed, y up, the ground at y = 0. Rotations are unit quaternions (w, x, y, z)
from the body's axes to the world's. Colours are ACEScg. Light is scene-linear. At `exposure_stops`
0 a white diffuse card square to a clear noon sun comes out near 3, the sun's disc above 1000; a
scene darker than day raises its exposure as a camera would.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]

SPHERE, BOX, CYLINDER, CONE, TORUS = range(5)
"""Shape kinds. `size` holds half extents: an ellipsoid's radii; a box's half edges; a cylinder's or
cone's (radius, half height, radius) along y; a torus's (ring, tube, ring radius) about y."""

FLAT, CHECKER, BRICKS, STRIPES, WOOD, NOISE, TILES, GRASS, WINDOWS, CRATE, BANDS = range(11)
"""Surface patterns: how `base` and `second` mix over the surface, `scale` metres a repeat.

The last two fit themselves to their body: boards in a frame on the sides of a box, and two bands
round a ball."""

MATERIAL_COLUMNS = (
    "base_r", "base_g", "base_b", "second_r", "second_g", "second_b", "pattern", "scale",
    "roughness", "metallic", "transmission", "ior", "emit_r", "emit_g", "emit_b", "bump",
)  # fmt: skip
"""Columns of `Snapshot.materials`: roughness 0 is a mirror; transmission 1 is clear glass."""

NO_GROUND, PLANE, TERRAIN, WATER = range(4)
CLEAR, CLOUDY, OVERCAST, NIGHT, STUDIO, SPACE, UNDERWATER = range(7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """Where the camera is and how it sees; position and rotation at shutter open and close.

    The camera looks along its own -z, y up, x right. `focal_mm` is for a sensor 36 mm wide,
    whatever the aspect. `f_stop` and `focus_m` make the thin lens; `aperture_blades` 0 is a round
    iris.
    """

    position: F64  # (2, 3)
    rotation: F64  # (2, 4)
    focal_mm: F64  # (2,)
    f_stop: float
    focus_m: float
    aperture_blades: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Air:
    """Sky, sun, moon, ground and fog."""

    sky: int
    sun_direction: F64  # (3,) unit, towards the sun; below the horizon after sunset
    turbidity: float
    cloud_cover: float
    exposure_stops: float
    fog_density: float  # extinction per metre
    fog_color: F64  # (3,)
    tint: F64  # (3,) multiplies sky light: a studio's backdrop colour, a planet's sky
    ground: int
    ground_material: int
    terrain_height_m: float
    terrain_scale_m: float
    wetness: float  # 0 dry to 1 mirror-like puddles
    seed: int
    time_s: float  # for water, clouds, stars that twinkle
    period_s: float  # over which all of the air repeats itself; 0 when it never does


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything for one frame. Row i of every shape array is the same body; -1 rows do not exist.

    `particles` are small spheres: x, y, z at shutter open, x, y, z at close, radius, material row.
    """

    kinds: I32  # (n,)
    positions: F64  # (2, n, 3) centre at shutter open and close
    rotations: F64  # (2, n, 4)
    sizes: F64  # (n, 3)
    shape_materials: I32  # (n,)
    ids: I32  # (n,) which subject of the scene the shape belongs to
    materials: F64  # (m, 16)
    particles: F64  # (p, 8)
    lens: Lens
    air: Air
