"""A shot whose keyframes are pictures: they are the scene, and the scene's camera films them."""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np

from farm.digest import Plain
from farm.frames import FrameRange
from farm.media.plates import read_still
from farm.shots.request import Request
from functions.models.base import Part, Pixels, State
from functions.models.previz.camera import View, view
from functions.models.previz.compose import compose
from functions.models.previz.mattes.project import Matte, film, matte_of
from functions.models.previz.scene import Scene
from functions.models.previz.space import norm, sub

NAME: Final = "matte."
KIND: Final = "picture"
EXPOSURES: Final = 5
"""Moments at which a moving camera is looked through while its shutter is open."""

SAID: Final = "its keyframes are the scene: nothing that the prompt names is added to them"


def stand_in(request: Request, seed: int) -> Scene:
    """Compose a scene in which nothing happens, for its camera: the pictures are what is seen."""
    still = request.model_copy(update={"prompt": "a box", "cast": ()})
    return replace(compose(still, seed), prompt=request.prompt[:2000], understood=())


def kept(request: Request, files: Mapping[str, Path]) -> dict[str, Part]:
    """Return what lies beside the state: each keyframe's own file, by its frame.

    Its kind is `picture`, with what its colours were named, if they were.
    """
    return {
        f"{NAME}{key.frame}": Part(
            data=files[key.file].read_bytes(), kind=f"{KIND} {key.colorspace}".strip()
        )
        for key in request.keyframes
    }


class Projected:
    """Pictures of some frames of a scene, filmed by its camera at any frame."""

    def __init__(self, scene: Scene, beside: Mapping[str, Part]) -> None:
        self._scene = scene
        named = {int(name.removeprefix(NAME)): part for name, part in beside.items()}
        self._mattes = {frame: self._matte(named[frame], frame) for frame in sorted(named)}

    @property
    def facts(self) -> dict[str, Plain]:
        """Say how each picture was read."""
        told: list[Plain] = [{"frame": f, "read_as": m.told} for f, m in self._mattes.items()]
        return {"keyframes": told, "note": SAID, "subjects": []}

    def render(self, frames: FrameRange, *, size: tuple[int, int]) -> Iterator[Pixels]:
        """Yield each frame as float32 (height, width, 3), scene-linear ACEScg."""
        for frame in frames:
            picture = np.zeros((size[1], size[0], 3), np.float32)
            for source, share in self._shares(frame).items():
                picture += np.float32(share) * self._filmed(source, frame, size)
            yield picture

    def _shares(self, frame: int) -> dict[int, float]:
        """Share a frame among the pictures before and after it; only the nearest at the ends."""
        before = max((f for f in self._mattes if f <= frame), default=min(self._mattes))
        after = min((f for f in self._mattes if f >= frame), default=max(self._mattes))
        if before >= after:
            return {before: 1.0}
        done = (frame - before) / (after - before)
        share = done * done * (3.0 - 2.0 * done)
        return {source: s for source, s in ((before, 1.0 - share), (after, share)) if s > 0}

    def _filmed(self, source: int, frame: int, size: tuple[int, int]) -> Pixels:
        matte = self._mattes[source]
        there = self._views(source)[0]
        rig, _ = self._scene.rig_at(self._opens(source))
        scale = matte.focus_m / max(norm(sub(rig.pivot, there.place)), 0.1)
        here = [there] if frame == source else self._views(frame)
        return film(matte, there=there, here=here, scale=scale, size=size)

    def _views(self, frame: int) -> list[View]:
        """Return the camera while a frame is exposed: once where it stands still."""
        opens = self._opens(frame)
        rig, _ = self._scene.rig_at(opens)
        open_for = rig.shutter_angle / 360.0 / float(Fraction(self._scene.rate))
        views = [view(self._scene, opens + open_for * k / EXPOSURES) for k in range(EXPOSURES)]
        return views[:1] if all(one == views[0] for one in views) else views

    def _opens(self, frame: int) -> float:
        return float(Fraction(frame) / Fraction(self._scene.rate))

    def _matte(self, part: Part, frame: int) -> Matte:
        with tempfile.NamedTemporaryFile(prefix="keyframe-") as file:
            file.write(part.data)
            file.flush()
            still = read_still(Path(file.name), named=part.kind.removeprefix(KIND).strip())
        camera = view(self._scene, self._opens(frame))
        return matte_of(still, aspect=self._scene.aspect, focal_mm=camera.focal_mm)


def with_beside(state: State, beside: Mapping[str, Part], facts: Mapping[str, Plain]) -> State:
    """Put what people gave beside a state, and say how it was read."""
    return State(
        data=state.data,
        kind=state.kind,
        frames=state.frames,
        facts={**state.facts, **facts},
        beside={**state.beside, **beside},
    )
