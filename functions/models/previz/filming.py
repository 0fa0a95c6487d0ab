"""From a scene and a frame to a snapshot: every body posed as the shutter opens and as it closes.

The shutter opens at the frame's own time, frame / rate, and stays open for its angle's share of a
frame; so a frame shows the same whatever comes before or after it.
"""

from fractions import Fraction

import numpy as np

from functions.models.previz.camera import view
from functions.models.previz.motion import Pose, angle, pose, story_time
from functions.models.previz.particles import particles
from functions.models.previz.physics import Tracks
from functions.models.previz.scene import Body, Material, Scene
from functions.models.previz.snapshot import Air, Lens, Snapshot
from functions.models.previz.space import (
    F64,
    Quat,
    Vec,
    add,
    array,
    chain,
    chain_all,
    norm,
    sub,
    times,
    turn,
    turned,
    turned_all,
)

_Frame = tuple[Vec, Quat]


class Stage:
    """A scene made ready for filming: its tables built once, its still bodies posed once."""

    def __init__(self, scene: Scene, tracks: Tracks) -> None:
        self.scene = scene
        self._track = tracks.of(scene)
        parts = [(k, part) for k, body in enumerate(scene.bodies) for part in body.parts]
        self._first_frame = np.cumsum([0] + [1 + len(b.joints) for b in scene.bodies])[:-1]
        self._owner = np.array([k for k, _ in parts], dtype=np.int64)
        self.owners = self._owner.astype(np.int32)
        self._row = np.array(
            [self._first_frame[k] + 1 + part.joint for k, part in parts], dtype=np.int64
        )
        self._local = array([part.position for _, part in parts], 3)
        self._turns = array([part.rotation for _, part in parts], 4)
        self._sizes = array([part.size for _, part in parts], 3)
        self._kinds = np.array([part.shape for _, part in parts], dtype=np.int32)
        self._paints = np.array([part.material for _, part in parts], dtype=np.int32)
        self._ids = np.array([scene.bodies[k].subject for k, _ in parts], dtype=np.int32)
        self._materials = array([_columns(m) for m in scene.materials], 16)
        self._moving = [k for k, body in enumerate(scene.bodies) if self._moves(k, body)]
        self._frames = np.zeros((int(sum(1 + len(b.joints) for b in scene.bodies)), 7))
        self._scales = np.ones(len(scene.bodies))
        self._shown = np.ones(len(scene.bodies), dtype=bool)
        for k in range(len(scene.bodies)):
            self._set(k, 0.0)

    def snapshot(self, frame: int | Fraction) -> Snapshot:
        """Return everything that stands before the camera while a frame is exposed.

        What lies between two frames is exposed for as long as they are.
        """
        opens = float(Fraction(frame) / Fraction(self.scene.rate))
        closes = opens + self.scene.rig_at(opens)[0].shutter_angle / 360.0 / float(
            Fraction(self.scene.rate)
        )
        first, then = self._posed(opens), self._posed(closes)
        shown = self._shown[self._owner] if len(self._owner) else np.zeros(0, dtype=bool)
        return Snapshot(
            kinds=np.where(shown, self._kinds, -1).astype(np.int32),
            positions=np.stack([first[0], then[0]]),
            rotations=np.stack([first[1], then[1]]),
            sizes=self._sizes * (self._scales * self._shown)[self._owner, None],
            shape_materials=self._paints,
            ids=self._ids,
            materials=self._materials,
            particles=particles(self.scene, opens, closes),
            lens=self._lens(opens, closes),
            air=self._air(opens),
        )

    def place(self, body: int, time: float) -> Vec:
        """Return where a body's feet are."""
        return self._pose(body, time).place

    def _moves(self, number: int, body: Body) -> bool:
        return bool(body.acts or body.joints or self._track.free(number))

    def _pose(self, number: int, time: float) -> Pose:
        state = pose(self.scene, number, time)
        if self._track.free(number):
            at, q = self._track.at(number, story_time(self.scene.period, time))
            state = Pose(at, q, shown=state.shown)
        return state

    def _posed(self, time: float) -> tuple[F64, F64]:
        for number in self._moving:
            self._set(number, time)
        frames = self._frames[self._row]
        scaled = self._local * self._scales[self._owner, None]
        places = frames[:, :3] + turned_all(frames[:, 3:], scaled)
        return places, chain_all(frames[:, 3:], self._turns)

    def _set(self, number: int, time: float) -> None:
        """Write the frames of a body: its own, then its hinges', each after its parent."""
        body = self.scene.bodies[number]
        state = self._pose(number, time)
        self._scales[number], self._shown[number] = state.scale, state.shown
        middle = (0.0, state.pivot, 0.0)
        place = add(state.place, sub(middle, turned(state.turn, middle)))
        frames: list[_Frame] = [(place, state.turn)]
        for joint in body.joints:
            bend = turn(joint.axis, angle(joint, state, self.scene.period, time))
            place, q = frames[1 + joint.parent]
            pivot = times(joint.pivot, state.scale)
            shift = sub(pivot, turned(bend, pivot))
            frames.append((add(place, turned(q, shift)), chain(q, bend)))
        first = int(self._first_frame[number])
        self._frames[first : first + len(frames)] = [(*place, *q) for place, q in frames]

    def _lens(self, opens: float, closes: float) -> Lens:
        rig, _ = self.scene.rig_at(opens)
        first, then = view(self.scene, opens), view(self.scene, closes)
        subject = self.place(rig.focus, opens) if rig.focus >= 0 else rig.pivot
        if rig.focus >= 0:
            subject = add(subject, (0.0, self._half_height(rig.focus), 0.0))
        ahead = turned(first.turn, (0.0, 0.0, -1.0))
        away = sub(subject, first.place)
        depth = sum(a * b for a, b in zip(ahead, away, strict=True))
        return Lens(
            position=np.array([first.place, then.place]),
            rotation=np.array([first.turn, then.turn]),
            focal_mm=np.array([first.focal_mm, then.focal_mm]),
            f_stop=rig.f_stop,
            focus_m=max(depth, 0.2 * norm(away), 0.05),
            aperture_blades=rig.blades,
        )

    def _half_height(self, body: int) -> float:
        return 0.5 * self.scene.subjects[self.scene.bodies[body].subject].height

    def _air(self, opens: float) -> Air:
        sky = self.scene.sky
        return Air(
            sky=sky.sky,
            sun_direction=np.array(sky.sun),
            turbidity=sky.turbidity,
            cloud_cover=sky.clouds,
            exposure_stops=sky.exposure_stops,
            fog_density=sky.fog,
            fog_color=np.array(sky.fog_color),
            tint=np.array(sky.tint),
            ground=sky.ground,
            ground_material=sky.ground_material,
            terrain_height_m=sky.terrain_height_m,
            terrain_scale_m=sky.terrain_scale_m,
            wetness=sky.wetness,
            seed=sky.seed,
            time_s=opens,
            period_s=self.scene.period,
        )


def snapshot_at(scene: Scene, frame: int, tracks: Tracks | None = None) -> Snapshot:
    """Return the snapshot of one frame; a `Stage` is quicker for many."""
    return Stage(scene, tracks or Tracks()).snapshot(frame)


def _columns(material: Material) -> tuple[float, ...]:
    return (
        *material.base,
        *material.second,
        float(material.pattern),
        material.scale,
        material.roughness,
        material.metallic,
        material.transmission,
        material.ior,
        *material.emit,
        material.bump,
    )
