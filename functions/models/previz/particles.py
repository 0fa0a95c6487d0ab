"""Clouds of particles without memory: each is where its number and the time alone put it."""

import numpy as np
from numpy.typing import NDArray

from functions.models.previz.motion import pose, story_time
from functions.models.previz.scene import Emitter, Scene
from functions.models.previz.space import F64, chances

I64 = NDArray[np.int64]


def particles(scene: Scene, opens: float, closes: float) -> F64:
    """Return the particles of a scene as rows for a snapshot: (p, 8)."""
    rows = [_cloud(scene, emitter, opens, closes) for emitter in scene.emitters]
    return np.concatenate([np.zeros((0, 8)), *rows])


def _cloud(scene: Scene, emitter: Emitter, opens: float, closes: float) -> F64:
    number = np.arange(emitter.count, dtype=np.int64)
    life = _life(emitter, scene.period)
    if emitter.once:
        story = story_time(scene.period, opens), story_time(scene.period, closes)
        age = story[0] - emitter.start - 0.25 * life * chances(emitter.seed, number, 0)
        alive, turns = (age >= 0.0) & (age < life), np.zeros_like(number)
        later = age + (story[1] - story[0])
    else:
        phase = chances(emitter.seed, number, 0)
        cycles = opens / life + phase
        turns = np.floor(cycles).astype(np.int64)
        age = (cycles - turns) * life
        later = age + (closes - opens)
        alive = np.full(emitter.count, story_time(scene.period, opens) >= emitter.start)
        if scene.period > 0.0:
            turns %= max(1, round(scene.period / life))
    seeds = number + emitter.count * turns
    first, then = (
        _places(scene, emitter, seeds, age, opens),
        _places(scene, emitter, seeds, later, closes),
    )
    share = np.clip(age / life, 0.0, 1.0)
    size = emitter.radius * (0.6 + 0.8 * chances(emitter.seed, seeds, 9))
    size *= 1.0 + (emitter.grow - 1.0) * share
    size *= np.minimum(1.0, np.minimum(share, 1.0 - share) * 8.0 + 0.02)
    kinds = np.array(emitter.materials, dtype=np.float64)
    row = kinds[np.minimum((share * len(kinds)).astype(np.int64), len(kinds) - 1)]
    table = np.column_stack([first, then, size, row])
    return np.ascontiguousarray(table[alive])


def _life(emitter: Emitter, period: float) -> float:
    if period <= 0.0 or emitter.once:
        return emitter.life
    return period / max(1, round(period / emitter.life))


def _places(scene: Scene, emitter: Emitter, seeds: I64, age: F64, time: float) -> F64:
    place = np.empty((len(seeds), 3))
    born = _origin(scene, emitter, time)
    for k in range(3):
        where = 2.0 * chances(emitter.seed, seeds, 1 + k) - 1.0
        speed = emitter.velocity[k] + emitter.jitter[k] * (
            2.0 * chances(emitter.seed, seeds, 4 + k) - 1.0
        )
        place[:, k] = born[k] + emitter.spread[k] * where + speed * age
    place[:, 1] -= 0.5 * emitter.gravity * age * age
    if emitter.swirl:
        turn = 6.2831853 * chances(emitter.seed, seeds, 7)
        beat = 2.0 + 3.0 * chances(emitter.seed, seeds, 8)
        place[:, 0] += emitter.swirl * (np.sin(beat * age + turn) - np.sin(turn))
        place[:, 2] += emitter.swirl * (np.cos(beat * age + turn) - np.cos(turn))
    np.maximum(place[:, 1], emitter.floor, out=place[:, 1])
    return place


def _origin(scene: Scene, emitter: Emitter, time: float) -> tuple[float, float, float]:
    if emitter.body < 0:
        return emitter.origin
    at = pose(scene, emitter.body, time).place
    return (at[0] + emitter.origin[0], at[1] + emitter.origin[1], at[2] + emitter.origin[2])
