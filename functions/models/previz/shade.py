"""Whether what is filmed stands in the shade of its surroundings, and how far to open up for it."""

from dataclasses import replace

from functions.models.previz import snapshot as skies
from functions.models.previz.scene import Body, Part, Scene
from functions.models.previz.space import Vec, add, norm, sub, turned, undo

SUNNY = frozenset({skies.CLEAR, skies.CLOUDY})
TALL_M = 1.5
"""Smaller things shade no stage."""

STOPS = 1.6
"""How far to open up where none of what is filmed is in the sun."""


def opened(scene: Scene) -> Scene:
    """Return a scene with its exposure raised by the share of the stage that lies in the shade."""
    sky = scene.sky
    if sky.sky not in SUNNY or sky.sun[1] < 0.05:
        return scene
    rig = scene.rig
    reach = 0.4 * norm(sub(rig.pivot, rig.position))
    places = [add(rig.pivot, (x * reach, 0.0, z * reach)) for x in (-1, 0, 1) for z in (-1, 0, 1)]
    tall = [(b, p) for b in scene.bodies if _still(b) for p in b.parts if max(p.size) > TALL_M]
    hidden = sum(any(_hides(b, p, place, sky.sun) for b, p in tall) for place in places)
    stops = sky.exposure_stops + STOPS * hidden / len(places)
    return replace(scene, sky=replace(sky, exposure_stops=stops)) if hidden else scene


def _still(body: Body) -> bool:
    return not body.acts and body.collider is None


def _hides(body: Body, part: Part, place: Vec, sun: Vec) -> bool:
    """Tell whether the box round a part stands between a place and the sun."""
    at = add(body.position, turned(body.rotation, part.position))
    near, far = 1e-3, 1e9
    start, way = sub(place, at), sun
    for q in (body.rotation, part.rotation):
        start, way = turned(undo(q), start), turned(undo(q), way)
    for o, d, half in zip(start, way, part.size, strict=True):
        if abs(d) < 1e-9:
            if abs(o) > half:
                return False
            continue
        a, b = (-half - o) / d, (half - o) / d
        near, far = max(near, min(a, b)), min(far, max(a, b))
    return near < far
