"""What every body does at any time: a pure function of the scene and the time, in any order.

In a closed scene, turning and swinging run at the nearest rate that fits the period, walking goes
round an oval, and what only happens once runs out and back.
"""

import math
from dataclasses import dataclass, replace

from functions.models.previz.paths import Stride, oval, travel
from functions.models.previz.scene import Act, Body, Joint, Scene
from functions.models.previz.space import (
    ORIGIN,
    TAU,
    UP,
    Quat,
    Vec,
    add,
    chain,
    cross,
    drift,
    heading,
    smooth,
    snapped,
    times,
    turn,
    turned,
    unit,
)

OUT_AND_BACK = 0.6
"""How much of a closed scene's period its one-way motion covers before it runs back."""

BEAT = {"flap": 2.0, "wag": 1.1, "sway": 0.42, "nod": 0.3, "row": 0.5, "swing": 0.4, "clack": 0.6}

BEATS = frozenset({"shake", "dance"})
"""Acts without a course of their own, which simply are not there before they start."""


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a body is, and what its hinges need to know.

    `pivot` is how high over `place` the point lies about which it is turned.
    """

    place: Vec
    turn: Quat
    scale: float = 1.0
    shown: bool = True
    steps: float = 0.0
    vigour: float = 0.0
    distance: float = 0.0
    opened: float = 0.0
    dancing: float = 0.0
    round: bool = False
    pivot: float = 0.0


def story_time(period: float, time: float) -> float:
    """Return the time in the story: the clock's own, or out and back over a closed scene."""
    if period <= 0.0:
        return time
    return OUT_AND_BACK * period * 0.5 * (1.0 - math.cos(TAU * time / period))


def pose(scene: Scene, number: int, time: float) -> Pose:
    """Tell where a body is by its acts alone, physics aside."""
    body = scene.bodies[number]
    result = Pose(body.position, body.rotation)
    for act in body.acts:
        if act.verb in BEATS and scene.period <= 0.0 and time < act.start:
            continue
        result = _ACTS[act.verb](scene, body, act, result, time)
    return result


def angle(joint: Joint, state: Pose, period: float, time: float) -> float:  # noqa: PLR0911  # a drive a line
    """Tell how far a hinge is turned."""
    drive, amount, phase = joint.drive, joint.amount, joint.phase
    if drive in {"leg", "knee", "arm", "elbow"}:
        return _limb(drive, amount, TAU * (state.steps + phase), state)
    if drive == "wheel":
        return -_rolled(state, amount, period, time)
    if drive == "rotor":
        return TAU * snapped(amount, period) * time
    if drive == "door":
        return amount * state.opened
    beat = TAU * (snapped(BEAT[drive], period) * time + phase)
    if drive == "clack":
        return amount * max(0.0, math.copysign(1.0, amount) * math.sin(beat))
    if drive == "sway":
        quick = TAU * (snapped(0.77, period) * time + 2.3 * phase)
        return amount * (math.sin(beat) + 0.5 * math.sin(quick)) / 1.3
    return amount * math.sin(beat)


def _limb(drive: str, amount: float, phase: float, state: Pose) -> float:
    if drive == "knee":
        return -amount * state.vigour * max(0.0, math.cos(phase + 0.5))
    if drive == "elbow":
        return amount * (0.3 + 0.6 * state.vigour + 1.2 * state.dancing * (1 + math.sin(phase)))
    swing = amount * state.vigour * math.sin(phase)
    if drive == "arm" and state.dancing:
        swing += state.dancing * (2.1 + 0.5 * math.sin(phase))
    return swing


def _rolled(state: Pose, radius: float, period: float, time: float) -> float:
    """Return the angle that a wheel has turned; in whole turns where it goes round and round."""
    if not state.round or time <= 0.0:
        return state.distance / max(radius, 1e-6)
    turns = state.distance / time / (TAU * max(radius, 1e-6))
    return TAU * snapped(turns, period) * time


def _since(scene: Scene, act: Act, time: float) -> float:
    return story_time(scene.period, time) - act.start


def _travel(scene: Scene, body: Body, act: Act, state: Pose, time: float) -> Pose:
    bend = next((a for a in body.acts if a.verb == "bend"), None)
    closed = scene.period > 0.0 and body.collider is None and not act.times and not act.stops
    if closed:
        step: Stride = oval(act, scene.period, time, scene.period * 0.45)
    else:
        step = travel(act, bend, story_time(scene.period, time))
    steps = step.distance / max(body.stride, 1e-3)
    if closed:
        whole = oval(act, scene.period, scene.period, scene.period * 0.45).distance
        steps = snapped(whole / max(body.stride, 1e-3) / scene.period, scene.period) * time
    flat = heading(step.forward) if act.rate == 0.0 else body.rotation
    rise = math.asin(max(-1.0, min(1.0, step.forward[1]))) if act.rate == 0.0 else 0.0
    facing = chain(flat, turn((0.0, 0.0, 1.0), rise)) if rise else flat
    return replace(
        state,
        place=step.place,
        turn=facing,
        steps=steps,
        vigour=step.vigour * (act.phase or 1.0),
        distance=step.distance,
        round=closed,
    )


def _bend(scene: Scene, body: Body, act: Act, state: Pose, time: float) -> Pose:  # noqa: ARG001  # read by _travel
    return state


def _roll(
    scene: Scene, body: Body, act: Act, state: Pose, time: float
) -> Pose:  # one shape for all acts
    """Turn a ball as far as it has come, about the axis across its way and through its middle."""
    across = cross(UP, turned(heading(turned(state.turn, (1.0, 0.0, 0.0))), (1.0, 0.0, 0.0)))
    rolled = _rolled(state, act.amount, scene.period, time)
    turns = chain(turn(unit(across), rolled), body.rotation)
    return replace(state, turn=turns, pivot=act.amount * state.scale)


def _spin(scene: Scene, body: Body, act: Act, state: Pose, time: float) -> Pose:  # noqa: ARG001  # one shape for all acts
    since = time if scene.period > 0.0 else max(time - max(act.start, 0.0), 0.0)
    turns = snapped(act.rate, scene.period) * since
    return replace(state, turn=chain(turn(act.axis, TAU * (turns + act.phase)), state.turn))


def _orbit(
    scene: Scene, body: Body, act: Act, state: Pose, time: float
) -> Pose:  # one shape for all acts
    centre = pose(scene, act.target, time).place if act.target >= 0 else ORIGIN
    if act.points:
        centre = add(centre, act.points[0])
    around = TAU * (snapped(act.rate, scene.period) * time + act.phase)
    flat: Vec = (math.cos(around) * act.amount, 0.0, -math.sin(around) * act.amount)
    tilt = _upright(act.axis)
    forward = turned(tilt, (-math.sin(around), 0.0, -math.cos(around)))
    way = times(forward, math.copysign(1.0, act.rate))
    facing = heading(way) if act.stops else body.rotation
    return replace(
        state, place=add(centre, turned(tilt, flat)), turn=facing, vigour=1.0, steps=time
    )


def _upright(axis: Vec) -> Quat:
    side = unit(cross(UP, axis), (1.0, 0.0, 0.0))
    return turn(side, math.acos(max(-1.0, min(1.0, unit(axis)[1]))))


def _bob(scene: Scene, body: Body, act: Act, state: Pose, time: float) -> Pose:  # noqa: ARG001  # one shape for all acts
    wave = math.sin(TAU * (snapped(act.rate, scene.period) * time + act.phase))
    tilt = (
        0.06
        * act.length
        * math.sin(TAU * (snapped(act.rate, scene.period) * time + act.phase + 0.2))
    )
    lifted = add(state.place, act.axis, act.amount * wave)
    if not act.length:
        return replace(state, place=lifted)
    return replace(state, place=lifted, turn=chain(state.turn, turn((0.0, 0.0, 1.0), tilt)))


def _swing(scene: Scene, body: Body, act: Act, state: Pose, time: float) -> Pose:  # noqa: ARG001  # one shape for all acts
    """Swing about a pivot `points[0]` from the body's feet."""
    rate = snapped(act.rate, scene.period)
    tilt = turn(act.axis, act.amount * math.sin(TAU * (rate * time + act.phase)))
    pivot = add(state.place, act.points[0])
    place = add(pivot, turned(tilt, times(act.points[0], -1.0)))
    return replace(state, place=place, turn=chain(tilt, state.turn))


def _hop(scene: Scene, body: Body, act: Act, state: Pose, time: float) -> Pose:  # noqa: ARG001  # one shape for all acts
    since = time if scene.period > 0.0 else max(time - act.start, 0.0)
    share = (snapped(act.rate, scene.period) * since + act.phase) % 1.0
    return replace(state, place=add(state.place, UP, 4.0 * act.amount * share * (1.0 - share)))


def _rise(scene: Scene, body: Body, act: Act, state: Pose, time: float) -> Pose:  # noqa: ARG001  # one shape for all acts
    """Speed up to `amount` metres a second in `length` seconds along an axis, then keep it."""
    since = max(_since(scene, act, time), 0.0)
    ramp = max(act.length, 1e-3)
    far = since**2 / (2 * ramp) if since < ramp else since - ramp / 2
    return replace(state, place=add(state.place, act.axis, act.amount * far))


def _grow(scene: Scene, body: Body, act: Act, state: Pose, time: float) -> Pose:  # noqa: ARG001  # one shape for all acts
    """Grow from `amount` to `rate` times the size."""
    share = smooth(_since(scene, act, time) / max(act.length, 1e-3))
    return replace(state, scale=state.scale * (act.amount + (act.rate - act.amount) * share))


def _shake(scene: Scene, body: Body, act: Act, state: Pose, time: float) -> Pose:  # noqa: ARG001  # one shape for all acts
    seed = int(act.phase)
    x = drift(seed, time, hertz=act.rate, period=scene.period) - drift(
        seed, 0.0, hertz=act.rate, period=scene.period
    )
    z = drift(seed + 1, time, hertz=act.rate, period=scene.period)
    tilt = chain(
        turn((0.0, 0.0, 1.0), 2.0 * act.amount * x), turn((1.0, 0.0, 0.0), 2.0 * act.amount * z)
    )
    return replace(
        state, turn=chain(state.turn, tilt), place=add(state.place, (x, 0.0, z), act.amount)
    )


def _open(scene: Scene, body: Body, act: Act, state: Pose, time: float) -> Pose:  # noqa: ARG001  # one shape for all acts
    return replace(state, opened=smooth(_since(scene, act, time) / max(act.length, 1e-3)))


def _dance(scene: Scene, body: Body, act: Act, state: Pose, time: float) -> Pose:  # noqa: ARG001  # one shape for all acts
    beat = snapped(act.rate, scene.period) * time + act.phase
    sway = turn(UP, 0.45 * math.sin(TAU * snapped(act.rate / 2, scene.period) * time))
    bounce = 0.04 * act.amount * abs(math.sin(TAU * beat))
    return replace(
        state,
        steps=beat,
        vigour=max(state.vigour, 0.55),
        dancing=1.0,
        turn=chain(state.turn, sway),
        place=add(state.place, UP, bounce),
    )


def _vanish(scene: Scene, body: Body, act: Act, state: Pose, time: float) -> Pose:  # noqa: ARG001  # one shape for all acts
    return replace(state, shown=state.shown and _since(scene, act, time) < 0.0)


def _appear(scene: Scene, body: Body, act: Act, state: Pose, time: float) -> Pose:  # noqa: ARG001  # one shape for all acts
    return replace(state, shown=state.shown and _since(scene, act, time) >= 0.0)


def _burst(scene: Scene, body: Body, act: Act, state: Pose, time: float) -> Pose:  # noqa: ARG001  # one shape for all acts
    """Fly off with the speed `points[0]`, fall, and lie where it lands."""
    since = max(_since(scene, act, time), 0.0)
    speed = act.points[0]
    high = max(state.place[1] - act.amount, 0.0)
    lands = (speed[1] + math.sqrt(speed[1] ** 2 + 2 * 9.81 * high)) / 9.81
    flown = min(since, lands)
    slid = flown + 0.25 * (1.0 - math.exp(-(since - flown) / 0.25))
    place = (
        state.place[0] + speed[0] * slid,
        state.place[1] + speed[1] * flown - 0.5 * 9.81 * flown**2,
        state.place[2] + speed[2] * slid,
    )
    return replace(
        state, place=place, turn=chain(turn(act.axis, TAU * act.rate * slid), state.turn)
    )


_ACTS = {
    "travel": _travel, "bend": _bend, "roll": _roll, "spin": _spin, "orbit": _orbit, "bob": _bob,
    "swing": _swing, "hop": _hop, "rise": _rise, "grow": _grow, "shake": _shake, "open": _open,
    "dance": _dance, "vanish": _vanish, "appear": _appear, "burst": _burst,
}  # fmt: skip
