"""The layers that go with a frame: depth, motion, normals, mattes of every body and subject."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from fractions import Fraction

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

BY_SUBJECT = "crypto_subject"
"""The layer of mattes of whole subjects, beside that of single bodies."""

NO_THING = ("particles", "ground", "sky")

MOTION_MEANS = "pixels from this frame to the next, mid-shutter to mid-shutter; u right, v up"


def layers_of(  # noqa: PLR0913  # what to film, and how
    stage: Stage,
    frame: int | Fraction,
    *,
    step: int | Fraction = 1,
    size: tuple[int, int],
    names: Collection[str],
    threads: int = 0,
) -> Layers:
    """Return the layers of one frame: `depth`, `motion`, `normal`, `cryptomatte`.

    Z is in metres along the camera's axis, 1e10 for the sky; normals are in the world, y up, 0 for
    the sky; motion says how far a pixel's point goes until the next frame, `step` later. All are
    taken at the pixel's middle in mid-shutter; mattes over the whole pixel, lens and shutter.
    """
    snapshot, then = stage.snapshot(frame), stage.snapshot(frame + step)
    rig, _ = stage.scene.rig_at(snapshot.air.time_s)
    channels: dict[str, F32] = {}
    header: dict[str, str] = {}
    with banded(threads or cores()) as bands:
        if set(names) - {"cryptomatte"}:
            whole = 360.0 / max(rig.shutter_angle, 1e-3) * float(step)
            measured = _measured(bands, (snapshot, then), whole=whole, size=size)
            for name in sorted(set(names) & set(measured)):
                channels |= measured[name]
        if "cryptomatte" in names:
            bodies, subjects = identities(stage.scene)
            by_body = replace(snapshot, ids=stage.owners)
            channels |= _covered(bands, by_body, size=size, bodies=bodies, subjects=subjects)
            header |= cryptomatte.header(bodies)
            header |= cryptomatte.header(subjects, layer=BY_SUBJECT)
    if "motion" in names:
        header["farm_motion"] = MOTION_MEANS
    return Layers(channels=channels, header=header)


def identities(scene: Scene) -> tuple[list[str], list[str]]:
    """Name what has a matte, first what is no thing: every body, and for each its subject.

    A subject of one body has its name; the bodies of others are numbered, `crate_03`.
    """
    bodies, subjects = [*NO_THING], [*NO_THING]
    assert len(NO_THING) == SUBJECTS
    names = _alone_named([subject.name for subject in scene.subjects])
    many = Counter(body.subject for body in scene.bodies)
    seen: Counter[int] = Counter()
    for body in scene.bodies:
        k = body.subject
        seen[k] += 1
        subjects.append(names[k])
        bodies.append(f"{names[k]}_{seen[k]:02}" if many[k] > 1 else names[k])
    return bodies, subjects


def _alone_named(names: Sequence[str]) -> list[str]:
    """Give every name once: those that are there twice are numbered."""
    called: list[str] = []
    for first in names:
        name, number = first, 2
        while name in [*NO_THING, *called]:
            name, number = f"{first} {number}", number + 1
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
    bands: Bands,
    snapshot: Snapshot,
    *,
    size: tuple[int, int],
    bodies: Sequence[str],
    subjects: Sequence[str],
) -> dict[str, F32]:
    width, height = size
    w = world_of(snapshot)
    heads, lists, nears = listed(w, width, height)
    table = pattern(SAMPLES, snapshot.lens.aperture_blades)
    hashes = [_hashes(bodies), _hashes(subjects)]
    owners = np.array([subjects.index(name) for name in subjects], np.int32)
    ranks = [np.zeros((height, width, RANKS, 2), np.float32) for _ in hashes]

    def work(top: int, end: int) -> None:
        cover(w, table, *hashes, owners, heads, lists, nears, top, end, room(), *ranks)

    bands(height, work)
    return {
        channel: _alone(found.reshape(height, width, 2 * RANKS), k)
        for layer, found in zip((cryptomatte.LAYER, BY_SUBJECT), ranks, strict=True)
        for k, channel in enumerate(cryptomatte.channel_names(RANKS, layer=layer))
    }


def _hashes(names: Sequence[str]) -> F32:
    return np.array([cryptomatte.as_float(cryptomatte.hashed(name)) for name in names], np.float32)
