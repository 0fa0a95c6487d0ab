"""Previsualisation as a model: words in, a scene as the state, rendered frames out."""

import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from farm.digest import Plain, canonical
from farm.errors import TaskError
from farm.frames import FrameRange
from farm.shots.request import Request
from functions.models.base import CallSheet, Layers, Pixels, Pose, State
from functions.models.previz import lengths
from functions.models.previz.camera import view
from functions.models.previz.compose import compose
from functions.models.previz.filming import Stage
from functions.models.previz.layers import layers_of
from functions.models.previz.mattes.shot import (
    Projected,
    kept,
    stand_in,
    with_beside,
)
from functions.models.previz.physics import Tracks
from functions.models.previz.render import film
from functions.models.previz.restyle import shot as restyle
from functions.models.previz.scene import KIND, Scene, from_plain, scene_digest, to_plain
from functions.models.previz.space import turned

NOTE = "this is previsualisation: a plain stand-in for the picture, not a finished one"
_STAGES_KEPT = 2


def open_previz(sheet: CallSheet) -> "Previz":
    """Open the family for a task; it needs no weights, and pictures for keyframes alone."""
    return Previz(sheet.files)


class Previz:
    """The embedded model: runs on any CPU, and makes the same bits every time."""

    colorspace = "ACEScg"

    def __init__(self, files: Mapping[str, Path] | None = None) -> None:
        self._files = files or {}
        self._tracks = Tracks()
        self._stages: OrderedDict[str, Stage] = OrderedDict()

    def draft(self, request: Request, *, seed: int) -> State:
        """Turn a request and a seed into one take."""
        if request.plate:
            scene, beside = compose(request, seed), restyle.kept(request, self._files)
            return with_beside(_state(scene), beside, restyle.Restyled(scene, beside).facts)
        if not request.keyframes:
            return _state(compose(request, seed))
        scene, beside = stand_in(request, seed), kept(request, self._files)
        return with_beside(_state(scene), beside, Projected(scene, beside).facts)

    def extend(
        self, state: State, *, frames: int, seed: int, request: Request | None = None
    ) -> State:
        """Go on from the end of `state` for `frames` more; the frames before stay as they are."""
        scene = scene_of(state)
        if request:
            return _after(state, lengths.continue_as(scene, request, seed))
        return _after(state, lengths.extend(scene, frames, seed))

    def loop(self, state: State) -> State:
        """Close the footage: the frame after the last is the first again, in place and in speed."""
        return _after(state, lengths.loop(scene_of(state)))

    def render(
        self, state: State, frames: FrameRange, *, size: tuple[int, int]
    ) -> Iterator[Pixels]:
        """Yield each frame, counted from 0, as float32 (height, width, 3), scene-linear ACEScg."""
        scene = scene_of(state)
        if restyle.plate_beside(state.beside):
            yield from restyle.Restyled(scene, state.beside).render(frames, size=size)
            return
        if state.beside:
            yield from Projected(scene, state.beside).render(frames, size=size)
            return
        stage = self._stage(scene)
        snapshots = (stage.snapshot(frame) for frame in frames)
        yield from film(snapshots, width=size[0], height=size[1])

    def layers(
        self,
        state: State,
        times: Sequence[Fraction],
        *,
        step: Fraction,
        size: tuple[int, int],
        names: Sequence[str],
    ) -> Iterator[Layers]:
        """Yield depth, motion, cryptomatte or normal of a scene at each time, in its frames."""
        if state.beside:
            raise TaskError(
                "layers are made of scenes, and this footage shows given pictures",
                hint="leave delivery.exr.layers at [beauty], or the keyframes and plates away",
            )
        stage = self._stage(scene_of(state))
        for time in times:
            yield layers_of(stage, time, step=step, size=size, names=names)

    def pose(self, state: State, frame: int) -> Pose | None:
        """Return the camera of a frame, half-way through its exposure; a plate has its own."""
        if restyle.plate_beside(state.beside):
            return None
        scene = scene_of(state)
        rate = float(Fraction(scene.rate))
        shutter = scene.rig_at(frame / rate)[0].shutter_angle / 360
        seen = view(scene, (frame + shutter / 2) / rate)
        axes = tuple(
            turned(seen.turn, axis) for axis in ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
        )
        return Pose(place=seen.place, axes=axes, focal_mm=seen.focal_mm)

    def _stage(self, scene: Scene) -> Stage:
        key = scene_digest(scene)
        if key not in self._stages:
            self._stages[key] = Stage(scene, self._tracks)
            while len(self._stages) > _STAGES_KEPT:
                self._stages.popitem(last=False)
        return self._stages[key]


def scene_of(state: State) -> Scene:
    """Read the scene that a state keeps; raises TaskError for what is not one."""
    if state.kind != KIND:
        raise TaskError(
            f"previz cannot go on from a state of kind {state.kind!r}",
            hint="extend, loop and master must use the model that drafted the shot",
        )
    plain = json.loads(state.data)
    if not isinstance(plain, dict):
        raise TaskError("this state is not a scene", hint="draft the shot again")
    return from_plain(plain)


def _after(state: State, scene: Scene) -> State:
    """Keep a scene that goes on from a state, and the pictures that lay beside it."""
    facts = Projected(scene, state.beside).facts if state.beside else {}
    return with_beside(_state(scene), state.beside, facts)


def _state(scene: Scene) -> State:
    return State(
        data=canonical(to_plain(scene)), kind=KIND, frames=scene.frames, facts=_facts(scene)
    )


def _facts(scene: Scene) -> dict[str, Plain]:
    rig = scene.rig
    return {
        "understood": list(scene.understood),
        "not_understood": list(scene.not_understood),
        "stand_ins": [s.noun for s in scene.subjects if s.stand_in],
        "subjects": [s.name for s in scene.subjects if not s.scenery],
        "setting": scene.setting,
        "light": scene.light,
        "camera": {
            "moves": [m.kind for m in rig.moves] or ["static"],
            "focal_mm": rig.focal_mm,
            "f_stop": rig.f_stop,
            "shutter_angle": rig.shutter_angle,
        },
        "loop": list(scene.closure),
        "note": NOTE,
    }
