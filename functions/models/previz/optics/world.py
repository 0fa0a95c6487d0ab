"""The snapshot as the kernels want it: one flat array, everything posed once for each slot of the shutter."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from functions.models.previz.optics.ambient import fill_ambient
from functions.models.previz.optics.bvh import tree_of
from functions.models.previz.optics.layout import (
    AXIS_X,
    BALL,
    BODIES,
    CAMERA_COLUMNS,
    CAMERAS,
    DUST,
    DUST_COLUMNS,
    DUST_NODE_COUNT,
    DUST_NODES,
    FOCUS,
    IDENTITY,
    ITEMS,
    KIND,
    LAMP_COUNT,
    LAMPS,
    LARGE,
    LENS_RADIUS,
    MATERIAL,
    MATERIAL_COLUMNS,
    MATERIALS,
    MOMENT,
    MOVES,
    NODE_COLUMNS,
    NODE_COUNT,
    NODE_SKIP,
    NODES,
    REACH,
    RIGHT,
    SECTIONS,
    SHAPE_COLUMNS,
    SHAPES,
    SIZE,
    SLOT_STRIDE,
    SLOTS,
    TAN_X,
)
from functions.models.previz.optics.light import fill_light, lamps_of, open_up
from functions.models.previz.optics.maps import SHADE_RADIUS_M, with_maps
from functions.models.previz.optics.vec import F64, Vec
from functions.models.previz.snapshot import (
    CONE,
    CYLINDER,
    NO_GROUND,
    SPHERE,
    TORUS,
    Lens,
    Snapshot,
)


def world_of(snapshot: Snapshot) -> F64:
    """Return the snapshot as one flat array (see `layout`), everything posed for every slot."""
    snapshot = _sane(snapshot)
    times = np.append((np.arange(SLOTS) + 0.5) / SLOTS, 0.5)
    shapes = _shapes(snapshot, times)
    dust = np.ascontiguousarray(snapshot.particles)
    materials = np.ascontiguousarray(snapshot.materials, np.float64)
    nodes, dust_nodes = _trees(shapes, dust)
    lamps = lamps_of(snapshot)
    sections = (
        (NODES, nodes),
        (DUST_NODES, dust_nodes),
        (SHAPES, shapes if _bodies_move(snapshot) else shapes[-1:]),
        (DUST, dust),
        (MATERIALS, materials),
        (CAMERAS, _cameras(snapshot.lens, times)),
        (LAMPS, lamps),
    )
    w = np.zeros(SECTIONS + sum(part.size for _, part in sections))
    end = SECTIONS
    for place, part in sections:
        w[place] = end
        w[end : end + part.size] = part.reshape(-1)
        end += part.size
    bodies = len(snapshot.kinds)
    w[NODE_COUNT], w[DUST_NODE_COUNT] = len(nodes), len(dust_nodes)
    w[BODIES], w[ITEMS], w[LAMP_COUNT] = bodies, bodies + len(dust), len(lamps)
    w[SLOT_STRIDE] = bodies * SHAPE_COLUMNS if _bodies_move(snapshot) else 0
    _number_nodes(w, NODES, NODE_COUNT)
    _number_nodes(w, DUST_NODES, DUST_NODE_COUNT)
    lens = snapshot.lens
    w[LENS_RADIUS] = 0.0005 * float(np.mean(lens.focal_mm)) / max(lens.f_stop, 1e-3)
    balls = shapes[0, :, BALL]
    w[LARGE] = 1.0 + 3.0 * float(np.median(balls)) if bodies else 1.0
    w[FOCUS] = max(lens.focus_m, 1e-3)
    fill_light(w, snapshot.air)
    soil = _ground_color(snapshot)
    fill_ambient(w, soil)
    open_up(w)
    fill_ambient(w, soil)
    return with_maps(w)


def _sane(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot in which every row that is named exists; there is at least one material."""
    materials = snapshot.materials.reshape(-1, MATERIAL_COLUMNS)
    if not len(materials):
        materials = np.array([[0.2] * 6 + [0, 1, 1] + [0] * 7], np.float64)
    last = len(materials) - 1
    dust = snapshot.particles.reshape(-1, DUST_COLUMNS).astype(np.float64)
    dust[:, 7] = np.clip(np.nan_to_num(dust[:, 7]), 0, last)
    ground = min(max(int(snapshot.air.ground_material), 0), last)
    return replace(
        snapshot,
        kinds=np.clip(snapshot.kinds, SPHERE, TORUS),
        shape_materials=np.clip(snapshot.shape_materials, 0, last),
        materials=materials,
        particles=dust,
        air=replace(snapshot.air, ground_material=ground),
    )


def _number_nodes(w: F64, start: int, number: int) -> None:
    """Turn the number of the node to skip to into the place where it lies."""
    first, count = int(w[start]), int(w[number])
    nodes = w[first : first + count * NODE_COLUMNS].reshape(count, NODE_COLUMNS)
    nodes[:, NODE_SKIP] = first + nodes[:, NODE_SKIP] * NODE_COLUMNS


def _ground_color(snapshot: Snapshot) -> Vec:
    if snapshot.air.ground == NO_GROUND:
        return (0.0, 0.0, 0.0)
    row = snapshot.materials[snapshot.air.ground_material]
    r, g, b = 0.6 * row[0:3] + 0.4 * row[3:6] if row[6] else row[0:3]
    return (float(r), float(g), float(b))


def _bodies_move(snapshot: Snapshot) -> bool:
    still = (snapshot.positions[0] == snapshot.positions[1]).all()
    return not (still and (snapshot.rotations[0] == snapshot.rotations[1]).all())


def _shapes(snapshot: Snapshot, times: F64) -> F64:
    n = len(snapshot.kinds)
    shapes = np.zeros((len(times), n, SHAPE_COLUMNS))
    size = np.maximum(snapshot.sizes.reshape(n, 3), 1e-6)
    ball = _ball_radii(snapshot.kinds, size)
    moved = np.linalg.norm(snapshot.positions[1] - snapshot.positions[0], axis=-1)
    turned = np.abs(snapshot.rotations[1] - snapshot.rotations[0]).max(axis=-1, initial=0.0)
    shapes[:, :, SIZE : SIZE + 3] = size
    shapes[:, :, KIND] = snapshot.kinds
    shapes[:, :, MATERIAL] = snapshot.shape_materials
    shapes[:, :, IDENTITY] = snapshot.ids
    shapes[:, :, BALL] = ball
    shapes[:, :, MOVES] = (moved > 0) | (turned > 0)
    shapes[:, :, REACH] = moved + np.minimum(turned * 2.0, 2.0) * ball
    still = (moved == 0) & (turned == 0)
    for rows, moments in ((np.flatnonzero(still), times[-1:]), (np.flatnonzero(~still), times)):
        when = moments[:, None, None]
        axes = _axes(turn(snapshot.rotations[:, rows], when))
        shapes[:, rows, :3] = _between(snapshot.positions[:, rows], when)
        shapes[:, rows, AXIS_X:SIZE] = axes.reshape(len(moments), len(rows), 9)
    return shapes


def _ball_radii(kinds: NDArray[np.int32], size: F64) -> F64:
    corner = np.linalg.norm(size, axis=-1)
    rim = np.hypot(np.maximum(size[:, 0], size[:, 2]), size[:, 1])
    ring = np.maximum(size[:, 0], size[:, 2]) + size[:, 1]
    upright = (kinds == CYLINDER) | (kinds == CONE)
    return np.select(
        [kinds == SPHERE, upright, kinds == TORUS],
        [size.max(axis=-1, initial=0.0), rim, ring],
        corner,
    )


def _between(pair: F64, time: float | F64) -> F64:
    return np.asarray(pair[0] * (1.0 - time) + pair[1] * time)


def turn(pair: F64, time: float | F64) -> F64:
    """Turn unit quaternions (2, ..., 4) from the first to the second along the shorter arc (slerp)."""
    first = pair[0] / np.maximum(np.linalg.norm(pair[0], axis=-1, keepdims=True), 1e-12)
    second = pair[1] / np.maximum(np.linalg.norm(pair[1], axis=-1, keepdims=True), 1e-12)
    cosine = np.sum(first * second, axis=-1, keepdims=True)
    second = np.where(cosine < 0, -second, second)
    angle = np.arccos(np.clip(np.abs(cosine), 0.0, 1.0))
    sine = np.maximum(np.sin(angle), 1e-9)
    near = angle < 1e-6
    a = np.where(near, 1.0 - time, np.sin((1.0 - time) * angle) / sine)
    b = np.where(near, time, np.sin(time * angle) / sine)
    return np.asarray(a * first + b * second)


def _axes(q: F64) -> F64:
    """Return the body's x, y and z in the world, as rows, for unit quaternions (..., 4)."""
    w, x, y, z = np.moveaxis(q, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)],
        [2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)],
        [2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), (0, 1), (-2, -1))


def _cameras(lens: Lens, times: F64) -> F64:
    cameras = np.zeros((len(times), CAMERA_COLUMNS))
    cameras[:, :3] = _between(lens.position, times[:, None])
    cameras[:, RIGHT:TAN_X] = _axes(turn(lens.rotation, times[:, None])).reshape(-1, 9)
    cameras[:, MOMENT] = times
    cameras[:, TAN_X] = 18.0 / np.maximum(_between(lens.focal_mm, times), 0.1)
    return cameras


def _trees(shapes: F64, dust: F64) -> tuple[F64, F64]:
    """Return the tree of bodies and large particles, and the tree of small ones."""
    moves = shapes[-1, :, MOVES] > 0.0
    low, high = _swept_boxes(shapes[-1:])
    low[moves], high[moves] = _swept_boxes(shapes[:, moves])
    ends = np.stack([dust[:, :3], dust[:, 3:6]])
    radius = dust[:, 6:7]
    low = np.concatenate([low, ends.min(axis=0) - radius])
    high = np.concatenate([high, ends.max(axis=0) + radius])
    large = np.concatenate([np.ones(shapes.shape[1], bool), dust[:, 6] > SHADE_RADIUS_M])
    bodies = tree_of(low, high, np.flatnonzero(large), quick=False)
    return bodies, tree_of(low, high, np.flatnonzero(~large), quick=True)


def _swept_boxes(shapes: F64) -> tuple[F64, F64]:
    """Return the least and greatest corners of each body over all the slots."""
    axes = np.abs(shapes[:, :, AXIS_X:SIZE]).reshape(*shapes.shape[:2], 3, 3)
    size = shapes[:, :, SIZE : SIZE + 3].copy()
    ring = shapes[:, :, KIND] == TORUS
    size[..., 0] += np.where(ring, size[..., 1], 0.0)
    size[..., 2] += np.where(ring, size[..., 1], 0.0)
    half = np.einsum("tnij,tni->tnj", axes, size)
    center = shapes[:, :, :3]
    pad = 1e-4 + (shapes[:, :, REACH] / SLOTS).max(axis=0, initial=0.0)[:, None]
    return (center - half).min(axis=0) - pad, (center + half).max(axis=0) + pad
