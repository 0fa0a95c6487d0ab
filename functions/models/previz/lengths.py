"""Longer scenes and closed ones: what goes on after the end, and how the end meets the start."""

import math
from collections.abc import Iterator
from dataclasses import replace

from farm.shots.request import Request
from functions.models.previz.camera import SHORTEST_FULL_ORBIT_S, field_of_view, view
from functions.models.previz.framing import Wishes, camera_move, moves_of, strength_of
from functions.models.previz.language import read
from functions.models.previz.motion import pose
from functions.models.previz.paths import travel
from functions.models.previz.reading import Reading
from functions.models.previz.scene import Act, Body, Leg, Rig, Scene
from functions.models.previz.space import UP, Vec, add, chance, cross, dot, norm, sub, turned, unit

WHOLE_TURNS = frozenset({"spin", "orbit", "bob", "swing", "hop", "shake", "dance"})
ONE_WAY = frozenset({"rise", "grow", "open", "burst", "vanish", "appear"})


def extend(scene: Scene, frames: int, seed: int) -> Scene:
    """Go on for `frames` more: every frame before stays the same, to the bit.

    The camera and all that moves keep their speed at the seam. Whoever would walk out of the frame
    of a camera that stays behind turns there, comes back, and so on, back and forth.
    """
    seam = scene.seconds()
    bodies = tuple(_turning(scene, number, seam, seed) for number in range(len(scene.bodies)))
    return replace(scene, frames=scene.frames + frames, bodies=bodies)


def continue_as(scene: Scene, request: Request, seed: int) -> Scene:
    """Go on as another shot asks: its camera takes over where this one's stands at the end.

    Everything that is there stays and goes on; what the request names besides is not added, and
    said.
    """
    reading = read(request.prompt, cast=request.cast)
    start = scene.seconds()
    there = {subject.noun for subject in scene.subjects}
    absent = [f"{t.noun} (a shot that continues adds nobody)" for t in reading.things]
    new = [word for word, t in zip(absent, reading.things, strict=True) if t.noun not in there]
    return replace(
        extend(scene, request.frames, seed),
        legs=(*scene.legs, Leg(start=start, rig=_next_rig(scene, request, reading, start))),
        prompt=request.prompt[:2000],
        not_understood=tuple(dict.fromkeys([*reading.not_understood, *new])),
    )


def _next_rig(scene: Scene, request: Request, reading: Reading, start: float) -> Rig:
    """Make a camera that stands where the last one ends, and moves as it is asked from there."""
    before, _ = scene.rig_at(start)
    end = view(scene, start)
    ahead = turned(end.turn, (0.0, 0.0, -1.0))
    distance = max(dot(sub(before.pivot, end.place), ahead), 0.5)
    focal, asked = end.focal_mm, request.camera.focal_length
    focal = focal if asked == before.focal_mm else asked
    wishes = Wishes(
        yaw=0.0,
        pitch=0.0,
        pivot=add(end.place, ahead, distance),
        size=distance,
        aside=0.0,
        floor=0.0,
        moves=moves_of(request, reading),
        strength=strength_of(request, reading),
        truck_m=0.0,
        follow=-1,
        focus=-1,
        framing="",
    )
    wide = 2.0 * distance * math.tan(field_of_view(focal) / 2)
    aspect = request.size[0] / request.size[1]
    moves = [camera_move(kind, wishes, focal, distance, wide, aspect) for kind in wishes.moves]
    return Rig(
        position=end.place,
        target=wishes.pivot,
        pivot=wishes.pivot,
        focal_mm=focal,
        f_stop=request.camera.aperture,
        shutter_angle=request.camera.shutter_angle,
        span=request.frames / float(request.rate),
        moves=tuple(moves),
        seed=before.seed,
        blades=before.blades,
        focus=before.focus,
    )


def loop(scene: Scene) -> Scene:
    """Close a scene over its own length; place and speed meet at the seam."""
    closed = replace(scene, period=scene.seconds())
    return replace(closed, closure=tuple(dict.fromkeys(_closures(closed))))


def _turning(scene: Scene, number: int, seam: float, seed: int) -> Body:
    """Let a traveller turn from the seam on, away from the camera."""
    body = scene.bodies[number]
    act = next((a for a in body.acts if a.verb == "travel"), None)
    free = act is not None and not (act.stops or act.times) and body.collider is None
    bends = any(a.verb == "bend" for a in body.acts)
    followed = scene.rig.follow >= 0 or any(m.kind.startswith("truck") for m in scene.rig.moves)
    if not free or act is None or bends or followed:
        return body
    stride = travel(act, None, seam)
    ahead: Vec = unit(sub(scene.rig.pivot, scene.rig.position))
    away = dot(cross(UP, stride.forward), ahead)
    reach = max(math.hypot(p.position[0], p.position[2]) + min(p.size) for p in body.parts)
    radius = max(1.7 * reach, 0.09 * stride.distance) * (0.85 + 0.4 * chance(seed, number))
    way = math.copysign(radius, away)
    bend = Act(verb="bend", start=seam, amount=way, rate=0.9 * stride.distance)
    return replace(body, acts=(*body.acts, bend))


def _closures(scene: Scene) -> Iterator[str]:
    """Say how each kind of motion was closed."""
    seconds = f"{scene.period:g} s"
    for body in scene.bodies:
        for act in body.acts:
            if act.verb in WHOLE_TURNS:
                yield f"turning, circling and swinging: whole turns in {seconds}"
            elif act.verb == "travel" and body.collider is None and not (act.times or act.stops):
                yield "travel: round an oval, in whole steps"
            elif act.verb in ONE_WAY or act.verb == "travel":
                yield "what happens once: out and back"
        if body.collider is not None and body.collider.hold == "free":
            yield "physics: out and back"
    for move in scene.rig.moves:
        full = move.kind.startswith("orbit") and scene.period >= SHORTEST_FULL_ORBIT_S
        yield "camera orbit: one whole turn" if full else f"camera {move.kind}: out and back"
    if scene.emitters:
        yield f"particles, water and clouds: repeating every {seconds}"


def seam_gap(scene: Scene) -> float:
    """Return how far any body of a closed scene is from its start after one period, in metres."""
    gaps = [
        norm(sub(pose(scene, k, scene.period).place, pose(scene, k, 0.0).place))
        for k in range(len(scene.bodies))
    ]
    return max(gaps, default=0.0)
