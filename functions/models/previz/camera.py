"""The camera in space: where it is, where it looks and its focal length, at any time.

Every move of the vocabulary is a true move: a dolly, truck, pedestal, crane or orbit carries the
camera and shows parallax; a pan, tilt or roll only turns it; a zoom only changes the focal length.
Left and right are the camera's own: `orbit_left` carries it to its left round the pivot, `pan_left`
turns it to its left, `roll_left` turns it counter-clockwise as its operator sees it.
"""

import math
from dataclasses import dataclass

from functions.models.previz.motion import pose
from functions.models.previz.scene import CameraMove, Rig, Scene
from functions.models.previz.space import (
    ORIGIN,
    TAU,
    UP,
    Quat,
    Vec,
    add,
    cross,
    dot,
    drift,
    looking,
    norm,
    sub,
    times,
    turn,
    turned,
    undo,
    unit,
)

SENSOR_MM = 36.0
LASTING = 1.5
"""How many spans a bounded move needs to come to rest after its span."""

ENDLESS = frozenset({"truck_left", "truck_right", "orbit_left", "orbit_right"})
SHORTEST_FULL_ORBIT_S = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A camera at one moment."""

    place: Vec
    turn: Quat
    focal_mm: float

    def project(self, point: Vec, aspect: float) -> tuple[float, float, float]:
        """Return where a point is on the frame, 0..1 from the top left corner, and its depth."""
        x, y, z = turned(undo(self.turn), sub(point, self.place))
        depth = -z
        scale = self.focal_mm / SENSOR_MM / max(depth, 1e-6)
        return 0.5 + x * scale, 0.5 - y * scale * aspect, depth

    def ray(self, u: float, v: float, aspect: float) -> Vec:
        """Return the direction in which a point of the frame lies."""
        wide = SENSOR_MM / self.focal_mm
        return unit(turned(self.turn, ((u - 0.5) * wide, (0.5 - v) * wide / aspect, -1.0)))


def field_of_view(focal_mm: float) -> float:
    """Return the horizontal angle of view in radians, for a sensor 36 mm wide."""
    return 2.0 * math.atan(SENSOR_MM / (2.0 * focal_mm))


def progress(time: float, span: float, ease: float, *, endless: bool, period: float = 0.0) -> float:
    """Tell how much of a move is done: 0 at its start, 1 after its span, never standing still.

    Its speed rises from `ease` to 2 - `ease` times the mean and falls to `ease` again; from there
    an endless move keeps that speed and a bounded one slows down for good. In a closed scene it
    goes out and back.
    """
    if period > 0.0:
        return 0.5 * (1.0 - math.cos(TAU * time / period))
    u = time / span
    if u <= 1.0:
        return ease * u + 2.0 * (1.0 - ease) * (u / 2.0 - math.sin(TAU * u) / (2.0 * TAU))
    if endless:
        return 1.0 + ease * (u - 1.0)
    return 1.0 + ease * LASTING * (1.0 - math.exp(-(u - 1.0) / LASTING))


@dataclass(slots=True)
class _Shift:
    """What the moves add up to."""

    move: Vec = ORIGIN
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    zoom: float = 1.0
    orbit: float = 0.0


def view(scene: Scene, time: float) -> View:
    """Return the camera at a time."""
    rig, began = scene.rig_at(time)
    since = time - began
    forward = unit(sub(rig.target, rig.position), (0.0, 0.0, -1.0))
    flat = unit((forward[0], 0.0, forward[2]), (0.0, 0.0, -1.0))
    right = unit(cross(flat, UP))
    shift = _Shift(roll=rig.roll)
    for move in rig.moves:
        done = progress(
            since, rig.span, move.ease, endless=move.kind in ENDLESS, period=scene.period
        )
        _MOVES[move.kind](shift, rig, move, done, (flat, right, forward), (scene.period, since))
    place = add(add(rig.position, shift.move), _followed(scene, rig, time))
    yaw = math.atan2(-forward[0], -forward[2]) + shift.yaw + shift.orbit
    pitch = math.asin(max(-1.0, min(1.0, forward[1]))) + shift.pitch
    around = turn(UP, shift.orbit)
    pivot = add(rig.pivot, _followed(scene, rig, time))
    place = add(pivot, turned(around, sub(place, pivot)))
    aim = (-math.sin(yaw) * math.cos(pitch), math.sin(pitch), -math.cos(yaw) * math.cos(pitch))
    return View(place=place, turn=looking(aim, shift.roll), focal_mm=rig.focal_mm * shift.zoom)


def _followed(scene: Scene, rig: Rig, time: float) -> Vec:
    """Return how far the camera has been carried along with whom it follows."""
    if rig.follow < 0:
        return ORIGIN
    gone = sub(pose(scene, rig.follow, time).place, pose(scene, rig.follow, 0.0).place)
    return times((gone[0], 0.0, gone[2]), rig.follow_share)


_Axes = tuple[Vec, Vec, Vec]
_Clock = tuple[float, float]


def _sign(kind: str) -> float:
    return -1.0 if kind.endswith(("left", "down", "out")) else 1.0


def _pan(
    shift: _Shift, _rig: Rig, move: CameraMove, done: float, _axes: _Axes, _clock: _Clock
) -> None:
    shift.yaw -= _sign(move.kind) * move.amount * done


def _tilt(
    shift: _Shift, _rig: Rig, move: CameraMove, done: float, _axes: _Axes, _clock: _Clock
) -> None:
    shift.pitch += _sign(move.kind) * move.amount * done


def _roll(
    shift: _Shift, _rig: Rig, move: CameraMove, done: float, _axes: _Axes, _clock: _Clock
) -> None:
    shift.roll -= _sign(move.kind) * move.amount * done


def _dolly(
    shift: _Shift, _rig: Rig, move: CameraMove, done: float, axes: _Axes, _clock: _Clock
) -> None:
    shift.move = add(shift.move, axes[0], _sign(move.kind) * move.amount * done)


def _push(
    shift: _Shift, rig: Rig, move: CameraMove, done: float, _axes: _Axes, _clock: _Clock
) -> None:
    way = unit(sub(rig.pivot, rig.position))
    shift.move = add(shift.move, way, _sign(move.kind) * move.amount * done)


def _truck(
    shift: _Shift, _rig: Rig, move: CameraMove, done: float, axes: _Axes, _clock: _Clock
) -> None:
    shift.move = add(shift.move, axes[1], _sign(move.kind) * move.amount * done)


def _pedestal(
    shift: _Shift, _rig: Rig, move: CameraMove, done: float, _axes: _Axes, _clock: _Clock
) -> None:
    shift.move = add(shift.move, UP, _sign(move.kind) * move.amount * done)


def _crane(
    shift: _Shift, rig: Rig, move: CameraMove, done: float, axes: _Axes, _clock: _Clock
) -> None:
    """Lift the camera on an arm and keep the pivot at its height in the frame."""
    lift = _sign(move.kind) * move.amount * done
    away = max(dot(sub(rig.pivot, rig.position), axes[0]), 0.1)
    high = rig.position[1] - rig.pivot[1]
    shift.move = add(shift.move, UP, lift)
    shift.pitch -= math.atan2(high + lift, away) - math.atan2(high, away)


def _orbit(
    shift: _Shift, _rig: Rig, move: CameraMove, done: float, _axes: _Axes, clock: _Clock
) -> None:
    period, time = clock
    if period >= SHORTEST_FULL_ORBIT_S:
        shift.orbit += _sign(move.kind) * TAU * time / period
    elif period > 0.0:
        shift.orbit += _sign(move.kind) * move.amount * 0.5 * math.sin(TAU * time / period)
    else:
        shift.orbit += _sign(move.kind) * move.amount * done


def _zoom(
    shift: _Shift, _rig: Rig, move: CameraMove, done: float, _axes: _Axes, _clock: _Clock
) -> None:
    shift.zoom *= move.amount ** (_sign(move.kind) * done)


def _dolly_zoom(
    shift: _Shift, rig: Rig, move: CameraMove, done: float, axes: _Axes, _clock: _Clock
) -> None:
    """Move along the view and zoom against it, so that the pivot keeps its size."""
    away = max(dot(sub(rig.pivot, rig.position), axes[2]), 0.1)
    gone = move.amount * done
    shift.move = add(shift.move, axes[2], gone)
    shift.zoom *= max(away - gone, 0.02) / away


def _handheld(
    shift: _Shift, rig: Rig, move: CameraMove, _done: float, axes: _Axes, clock: _Clock
) -> None:
    period, time = clock
    x, y, yaw, pitch, roll = (
        drift(rig.seed + k, time, hertz=1.25, period=period) for k in range(5)
    )
    shake = move.amount * 0.012
    shift.yaw += shake * yaw
    shift.pitch += shake * pitch
    shift.roll += 0.7 * shake * roll
    far = move.amount * 0.008 * norm(sub(rig.pivot, rig.position))
    shift.move = add(add(shift.move, axes[1], far * x), UP, far * y)


def _steadicam(
    shift: _Shift, rig: Rig, move: CameraMove, done: float, axes: _Axes, clock: _Clock
) -> None:
    """Glide forward a little, floating slowly up and down."""
    period, time = clock
    away = norm(sub(rig.pivot, rig.position))
    shift.move = add(shift.move, axes[0], 0.16 * away * move.amount * done)
    shift.move = add(
        shift.move, axes[1], 0.012 * away * drift(rig.seed, time, hertz=0.3, period=period)
    )
    shift.move = add(
        shift.move, UP, 0.008 * away * drift(rig.seed + 1, time, hertz=0.45, period=period)
    )
    shift.yaw += 0.006 * drift(rig.seed + 2, time, hertz=0.3, period=period)


def _static(
    _shift: _Shift, _rig: Rig, _move: CameraMove, _done: float, _axes: _Axes, _clock: _Clock
) -> None:
    """Stand still."""


_MOVES = {
    "static": _static, "pan_left": _pan, "pan_right": _pan, "tilt_up": _tilt, "tilt_down": _tilt,
    "roll_left": _roll, "roll_right": _roll, "dolly_in": _dolly, "dolly_out": _dolly,
    "truck_left": _truck, "truck_right": _truck, "pedestal_up": _pedestal,
    "pedestal_down": _pedestal, "crane_up": _crane, "crane_down": _crane, "orbit_left": _orbit,
    "orbit_right": _orbit, "zoom_in": _zoom, "zoom_out": _zoom, "push_in": _push,
    "pull_out": _push, "handheld": _handheld, "steadicam": _steadicam, "dolly_zoom": _dolly_zoom,
}  # fmt: skip
