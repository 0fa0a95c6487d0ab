"""What a previz take truly shows, told from its scene: a measure that the judge knows nothing of.

No critic is asked and no pixel of the take is read. Four things are held against the first request:

- shown: how much of what the prompt names stands inside the frame, by projecting its bodies, and
  whether anything of it is to be seen at all, by tracing which body every pixel meets;
- happens: whether the bodies of every deed move in the deed's own time, by their true places;
- camera: the moves of the camera through space, their direction and their speed on the screen;
- light: the place, the time and the weather of the scene, and the light that falls on a grey card
  held everywhere, in stops, as an incident light meter reads it.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from farm.media import cryptomatte
from farm.shots.request import Request
from functions.models.previz.camera import SENSOR_MM, View, field_of_view, view
from functions.models.previz.compose import compose
from functions.models.previz.filming import Stage
from functions.models.previz.language import read
from functions.models.previz.layers import BY_SUBJECT, NO_THING, identities, layers_of
from functions.models.previz.physics import Tracks
from functions.models.previz.render import render
from functions.models.previz.scene import Material, Scene
from functions.models.previz.snapshot import Snapshot
from functions.models.previz.space import Vec, dot, norm, sub, turned
from functions.models.previz.steps import STATES, windows

F64 = NDArray[np.float64]

SIZE = (128, 72)
LOOKS = 4
"""At how many frames, evenly spread, a take is looked at."""

SEEN = 0.002
"""The part of the frame of which a thing that is to be seen covers this much at least."""

MOVES, TURNS = 0.08, math.radians(15)
"""A body has acted when it has gone this part of its own height, or has turned so far."""

HARDLY, PLAINLY = 0.003, 0.012
"""Frame widths by which a move carries the picture that hardly shows, and that plainly does."""

FOLLOWED = {"slow": 1 / 7, "normal": 1 / 3, "fast": 1.0}
"""Frame widths a second that eyes follow: a pan takes seven seconds for a width, as camera manuals
have it, and twice or thrice as much is bearable where it is no slow one."""

CARD_STOPS = {
    "night": -2.5, "dusk": -1.5, "dawn": -1.0, "sunset": -0.7, "sunrise": -0.7, "candlelit": -2.0,
}  # fmt: skip
"""What a grey card reads under a light, against the exposure; by day 0."""

FREE_STOPS, LOST_STOPS = 1.0, 3.0
GREY = 0.18
LUMINANCE = np.array([0.2722287168, 0.6740817658, 0.0536895174])
"""From ACEScg to luminance (S-2014-004)."""


def truth(scene: Scene, request: Request) -> dict[str, float]:
    """Compare a scene with what was first asked: 0 to 1 on every axis, and their mean as `all`."""
    stage = Stage(scene, Tracks())
    found = {
        "shown": _shown(stage),
        "camera": _camera(scene, request),
        "light": _light(scene, request),
    }
    happens = _happens(stage, request)
    if happens is not None:
        found["happens"] = happens
    return {**found, "all": float(np.mean(list(found.values())))}


def _frames(first: float, last: float, frames: int) -> list[int]:
    return sorted({round(at) for at in np.linspace(first, last, LOOKS) if at <= frames - 1})


def _shown(stage: Stage) -> float:
    """Average over frames and named things how much of each is inside the frame and to be seen."""
    scene, mattes = stage.scene, identities(stage.scene)[1][len(NO_THING) :]
    names = {body.subject: name for body, name in zip(scene.bodies, mattes, strict=True)}
    named = [k for k, subject in enumerate(scene.subjects) if not subject.scenery]
    scores = []
    for frame in _frames(0, scene.frames - 1, scene.frames):
        seen, snapshot = _covers(stage, frame), stage.snapshot(frame)
        for k in named:
            inside = _inside(scene, snapshot, k, frame)
            scores.append(inside * min(seen.get(names.get(k, ""), 0.0) / SEEN, 1.0))
    return float(np.mean(scores)) if scores else 1.0


def _covers(stage: Stage, frame: int) -> dict[str, float]:
    """Return the part of a frame that each subject covers, by tracing every pixel."""
    layers = layers_of(stage, frame, size=SIZE, names=("cryptomatte",))
    ranks = [matte for name, matte in layers.channels.items() if name.startswith(BY_SUBJECT)]
    covered: dict[str, float] = {}
    for name in set(identities(stage.scene)[1]):
        own = np.float32(cryptomatte.as_float(cryptomatte.hashed(name)))
        parts = (
            share[which == own].sum() for which, share in zip(ranks[::2], ranks[1::2], strict=True)
        )
        covered[name] = float(sum(parts)) / (SIZE[0] * SIZE[1])
    return covered


def _inside(scene: Scene, snapshot: Snapshot, subject: int, frame: int) -> float:
    """Return the part of a subject's shapes, by their size on the screen, that the frame holds."""
    seen = view(scene, frame / _rate(scene))
    rows = np.flatnonzero((snapshot.ids == subject) & (snapshot.kinds >= 0))
    weights, held = [], []
    for row in rows:
        x, y, depth = seen.project(tuple(snapshot.positions[0, row]), scene.aspect)
        weights.append(float(snapshot.sizes[row].max()) ** 2)
        held.append(depth > 0 and 0 <= x <= 1 and 0 <= y <= 1)
    return float(np.average(held, weights=weights)) if weights else 0.0


def _happens(stage: Stage, request: Request) -> float | None:
    """Average over the deeds of the prompt how far their bodies act in their own time, in view."""
    reading = read(request.prompt, cast=request.cast)
    last = stage.scene.frames - 1
    scores = []
    for deed, (begins, ends) in zip(reading.deeds, windows(reading), strict=True):
        if deed.verb in STATES:
            continue
        frames = _frames(begins * last, ends * last, stage.scene.frames)
        looks = [stage.snapshot(frame) for frame in frames]
        who = max((_acts(stage.scene, looks, actor) for actor in deed.actors), default=0.0)
        inside = max(
            (_inside(stage.scene, look, actor, frame)
             for actor in deed.actors for look, frame in zip(looks, frames, strict=True)),
            default=0.0,
        )  # fmt: skip
        scores.append(who * inside)
    return float(np.mean(scores)) if scores else None


def _acts(scene: Scene, looks: Sequence[Snapshot], subject: int) -> float:
    """Tell how much a subject's shapes go, turn, appear or vanish between looks, 0 to 1."""
    if subject >= len(scene.subjects):
        return 0.0
    first = looks[0]
    rows = first.ids == subject
    high = max(scene.subjects[subject].height, 1e-3)
    most = 0.0
    for look in looks[1:]:
        both = rows & (first.kinds >= 0) & (look.kinds >= 0)
        if (rows & ((first.kinds >= 0) != (look.kinds >= 0))).any() or len(look.particles):
            return 1.0
        if both.any():
            gone = np.linalg.norm(look.positions[0, both] - first.positions[0, both], axis=1)
            same = np.abs((look.rotations[0, both] * first.rotations[0, both]).sum(1))
            angle = 2 * np.arccos(np.clip(same, 0, 1))
            most = max(most, float(gone.max()) / high / MOVES, float(angle.max()) / TURNS)
    return min(most, 1.0)


def _camera(scene: Scene, request: Request) -> float:
    """Score the moves asked for by the camera's true way, and its speed on the screen."""
    alone = replace(scene, rig=replace(scene.rig, follow=-1))
    seconds = (scene.frames - 1) / _rate(scene)
    first, last = view(alone, 0.0), view(alone, seconds)
    gone = _ways(first, last, scene.rig.pivot)
    asked = [_asked(move, gone) for move in request.camera.moves]
    speed = _most(gone) / max(seconds, 1e-6)
    most = FOLLOWED[request.camera.speed]
    return float(np.mean(asked)) * _ramp(speed, bad=3 * most, good=most)


def _asked(move: str, gone: dict[str, float]) -> float:
    """Score one move: its right way, and far enough to be seen."""
    if move == "static":
        return _ramp(_most(gone), bad=PLAINLY, good=HARDLY)
    if move in {"handheld", "steadicam"}:
        return float(any(abs(way) > 1e-4 for way in gone.values()))
    if move == "dolly_zoom":
        return _ramp(-gone["dolly"] * gone["zoom"], bad=HARDLY**2, good=PLAINLY**2)
    kind, _, side = move.partition("_")
    sign = -1.0 if side in {"left", "down", "out"} else 1.0
    kind = {"push": "dolly", "pull": "dolly", "crane": "pedestal"}.get(kind, kind)
    return _ramp(sign * gone[kind], bad=HARDLY, good=PLAINLY)


def _ways(first: View, last: View, pivot: Vec) -> dict[str, float]:
    """Return how far each kind of move carries the picture, in frame widths, with its sign."""
    right, ahead = turned(first.turn, (1.0, 0.0, 0.0)), turned(first.turn, (0.0, 0.0, -1.0))
    gone, away = sub(last.place, first.place), max(norm(sub(pivot, first.place)), 1e-3)
    aim, lens = turned(last.turn, (0.0, 0.0, -1.0)), first.focal_mm / SENSOR_MM
    wide = field_of_view(first.focal_mm)
    round_it = _azimuth(last.place, pivot) - _azimuth(first.place, pivot)
    side = turned(last.turn, (1.0, 0.0, 0.0))
    quarter = 0.25  # a point of the frame lies, on average, a quarter of a width from its middle
    return {
        "pan": math.atan2(dot(aim, right), dot(aim, ahead)) / wide,
        "tilt": (math.asin(_clip(aim[1])) - math.asin(_clip(ahead[1]))) / wide,
        "roll": quarter * (math.asin(_clip(-side[1])) - math.asin(_clip(-right[1]))),
        "zoom": quarter * math.log(last.focal_mm / first.focal_mm),
        "dolly": quarter * math.log(away / max(norm(sub(pivot, last.place)), 1e-3)),
        "truck": dot(gone, right) * lens / away,
        "pedestal": gone[1] * lens / away,
        "orbit": math.remainder(round_it, math.tau) * lens,
    }


def _most(gone: dict[str, float]) -> float:
    """Return the largest of all moves: an orbit trucks and pans at once, and is no faster so."""
    return max(abs(way) for way in gone.values())


def _azimuth(place: Vec, pivot: Vec) -> float:
    return math.atan2(place[0] - pivot[0], place[2] - pivot[2])


def _light(scene: Scene, request: Request) -> float:
    """Compare the place, the light and its level with those of the first request."""
    first = compose(request, scene.seed)
    same = [scene.setting == first.setting, scene.light == first.light]
    off = _card_stops(scene) - min(
        (stops for word, stops in CARD_STOPS.items() if word in first.light), default=0.0
    )
    return float(np.mean([*map(float, same), _ramp(abs(off), bad=LOST_STOPS, good=FREE_STOPS)]))


def _card_stops(scene: Scene) -> float:
    """Read the light on grey cards in place of all that does not shine by itself, in stops."""
    card = Material(base=(GREY,) * 3, second=(GREY,) * 3, roughness=1.0)
    cards = tuple(m if any(m.emit) else card for m in scene.materials)
    stage = Stage(replace(scene, materials=cards, emitters=()), Tracks())
    frame = scene.frames // 2
    depth = layers_of(stage, frame, size=SIZE, names=("depth",)).channels["Z"]
    pixels = render(stage.snapshot(frame), width=SIZE[0], height=SIZE[1]) @ LUMINANCE
    lit = pixels[depth < 1e9]
    return float(np.log2(max(float(np.median(lit)) if lit.size else 0.0, 1e-5) / GREY))


def _rate(scene: Scene) -> float:
    return scene.frames / scene.seconds()


def _ramp(value: float, *, bad: float, good: float) -> float:
    return float(min(max((value - bad) / (good - bad), 0.0), 1.0))


def _clip(value: float) -> float:
    return min(max(value, -1.0), 1.0)
