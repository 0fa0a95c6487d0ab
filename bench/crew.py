"""A crew that errs: what goes wrong with the takes of a model, planted in a scene of previz.

previz does what it is told, so any take of it is about as good as the next. Models with weights
are not so: some of what they do wrong they do in every take of a prompt (too light, too fast), and
some by chance (the subject at the edge, another move, nothing happens). Both are planted here, at
rates that are made up; the scene knows them, and so the truth is known.
"""

import random
from collections.abc import Callable
from dataclasses import replace

from farm.digest import digest_value
from functions.models.previz.scene import CameraMove, Scene
from functions.models.previz.space import UP, add, cross, norm, sub, unit

STOPS = (0.0, 0.0, 0.0, 2.4, -2.6)
PACES = (1.0, 1.0, 1.0, 3.5, 0.25)
"""By which a prompt's takes are all too light or too dark, and their camera all too fast or too
slow; one of each list is drawn for a prompt."""

STRAY_STOPS = 0.4
CHANCE = 0.3
"""How often a take has one of the faults below."""

AGAINST = {
    "left": "right", "right": "left", "up": "down", "down": "up", "in": "out", "out": "in",
}  # fmt: skip


def erring(scene: Scene, *, prompt: str) -> Scene:
    """Let the crew film a scene; `prompt` is the first one, whose takes all have its faults."""
    always = random.Random(digest_value(["always", prompt]))
    chance = random.Random(digest_value(["chance", prompt, scene.seed]))
    stops = always.choice(STOPS) + chance.gauss(0, STRAY_STOPS)
    scene = lit(paced(scene, always.choice(PACES)), stops)
    if chance.random() < CHANCE:
        scene = chance.choice(FAULTS)(scene)
    return scene


def lit(scene: Scene, stops: float) -> Scene:
    """Open the lens up, or stop it down."""
    sky = replace(scene.sky, exposure_stops=scene.sky.exposure_stops + stops)
    return replace(scene, sky=sky)


def paced(scene: Scene, pace: float) -> Scene:
    """Do each move more or less far; a zoom's amount is the factor of the lens."""
    moves = tuple(
        replace(
            m, amount=m.amount**pace if m.kind.startswith("zoom") else m.amount * _pace(m, pace)
        )
        for m in scene.rig.moves
    )
    return replace(scene, rig=replace(scene.rig, moves=moves))


def _pace(move: CameraMove, pace: float) -> float:
    """Keep a camera from flying through its subject."""
    nears = move.kind in {"dolly_in", "push_in", "dolly_zoom"}
    return min(pace, 1.8) if nears else pace


def beside(scene: Scene) -> Scene:
    """Look past the subject."""
    rig = scene.rig
    away = sub(rig.target, rig.position)
    aside = unit(cross(away, UP))
    off = 0.55 * norm(away) * 36.0 / rig.focal_mm
    return replace(scene, rig=replace(rig, target=add(rig.target, aside, off)))


def other_way(scene: Scene) -> Scene:
    """Make every move against its direction."""
    moves = tuple(replace(m, kind=_against(m.kind)) for m in scene.rig.moves)
    return replace(scene, rig=replace(scene.rig, moves=moves))


def _against(kind: str) -> str:
    name, _, side = kind.rpartition("_")
    return f"{name}_{AGAINST[side]}" if side in AGAINST and name not in {"push", "pull"} else kind


def still(scene: Scene) -> Scene:
    """Let nothing happen."""
    bodies = tuple(replace(body, acts=(), collider=None) for body in scene.bodies)
    return replace(scene, bodies=bodies)


FAULTS: tuple[Callable[[Scene], Scene], ...] = (beside, other_way, still)
