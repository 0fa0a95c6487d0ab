"""Where the camera stands: far enough to hold all, close enough that the subject counts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from farm.shots.request import Request
from functions.models.previz.camera import field_of_view, view
from functions.models.previz.reading import Reading
from functions.models.previz.scene import CameraMove, Rig, Scene
from functions.models.previz.space import (
    UP,
    Quat,
    Vec,
    add,
    chance,
    cross,
    norm,
    sub,
    times,
    turn,
    turned,
    unit,
)

SPEEDS = {"slow": 0.55, "normal": 1.0, "fast": 1.7}
MARGIN = 0.055
FILL = {"close": 1.15, "medium": 0.8, "": 0.62, "wide": 0.3}
AWAY = {"close": 0.6, "medium": 0.85, "": 1.0, "wide": 1.75}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Something that the frame has to hold at a moment: a box."""

    time: float
    centre: Vec
    half: Vec


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How the picture is to be taken, before the distance is known."""

    yaw: float
    pitch: float
    pivot: Vec
    size: float
    aside: float
    floor: float
    moves: tuple[str, ...]
    strength: float
    truck_m: float
    follow: int
    focus: int
    framing: str


def moves_of(request: Request, reading: Reading) -> tuple[str, ...]:
    """Return the moves that the shot asks for; the prompt's own count where it asks for none."""
    asked = tuple(move for move in request.camera.moves if move != "static")
    return asked or tuple(m for m in reading.moves if m != "static")


def strength_of(request: Request, reading: Reading) -> float:
    """Tell how much of each move is done: by the camera's speed, the pace and the shot's length."""
    seconds = request.frames / float(request.rate)
    long = math.pow(min(max(seconds / 5.0, 0.3), 2.0), 0.7)
    word = {"slow": 0.75, "fast": 1.3}.get(reading.pace, 1.0) if reading.moves else 1.0
    return SPEEDS[request.camera.speed] * request.pace * long * word


def frame(
    scene: Scene, request: Request, wishes: Wishes, sights: Sequence[Sight], seed: int
) -> Rig:
    """Step back until all that must be seen fits into the frame, at every moment of the move."""
    distance = wishes.size * 0.8
    rig = _rig(request, wishes, distance, seed)
    for _ in range(70):
        rig = _rig(request, wishes, distance, seed)
        if _holds(replace(scene, rig=rig), sights, FILL[wishes.framing]):
            break
        distance *= 1.075
    return _rig(request, wishes, distance * AWAY[wishes.framing], seed)


def _holds(scene: Scene, sights: Sequence[Sight], fill: float) -> bool:
    slack = 0.0 if fill < 1.0 else -0.3
    for sight in sights:
        camera = view(scene, sight.time)
        low_u, high_u, low_v, high_v = 9.0, -9.0, 9.0, -9.0
        for k in range(8):
            corner = tuple(
                c + (h if k >> i & 1 else -h)
                for i, (c, h) in enumerate(zip(sight.centre, sight.half, strict=True))
            )
            u, v, depth = camera.project((corner[0], corner[1], corner[2]), scene.aspect)
            if depth < 0.3 * norm(sight.half):
                return False
            low_u, high_u = min(low_u, u), max(high_u, u)
            low_v, high_v = min(low_v, v), max(high_v, v)
        edge = MARGIN + slack
        if low_u < edge or high_u > 1 - edge or low_v < edge * 0.8 or high_v > 1 - edge * 0.8:
            return False
        if high_v - low_v > fill or high_u - low_u > max(fill, 0.78):
            return False
    return True


def _rig(request: Request, wishes: Wishes, distance: float, seed: int) -> Rig:
    focal = request.camera.focal_length
    away: Vec = (
        math.sin(wishes.yaw) * math.cos(wishes.pitch),
        math.sin(wishes.pitch),
        math.cos(wishes.yaw) * math.cos(wishes.pitch),
    )
    position = add(wishes.pivot, away, distance)
    position = (position[0], max(position[1], wishes.floor), position[2])
    wide = 2.0 * distance * math.tan(field_of_view(focal) / 2)
    forward = unit(sub(wishes.pivot, position))
    right = unit(cross(forward, UP))
    target = add(wishes.pivot, right, wishes.aside * wide)
    aspect = request.size[0] / request.size[1]
    moves = tuple(camera_move(kind, wishes, focal, distance, wide, aspect) for kind in wishes.moves)
    rig = Rig(
        position=position,
        target=target,
        pivot=wishes.pivot,
        focal_mm=focal,
        f_stop=request.camera.aperture,
        shutter_angle=request.camera.shutter_angle,
        span=max(request.frames / float(request.rate), 0.04),
        moves=moves,
        seed=seed % 100_003,
        blades=(0, 7, 9)[int(chance(seed, 71) * 3)],
        focus=wishes.focus,
        follow=wishes.follow,
        follow_share=0.9 if wishes.follow >= 0 else 0.0,
    )
    return _centred(rig, wishes.floor)


def camera_move(
    kind: str, wishes: Wishes, focal: float, distance: float, wide: float, aspect: float
) -> CameraMove:
    """Say how much of a move is done, in the picture's own measure."""
    k = wishes.strength
    if kind.startswith("truck") and wishes.truck_m:
        return CameraMove(kind=kind, amount=wishes.truck_m, ease=1.0)
    high = wide / aspect
    angle = field_of_view(focal)
    amounts = {
        "pan": min(0.5 * angle * k, 2.6),
        "tilt": min(0.42 * angle / aspect * k, 1.2),
        "roll": min(0.3 * k, 1.5),
        "dolly": min(0.34 * k, 0.66) * distance,
        "push": min(0.3 * k, 0.62) * distance,
        "pull": min(0.36 * k, 1.2) * distance,
        "truck": 0.42 * wide * k,
        "pedestal": 0.36 * high * k,
        "crane": 0.62 * high * k,
        "orbit": min(0.75 * k, 6.2),
        "zoom": 1.0 + min(0.75 * k, 2.0),
        "handheld": min(k, 1.6) ** 0.5,
        "steadicam": min(k, 1.5),
        "static": 0.0,
    }
    if kind == "dolly_zoom":
        return CameraMove(
            kind=kind, amount=(0.45 if focal >= 28 else -0.6) * distance * min(k, 1.3)
        )
    return CameraMove(kind=kind, amount=amounts[kind.split("_", maxsplit=1)[0]])


def _centred(rig: Rig, floor: float) -> Rig:
    """Start half of each sideways move early, so that the subject is centred half way."""
    forward = unit(sub(rig.target, rig.position))
    away = norm(sub(rig.target, rig.position))
    right = unit(cross(forward, UP))
    position, aim = rig.position, forward
    for move in rig.moves:
        way = -1.0 if move.kind.endswith(("left", "down")) else 1.0
        if move.kind.startswith("pan"):
            aim = turned(turn(UP, way * move.amount / 2), aim)
        elif move.kind.startswith("tilt"):
            aim = turned(turn(right, -way * move.amount / 2), aim)
        elif move.kind.startswith("dolly_") and move.kind != "dolly_zoom":
            aim = _levelled(rig, aim, move)
        elif move.kind.startswith("truck"):
            position = add(position, right, -way * move.amount / 2)
        elif move.kind.startswith("pedestal"):
            lowest = max(position[1] - move.amount / 2, floor)
            high = lowest if way > 0 else lowest + move.amount
            position = (position[0], high, position[2])
        elif move.kind.startswith("orbit"):
            position, aim = _swung(rig, position, aim, -way * move.amount / 2)
        elif move.kind == "crane_up":
            position, aim = _lowered(rig, position, floor)
        elif move.kind == "crane_down":
            position, aim = _raised(rig, position, move.amount)
    return replace(rig, position=position, target=add(position, aim, away))


def _levelled(rig: Rig, aim: Vec, move: CameraMove) -> Vec:
    """Look down as far as is right half way along a level dolly."""
    way = -1.0 if move.kind == "dolly_out" else 1.0
    dx, dy, dz = sub(rig.pivot, rig.position)
    away = max(math.hypot(dx, dz) - way * move.amount / 2, 0.2)
    flat = unit((aim[0], 0.0, aim[2]))
    return unit(add(times(flat, away), UP, dy))


def _swung(rig: Rig, position: Vec, aim: Vec, angle: float) -> tuple[Vec, Vec]:
    q: Quat = turn(UP, angle)
    return add(rig.pivot, turned(q, sub(position, rig.pivot))), turned(q, aim)


def _lowered(rig: Rig, position: Vec, floor: float) -> tuple[Vec, Vec]:
    low = (position[0], max(floor, 0.55 * position[1]), position[2])
    return low, unit(sub(rig.target, low))


def _raised(rig: Rig, position: Vec, by: float) -> tuple[Vec, Vec]:
    high = (position[0], position[1] + by, position[2])
    return high, unit(sub(rig.target, high))


def ahead_of(rig: Rig) -> float:
    """Return the yaw in which a camera looks."""
    forward = sub(rig.target, rig.position)
    return math.atan2(-forward[0], -forward[2])


def lens_note(request: Request) -> str:
    """Say which lens the shot has."""
    return f"{request.camera.focal_length:g}mm f/{request.camera.aperture:g}"


def reach_of(sights: Sequence[Sight], pivot: Vec) -> float:
    """Return how far what must be seen spreads from the pivot, over the ground."""
    far = [
        math.hypot(s.centre[0] - pivot[0], s.centre[2] - pivot[2])
        + math.hypot(s.half[0], s.half[2])
        for s in sights
    ]
    return max(far, default=1.0)


def lifted(point: Vec, by: float) -> Vec:
    """Return a point higher up."""
    return add(point, UP, by)


def scaled(vector: Vec, by: float) -> Vec:
    """Stretch a vector."""
    return times(vector, by)
