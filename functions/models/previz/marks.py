"""Marks on the frame: arrows, paths and regions that guide the camera or a subject."""

import math
from dataclasses import replace
from itertools import pairwise

from farm.shots.request import Request
from farm.shots.spec import Annotation
from functions.models.previz.blocking import Plot, Puff, member_is_ball
from functions.models.previz.camera import SENSOR_MM, view
from functions.models.previz.casting import Player
from functions.models.previz.scene import Act, Body, CameraMove, Scene
from functions.models.previz.space import UP, Vec, add, dot, norm, sub, turned

SAMPLES = 13
FURTHEST_M = 300.0


def marked(scene: Scene, request: Request, plot: Plot) -> Scene:
    """Let the annotations of a request act on a scene that is framed."""
    for mark in request.annotations:
        if mark.leads_camera:
            scene = _guide_camera(scene, mark)
    for mark in request.annotations:
        points = _points(mark)
        if (mark.guides == "subject" or mark.subject) and points and plot.players:
            scene = _guide_subject(scene, request, plot, mark, points)
        if mark.note:
            _add_note(scene, request, plot, mark)
    return scene


def _points(mark: Annotation) -> list[tuple[float, float]]:
    if mark.path:
        return list(mark.path)
    if mark.arrow:
        return list(mark.arrow)
    return [_middle(mark.region)] if mark.region else []


def _middle(region: tuple[tuple[float, float], tuple[float, float]]) -> tuple[float, float]:
    (a, b), (c, d) = region
    return (a + c) / 2, (b + d) / 2


def _guide_camera(scene: Scene, mark: Annotation) -> Scene:
    """Carry the camera along an arrow or path; turn it towards a region."""
    rig = scene.rig
    away = norm(sub(rig.pivot, rig.position))
    wide = away * SENSOR_MM / rig.focal_mm
    if mark.region:
        u, v = _middle(mark.region)
        turns = (
            math.atan((u - 0.5) * wide / away),
            math.atan((0.5 - v) * wide / scene.aspect / away),
        )
        moves = (
            CameraMove(kind="pan_right", amount=turns[0]),
            CameraMove(kind="tilt_up", amount=turns[1]),
        )
        return replace(scene, rig=replace(rig, moves=(*rig.moves, *moves)))
    points = _points(mark)
    if len(points) < 2:
        return scene
    dx = (points[-1][0] - points[0][0]) * wide
    dy = (points[0][1] - points[-1][1]) * wide / scene.aspect
    moves = (CameraMove(kind="truck_right", amount=dx), CameraMove(kind="pedestal_up", amount=dy))
    right = turned(view(scene, 0.0).turn, (1.0, 0.0, 0.0))
    back = add(
        _scaled(right, -dx / 2), UP, -min(dy / 2, 0.9 * rig.position[1]) if dy > 0 else -dy / 2
    )
    return replace(
        scene,
        rig=replace(
            rig,
            moves=(*rig.moves, *moves),
            position=add(rig.position, back),
            target=add(rig.target, back),
        ),
    )


def _scaled(v: Vec, k: float) -> Vec:
    return (v[0] * k, v[1] * k, v[2] * k)


def _guide_subject(
    scene: Scene, request: Request, plot: Plot, mark: Annotation, points: list[tuple[float, float]]
) -> Scene:
    """Lead a subject so that its middle follows the drawn points, whatever the camera does."""
    player = _meant(plot, mark.subject)
    rate = float(request.rate)
    first = mark.frames.first if mark.frames else (mark.frame or 0)
    last = mark.frames.last if mark.frames else request.frames - 1
    start, end = first / rate, max(last, first + 1) / rate
    body = scene.bodies[player.members[0].body]
    half = player.prop.half[1]
    if len(points) == 1:
        at = view(scene, start).project(add(body.position, UP, half), scene.aspect)
        points = [(min(max(at[0], 0.05), 0.95), min(max(at[1], 0.05), 0.95)), points[0]]
    times = [start + (end - start) * k / (SAMPLES - 1) for k in range(SAMPLES)]
    depth = _depth(scene, player, half)
    flies = _flies(scene, player, half, points)
    places = tuple(
        _on_stage(scene, time, _along(points, k / (SAMPLES - 1)), half, depth, flies=flies)
        for k, time in enumerate(times)
    )
    bodies = list(scene.bodies)
    for member in player.members:
        if member.body >= 0:
            offset = sub(member.place, player.members[0].place)
            bodies[member.body] = _led(bodies[member.body], places, tuple(times), offset, player)
    focus = player.members[0].body if player is plot.lead() else scene.rig.focus
    return replace(scene, bodies=tuple(bodies), rig=replace(scene.rig, focus=focus))


def _meant(plot: Plot, name: str | None) -> Player:
    wanted = (name or "").casefold()
    for player in plot.players:
        words = {player.thing.word.casefold(), player.thing.noun.casefold()}
        if wanted and (wanted in words or any(w in wanted or wanted in w for w in words)):
            return player
    return plot.lead() or plot.players[0]


def _depth(scene: Scene, player: Player, half: float) -> float:
    camera = view(scene, 0.0)
    forward = turned(camera.turn, (0.0, 0.0, -1.0))
    return max(
        dot(sub(add(scene.rig.pivot, UP, half * 0.0), camera.place), forward), 0.5 * player.reach
    )


def _flies(scene: Scene, player: Player, half: float, points: list[tuple[float, float]]) -> bool:
    """Tell whether a path leaves the ground: a flyer's does, and one that reaches the horizon."""
    if player.kind in {"flyer", "floater", "swimmer", "rocket", "celestial"}:
        return True
    camera = view(scene, 0.0)
    for u, v in points:
        ray = camera.ray(u, v, scene.aspect)
        if ray[1] >= -1e-3 or (half - camera.place[1]) / ray[1] > min(
            FURTHEST_M, 6 * _depth(scene, player, half)
        ):
            return True
    return False


def _on_stage(
    scene: Scene, time: float, spot: tuple[float, float], half: float, depth: float, *, flies: bool
) -> Vec:
    """Return the feet of a body whose middle is seen at a spot of the frame."""
    camera = view(scene, time)
    ray = camera.ray(*spot, scene.aspect)
    far = (half - camera.place[1]) / ray[1] if ray[1] < -1e-3 else 0.0
    if flies or far <= 0.0:
        forward = turned(camera.turn, (0.0, 0.0, -1.0))
        far = depth / max(dot(ray, forward), 0.05)
    place = add(camera.place, ray, far)
    return (place[0], place[1] - half, place[2])


def _along(points: list[tuple[float, float]], share: float) -> tuple[float, float]:
    """Return the point that lies a share of the way along a polyline."""
    long = [math.dist(a, b) for a, b in pairwise(points)]
    left = share * sum(long)
    for (a, b), size in zip(pairwise(points), long, strict=True):
        if left <= size and size > 0:
            k = left / size
            return a[0] + (b[0] - a[0]) * k, a[1] + (b[1] - a[1]) * k
        left -= size
    return points[-1]


def _led(
    body: Body, places: tuple[Vec, ...], times: tuple[float, ...], offset: Vec, player: Player
) -> Body:
    points = tuple(add(p, offset) for p in places)
    long = sum(norm(sub(b, a)) for a, b in pairwise(points))
    acts: list[Act] = [
        Act(
            verb="travel",
            amount=long / max(times[-1] - times[0], 1e-3),
            points=points,
            times=times,
            phase=1.0,
        )
    ]
    if member_is_ball(player):
        acts.append(Act(verb="roll", amount=player.prop.half[1]))
    acts += [a for a in body.acts if a.verb in {"spin", "dance", "grow", "shake", "vanish"}]
    collider = replace(body.collider, hold="led") if body.collider else None
    return replace(body, acts=tuple(acts), position=points[0], collider=collider)


def _add_note(scene: Scene, request: Request, plot: Plot, mark: Annotation) -> None:
    """Read a note for what can burst out there: dust, smoke, fire, sparks, water."""
    words = (mark.note or "").casefold()
    kinds = [k for k, cues in NOTES.items() if any(cue in words for cue in cues)]
    region = mark.region or ((0.4, 0.4), (0.6, 0.6))
    first = mark.frames.first if mark.frames else (mark.frame or 0)
    start = first / float(request.rate)
    spot = _middle(region)
    size = (region[1][0] - region[0][0]) * norm(sub(scene.rig.pivot, scene.rig.position))
    for kind in kinds:
        place = _on_stage(
            scene, start, spot, 0.1, norm(sub(scene.rig.pivot, scene.rig.position)), flies=False
        )
        plot.puffs.append(Puff(kind=kind, size=max(abs(size), 0.2), place=place, start=start))


NOTES = {
    "puff": ("dust", "sand", "debris", "dirt"),
    "smoke": ("smoke", "steam", "fog"),
    "fire": ("fire", "flame", "burn"),
    "blast": ("explo", "spark", "burst of light", "flash"),
    "stream": ("water", "splash", "pour"),
}
