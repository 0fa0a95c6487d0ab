"""Particles: what falls from the sky, what burns, smokes, pours and bursts."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

from functions.models.previz.blocking import Puff
from functions.models.previz.casting import Player
from functions.models.previz.daylight import Light
from functions.models.previz.kit import Paints, material_of
from functions.models.previz.lexicon import table
from functions.models.previz.scene import Emitter, Material, Rig
from functions.models.previz.space import ORIGIN, UP, Vec, add, norm, sub, times

GRAVITY = 9.81
LONGEST_DRIFT_S = 6.0
EVERYWHERE = -1e9


def emitters(
    puffs: Iterable[Puff], light: Light, paints: Paints, rig: Rig, seed: int
) -> tuple[Emitter, ...]:
    """Turn wishes and weather into emitters."""
    wished = [_cloud(p, paints, (seed * 31 + 977 * k) % 2**31) for k, p in enumerate(puffs)]
    falling = [
        _weather(kind, paints, rig, (seed * 17 + 31 * k) % 2**31)
        for k, kind in enumerate(light.falls)
    ]
    return (*wished, *falling)


def natural(players: Iterable[Player]) -> Iterator[Puff]:
    """Wish for the particles that some props never are without."""
    own = table("effects")["own"]
    for player in players:
        for member in player.members[:6]:
            high = member.prop.height
            for kind, size, up in own.get(player.thing.noun, ()):
                place = add(member.place, UP, up * high + player.lifted)
                yield Puff(kind=kind, size=size * high, place=place)


def _cloud(puff: Puff, paints: Paints, seed: int) -> Emitter:
    row, size = table("effects")[puff.kind], puff.size
    speed, jitter, life = _throw(row, size)
    place = add(puff.place, _vec(row.get("shift")), size)
    return Emitter(
        name=puff.kind,
        count=row["count"],
        origin=place,
        spread=times(_vec(row.get("spread")), size),
        velocity=speed,
        jitter=jitter,
        gravity=GRAVITY if row.get("falls") else row.get("weight", 0.0) * size,
        life=life,
        radius=row["radius"] * size,
        materials=_paints(row, paints),
        seed=seed,
        grow=row.get("grow", 1.0),
        swirl=row.get("swirl", 0.0) * size,
        floor=max(place[1] - row["below"] * size, 0.0) if "below" in row else EVERYWHERE,
        start=puff.start + row.get("late", 0.0),
        once=row.get("once", False),
        body=puff.body,
    )


def _throw(row: dict[str, Any], size: float) -> tuple[Vec, Vec, float]:
    """Return speed, scatter of speed and life of a cloud's particles."""
    if "leap" in row:
        up = math.sqrt(2.0 * GRAVITY * row["leap"] * size)
        return (0.0, 0.82 * up, 0.0), (0.17 * up, 0.12 * up, 0.17 * up), 2.25 * up / GRAVITY
    life = (
        max(math.sqrt(2.0 * row["drop"] * size / GRAVITY), 0.12) if "drop" in row else row["life"]
    )
    return times(_vec(row["speed"]), size), times(_vec(row["jitter"]), size), life


def _weather(kind: str, paints: Paints, rig: Rig, seed: int) -> Emitter:
    """Fill the air between the camera and what it looks at."""
    row = table("effects")[kind]
    away = norm(sub(rig.pivot, rig.position))
    middle = ((rig.pivot[0] + rig.position[0]) / 2, 0.0, (rig.pivot[2] + rig.position[2]) / 2)
    far = max(0.85 * away, 1.2)
    top = 1.1 * far + max(rig.position[1], 0.0)
    sinks = row.get("sinks", 0.0)
    return Emitter(
        name=kind,
        count=row["count"],
        origin=add(middle, UP, top if sinks else 0.4 * far),
        spread=(far, 0.0 if sinks else 0.42 * far, far),
        velocity=(row["wind"], -sinks, 0.0) if sinks else (0.06 * far, row["drifts"] * far, 0.0),
        jitter=(0.2, 0.13 * sinks, 0.2) if sinks else (0.05 * far, 0.03 * far, 0.05 * far),
        gravity=0.0,
        life=top / sinks if sinks else LONGEST_DRIFT_S,
        radius=row["radius"] * far + row.get("least", 0.0),
        materials=_paints(row, paints),
        seed=seed,
        swirl=row.get("flutter", 0.0) if sinks else 0.05 * far,
        floor=-0.2 if sinks else 0.02,
    )


def _paints(row: dict[str, Any], paints: Paints) -> tuple[int, ...]:
    """Return the paints that a particle goes through in its life."""
    return tuple(
        paints.row(material_of(natural=p, finish="") if isinstance(p, str) else _flame(p))
        for p in row["paint"]
    )


def _flame(power: float) -> Material:
    white = (0.85, 0.87, 0.9)
    return Material(
        base=white, second=white, emit=(power, 0.32 * power, 0.05 * power), roughness=1.0
    )


def _vec(values: list[float] | None) -> Vec:
    return (float(values[0]), float(values[1]), float(values[2])) if values else ORIGIN
