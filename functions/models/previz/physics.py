"""The part of a scene that falls, hits and topples: simulated once, then looked up by time."""

from collections import OrderedDict
from dataclasses import replace

import numpy as np

from functions.models.previz.impulses import FIXED, FREE, LED
from functions.models.previz.motion import pose
from functions.models.previz.scene import Collider, Scene, scene_digest
from functions.models.previz.solver import run
from functions.models.previz.space import F64, Quat, Vec, add, sub, turned

STEPS_A_SECOND = 240
LONGEST_S = 90.0
NEVER = 1e9
_HOLDS = {"free": FREE, "led": LED, "fixed": FIXED}
_KEPT = 4


class Track:
    """The poses of all bodies with colliders, at every step from the start of the scene.

    A longer track is the shorter one and more, to the bit.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.bodies = [k for k, body in enumerate(scene.bodies) if body.collider is not None]
        self._row = {body: row for row, body in enumerate(self.bodies)}
        self._places: F64 = np.zeros((0, 0, 3))
        self._turns: F64 = np.zeros((0, 0, 4))
        self._rests = False

    def free(self, body: int) -> bool:
        """Tell whether physics moves a body."""
        collider = self._scene.bodies[body].collider
        return collider is not None and collider.hold == "free"

    def at(self, body: int, time: float) -> tuple[Vec, Quat]:
        """Return the place and turn of a body's own axes at a time."""
        self._reach(time)
        row = self._row[body]
        step = max(0.0, min(time * STEPS_A_SECOND, len(self._places) - 1.0))
        first = min(int(step), len(self._places) - 2)
        share = step - first
        place = _mixed(self._places[first, row], self._places[first + 1, row], share)
        q = _mixed(self._turns[first, row], self._turns[first + 1, row], share)
        size = float(np.sqrt(sum(x * x for x in q)))
        w, x, y, z = (value / size for value in q)
        collider = self._scene.bodies[body].collider
        assert collider is not None
        centre = turned((w, x, y, z), collider.centre)
        return sub((place[0], place[1], place[2]), centre), (w, x, y, z)

    def _reach(self, time: float) -> None:
        have = (len(self._places) - 2) / STEPS_A_SECOND
        if time <= have or self._rests or have >= LONGEST_S:
            return
        self._simulate(min(max(6.0, 2.0 * time), LONGEST_S))

    def _simulate(self, seconds: float) -> None:
        colliders = [self._collider(body) for body in self.bodies]
        steps, n = int(seconds * STEPS_A_SECOND) + 2, len(colliders)
        starts = [self._start(body) for body in self.bodies]
        lead_places, lead_turns = self._leads(steps)
        places, turns = np.zeros((steps, n, 3)), np.zeros((steps, n, 4))
        done = run(
            np.array([start[0] for start in starts]),
            np.array([start[1] for start in starts]),
            np.array([c.velocity for c in colliders]),
            np.array([c.spin for c in colliders]),
            np.array([c.half for c in colliders]),
            np.array([_traits(c) for c in colliders]),
            np.array([_moments(c) for c in colliders]),
            lead_places,
            lead_turns,
            1.0 / STEPS_A_SECOND,
            places,
            turns,
        )
        self._places, self._turns, self._rests = places, turns, done < steps

    def _collider(self, body: int) -> Collider:
        collider = self._scene.bodies[body].collider
        assert collider is not None
        return collider

    def _start(self, number: int) -> tuple[Vec, Quat]:
        body = self._scene.bodies[number]
        return add(
            body.position, turned(body.rotation, self._collider(number).centre)
        ), body.rotation

    def _leads(self, steps: int) -> tuple[F64, F64]:
        n = len(self.bodies)
        places, turns = np.zeros((steps, n, 3)), np.zeros((steps, n, 4))
        turns[:, :, 0] = 1.0
        for row, number in enumerate(self.bodies):
            if self._collider(number).hold != "led":
                continue
            centre = self._collider(number).centre
            story = _open_ended(self._scene)
            for step in range(steps):
                now = pose(story, number, step / STEPS_A_SECOND)
                places[step, row] = add(now.place, turned(now.turn, centre))
                turns[step, row] = now.turn
        return places, turns


class Tracks:
    """The tracks of the last few scenes that this worker filmed, by the scene's digest."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Track] = OrderedDict()

    def of(self, scene: Scene) -> Track:
        """Return the track of a scene."""
        key = scene_digest(scene)
        if key not in self._kept:
            self._kept[key] = Track(scene)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


def _open_ended(scene: Scene) -> Scene:
    return replace(scene, period=0.0) if scene.period else scene


def _traits(c: Collider) -> tuple[float, ...]:
    release = c.release * STEPS_A_SECOND if c.release >= 0 else NEVER
    return (
        c.mass,
        c.bounce,
        c.friction,
        _HOLDS[c.hold],
        0.0 if c.shape == "ball" else 1.0,
        round(release),
    )


def _moments(c: Collider) -> Vec:
    if c.shape == "ball":
        moment = 0.4 * c.mass * c.half[0] ** 2
        return (moment, moment, moment)
    x, y, z = (half * half for half in c.half)
    third = c.mass / 3.0
    return (third * (y + z), third * (x + z), third * (x + y))


def _mixed(a: F64, b: F64, share: float) -> list[float]:
    return [float(p) + (float(q) - float(p)) * share for p, q in zip(a, b, strict=True)]
