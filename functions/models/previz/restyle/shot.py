"""A shot that remakes a plate, in three manners of three strengths each.

    adhere     the grade alone: the plate's colours go towards the scene's
    flex       all of the grade, the side of the sun, and the scene's sky in place of the plate's
    reimagine  and all that stands still becomes the scene's set; what moves, stays

The plate's own motion and its camera's stay as they are: the scene's sky and set are filmed by a
camera that turns as the plate's did.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from farm.digest import Plain
from farm.frames import FrameRange
from farm.shots.request import Request
from functions.models.base import Part, Pixels
from functions.models.previz.camera import SENSOR_MM, view
from functions.models.previz.filming import snapshot_at
from functions.models.previz.render import render
from functions.models.previz.restyle.backdrop import Offset, large, moving_in, sky_in, usual
from functions.models.previz.restyle.grade import Float, grade_between, graded, lit_from
from functions.models.previz.restyle.plate import Footage
from functions.models.previz.scene import Scene
from functions.models.previz.snapshot import NO_GROUND, Snapshot
from functions.models.previz.space import UP, Quat, chain, dot, turn, turned

NAME: Final = "plate."
KIND: Final = "plate"
SAID: Final = "the plate's own camera and motion stay: the camera of the shot list is not used"
SHARES: Final = {"1": 1 / 3, "2": 2 / 3, "3": 1.0}
ADHERING: Final = 0.75
"""How much of the grade the strongest `adhere` takes."""

LOOKS: Final = 9
"""Frames that a plate's colours are taken from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How much of the grade, the sun's side, the sky and the set a strength takes, 0 to 1 each."""

    grade: float
    side: float = 0.0
    sky: float = 0.0
    set: float = 0.0


def manner_of(strength: str) -> Manner:
    """Read a strength of the shot list, such as flex_2."""
    word, _, number = strength.partition("_")
    share = SHARES[number]
    if word == "adhere":
        return Manner(grade=ADHERING * share)
    if word == "flex":
        return Manner(grade=1.0, side=share, sky=share)
    return Manner(grade=1.0, side=1.0, sky=1.0, set=share)


def kept(request: Request, files: Mapping[str, Path]) -> dict[str, Part]:
    """Return what lies beside the state: the plate itself, by how far one may go from it.

    Its kind is `plate`, with what its colours were named, if they were.
    """
    assert request.plate is not None
    data = files[request.plate.file].read_bytes()
    kind = f"{KIND} {request.plate.colorspace}".strip()
    return {f"{NAME}{request.plate.strength}": Part(data=data, kind=kind)}


def plate_beside(beside: Mapping[str, Part]) -> str:
    """Return the name of the plate beside a state; empty where there is none."""
    return next((name for name in beside if name.startswith(NAME)), "")


class Restyled:
    """A plate, frame by frame, as the scene would have it."""

    def __init__(self, scene: Scene, beside: Mapping[str, Part]) -> None:
        name = plate_beside(beside)
        self._scene = scene
        self._manner = manner_of(name.removeprefix(NAME))
        part = beside[name]
        named = part.kind.removeprefix(KIND).strip()
        self._footage = Footage(part.data, frames=scene.frames, aspect=scene.aspect, named=named)
        small = self._footage.small
        chosen = np.unique(np.linspace(0, len(small) - 1, LOOKS).round().astype(int))
        size = (small[0].shape[1], small[0].shape[0])
        self._first = snapshot_at(scene, 0)
        target = render(self._first, width=size[0], height=size[1])
        self._grade = grade_between([small[k] for k in chosen], [target])
        self._usual = usual(small, self._footage.offsets)
        self._clear = sky_in(self._usual) if self._manner.sky else None

    @property
    def facts(self) -> dict[str, Plain]:
        """Say how the plate was read."""
        lit = "; its light reconstructed" if self._footage.reconstructed else ""
        return {"plate": f"{self._footage.told}{lit}", "note": SAID, "subjects": []}

    def render(self, frames: FrameRange, *, size: tuple[int, int]) -> Iterator[Pixels]:
        """Yield each frame as float32 (height, width, 3), scene-linear ACEScg."""
        plates = self._footage.frames(frames.first, frames.last, size=size)
        for frame, light in zip(frames, plates, strict=True):
            yield self._remade(frame, light, size)

    def _remade(self, frame: int, light: Float, size: tuple[int, int]) -> Float:
        how, offset = self._manner, self._footage.offsets[frame]
        made = graded(light, self._grade, share=how.grade)
        side, height = self._sun()
        made = lit_from(made, side=side, height=height, share=how.side)
        if self._clear is None:
            return made
        still = 1 - moving_in(light, self._usual, offset)
        sky = self._filmed(_sky(self._first), offset, size)
        made = _over(made, sky, still * large(self._clear, light, offset) * how.sky)
        if not how.set:
            return made
        return _over(made, self._filmed(self._set(), offset, size), still * how.set)

    def _sun(self) -> tuple[float, float]:
        """Return where the sun stands to the camera: right and up are above 0, -1 to 1."""
        sun = self._scene.sky.sun
        return dot(sun, turned(self._turn((0.0, 0.0)), (1.0, 0.0, 0.0))), sun[1]

    def _set(self) -> Snapshot:
        """Return what of the scene is its set: none of its subjects."""
        scenery = np.array([subject.scenery for subject in self._scene.subjects], bool)
        ids = self._first.ids
        return _only(self._first, scenery[ids] if len(ids) else np.zeros(0, bool))

    def _filmed(self, snapshot: Snapshot, offset: Offset, size: tuple[int, int]) -> Float:
        """Film a part of the scene with a camera that has turned as the plate's."""
        lens = snapshot.lens
        turned_so = np.array([self._turn(offset)] * 2)
        place = np.array([lens.position[0]] * 2)
        focal = np.array([lens.focal_mm[0]] * 2)
        still = replace(lens, position=place, rotation=turned_so, focal_mm=focal, f_stop=16.0)
        return render(replace(snapshot, lens=still), width=size[0], height=size[1])

    def _turn(self, offset: Offset) -> Quat:
        """Return how a camera stands before which the distance has moved by an offset."""
        first = view(self._scene, 0.0)
        wide = 2.0 * math.atan(SENSOR_MM / (2.0 * first.focal_mm))
        yaw, pitch = offset[0] * wide, offset[1] * wide / self._scene.aspect
        return chain(turn(UP, yaw), chain(first.turn, turn((1.0, 0.0, 0.0), pitch)))


def _sky(snapshot: Snapshot) -> Snapshot:
    """Return a scene's sky alone."""
    bare = _only(snapshot, np.zeros(len(snapshot.kinds), bool))
    air = replace(snapshot.air, ground=NO_GROUND)
    return replace(bare, particles=snapshot.particles[:0], air=air)


def _only(snapshot: Snapshot, shown: NDArray[np.bool_]) -> Snapshot:
    """Return a snapshot with some of its shapes."""
    return replace(
        snapshot,
        kinds=snapshot.kinds[shown],
        positions=snapshot.positions[:, shown],
        rotations=snapshot.rotations[:, shown],
        sizes=snapshot.sizes[shown],
        shape_materials=snapshot.shape_materials[shown],
        ids=snapshot.ids[shown],
    )


def _over(below: Float, above: Float, share: Float) -> Float:
    cover = share[..., None]
    return np.asarray(below * (1 - cover) + above * cover, np.float32)
