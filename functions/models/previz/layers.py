"""The layers that go with a frame: depth, motion, normals, and mattes of every subject."""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from farm.media import cryptomatte
from functions.models.base import Layers
from functions.models.previz.filming import Stage
from functions.models.previz.optics.layers import RANKS, SUBJECTS, cover, measure, room
from functions.models.previz.optics.lens import pattern
from functions.models.previz.optics.listing import listed
from functions.models.previz.optics.world import world_of
from functions.models.previz.render import SAMPLES, Bands, banded, cores
from functions.models.previz.scene import Scene
from functions.models.previz.snapshot import Snapshot

F32 = NDArray[np.float32]

MOTION_MEANS = "pixels from this frame to the next, mid-shutter to mid-shutter; u right, v up"


def layers_of(
    stage: Stage, frame: int, *, size: tuple[int, int], names: Collection[str], threads: int = 0
) -> Layers:
    """Return the layers of one frame: `depth`, `motion`, `normal`, `cryptomatte`.

    Z is in metres along the camera's axis, 1e10 for the sky; normals are in the world, y up, 0 for
    the sky; motion says how far a pixel's point goes until the next frame. All are taken at the
    pixel's middle in mid-shutter; mattes over the whole pixel, lens and shutter.
    """
    snapshot, then = stage.snapshot(frame), stage.snapshot(frame + 1)
    rig, _ = stage.scene.rig_at(snapshot.air.time_s)
    channels: dict[str, F32] = {}
    header: dict[str, str] = {}
    with ThreadPoolExecutor(threads or cores()) as pool:
        bands = banded(pool)
        if set(names) - {"cryptomatte"}:
            whole = 360.0 / max(rig.shutter_angle, 1e-3)
            measured = _measured(bands, (snapshot, then), whole=whole, size=size)
            for name in sorted(set(names) & set(measured)):
                channels |= measured[name]
        if "cryptomatte" in names:
            called = identities(stage.scene)
            channels |= _covered(bands, snapshot, size=size, called=called)
            header |= cryptomatte.header(called)
    if "motion" in names:
        header["farm_motion"] = MOTION_MEANS
    return Layers(channels=channels, header=header)


def identities(scene: Scene) -> list[str]:
    """Name everything that has a matte, once each: what is no subject first, then the subjects."""
    called = ["particles", "ground", "sky"]
    assert len(called) == SUBJECTS
    for subject in scene.subjects:
        name, number = subject.name, 2
        while name in called:
            name, number = f"{subject.name} {number}", number + 1
        called.append(name)
    return called


def _measured(
    bands: Bands, views: tuple[Snapshot, Snapshot], *, whole: float, size: tuple[int, int]
) -> dict[str, dict[str, F32]]:
    """Measure the first of two frames; `whole` is a frame's length in shutters."""
    width, height = size
    w, later = (world_of(view) for view in views)
    heads, lists, nears = listed(w, width, height)
    depth = np.zeros((height, width), np.float32)
    normal = np.zeros((height, width, 3), np.float32)
    motion = np.zeros((height, width, 2), np.float32)

    def work(top: int, end: int) -> None:
        measure(w, later, whole, heads, lists, nears, top, end, depth, normal, motion)

    bands(height, work)
    return {
        "depth": {"Z": depth},
        "normal": {f"normal.{axis}": _alone(normal, k) for k, axis in enumerate("xyz")},
        "motion": {f"forward.{axis}": _alone(motion, k) for k, axis in enumerate("uv")},
    }


def _alone(values: F32, k: int) -> F32:
    return np.ascontiguousarray(values[..., k])


def _covered(
    bands: Bands, snapshot: Snapshot, *, size: tuple[int, int], called: list[str]
) -> dict[str, F32]:
    width, height = size
    w = world_of(snapshot)
    heads, lists, nears = listed(w, width, height)
    table = pattern(SAMPLES, snapshot.lens.aperture_blades)
    ids = np.array([cryptomatte.as_float(cryptomatte.hashed(name)) for name in called], np.float32)
    ranks = np.zeros((height, width, RANKS, 2), np.float32)
    bands(
        height,
        lambda top, end: cover(w, table, ids, heads, lists, nears, top, end, room(), ranks),
    )
    flat = ranks.reshape(height, width, 2 * RANKS)
    names = cryptomatte.channel_names(RANKS)
    return {channel: _alone(flat, k) for k, channel in enumerate(names)}
