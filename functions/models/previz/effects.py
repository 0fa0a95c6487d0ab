"""Particles: what falls from the sky, what burns, smokes, pours and bursts."""

from collections.abc import Callable, Iterable, Iterator

from functions.models.previz.blocking import Puff
from functions.models.previz.casting import Player
from functions.models.previz.daylight import Light
from functions.models.previz.kit import Paints, material_of
from functions.models.previz.scene import Emitter, Material, Rig
from functions.models.previz.space import Vec, add, norm, sub

WHITE: Vec = (0.85, 0.87, 0.9)


def emitters(
    puffs: Iterable[Puff], light: Light, paints: Paints, rig: Rig, seed: int
) -> tuple[Emitter, ...]:
    """Turn wishes and weather into emitters."""
    clouds = [
        _PUFFS[puff.kind](puff, paints, (seed * 31 + 977 * k) % 2**31)
        for k, puff in enumerate(puffs)
    ]
    for k, kind in enumerate(light.falls):
        clouds.append(_WEATHER[kind](paints, rig, (seed * 17 + 31 * k) % 2**31))
    return tuple(clouds)


def natural(players: Iterable[Player]) -> Iterator[Puff]:
    """Wish for the particles that some props never are without."""
    for player in players:
        for member in player.members[:6]:
            high = member.prop.height
            for kind, size, up in _OWN.get(player.thing.noun, ()):
                place = add(member.place, (0.0, 1.0, 0.0), up * high + player.lifted)
                yield Puff(kind=kind, size=size * high, place=place)


_OWN = {
    "fire": (("fire", 1.1, 0.25), ("smoke", 1.2, 1.0)),
    "smoke": (("smoke", 3.5, 0.8),),
    "volcano": (("smoke", 0.5, 1.0), ("embers", 0.25, 1.0)),
    "cabin": (("steam", 0.3, 1.02),),
    "fountain": (("fountain", 1.0, 0.95),),
    "waterfall": (("fall", 1.0, 0.98), ("spray", 0.5, 0.03)),
    "cup": (("steam", 0.8, 1.0),),
    "tornado": (("swirl", 0.5, 0.02),),
    "train": (("smoke", 1.0, 0.95),),
    "lava": (("embers", 3.0, 0.5),),
}


def _flame(power: float) -> Material:
    return Material(
        base=WHITE, second=WHITE, emit=(power, 0.32 * power, 0.05 * power), roughness=1.0
    )


def _fire(puff: Puff, paints: Paints, seed: int) -> Emitter:
    s = puff.size
    hot = (paints.row(_flame(24.0)), paints.row(_flame(13.0)), paints.row(_flame(5.0)))
    return Emitter(
        name="fire", count=130, origin=puff.place, spread=(0.16 * s, 0.04 * s, 0.16 * s),
        velocity=(0.0, 0.85 * s, 0.0), jitter=(0.1 * s, 0.35 * s, 0.1 * s), gravity=-0.5 * s, life=0.75,
        radius=0.055 * s, materials=hot, seed=seed, grow=0.25, swirl=0.03 * s, start=puff.start, body=puff.body,
    )  # fmt: skip


def _smoke(puff: Puff, paints: Paints, seed: int) -> Emitter:
    s = puff.size
    grey = (
        paints.row(material_of(natural="smoke", finish="")),
        paints.row(material_of(colour="grey", natural="matte", finish="")),
    )
    return Emitter(
        name="smoke", count=70, origin=puff.place, spread=(0.08 * s, 0.03 * s, 0.08 * s),
        velocity=(0.12 * s, 0.42 * s, 0.0), jitter=(0.05 * s, 0.1 * s, 0.05 * s), gravity=0.0, life=3.2,
        radius=0.06 * s, materials=grey, seed=seed, grow=2.6, swirl=0.05 * s, start=puff.start, body=puff.body,
    )  # fmt: skip


def _steam(puff: Puff, paints: Paints, seed: int) -> Emitter:
    s = puff.size
    return Emitter(
        name="steam", count=26, origin=puff.place, spread=(0.2 * s, 0.0, 0.2 * s),
        velocity=(0.0, 0.5 * s, 0.0), jitter=(0.08 * s, 0.15 * s, 0.08 * s), gravity=0.0, life=2.4,
        radius=0.03 * s, materials=(paints.row(material_of(colour="white", natural="matte", finish="")),),
        seed=seed, grow=1.6, swirl=0.06 * s,
    )  # fmt: skip


def _stream(puff: Puff, paints: Paints, seed: int) -> Emitter:
    s = puff.size
    return Emitter(
        name="stream", count=260, origin=puff.place, spread=(0.025 * s, 0.02 * s, 0.025 * s),
        velocity=(0.0, -0.4 * s, 0.0), jitter=(0.02 * s, 0.05 * s, 0.02 * s), gravity=9.81, life=_drop_s(s),
        radius=0.035 * s, materials=(paints.row(material_of(natural="water", finish="")),), seed=seed,
        floor=max(puff.place[1] - 1.75 * s, 0.0), start=puff.start,
    )  # fmt: skip


def _drop_s(size: float) -> float:
    return max((2.0 * 1.7 * size / 9.81) ** 0.5, 0.12)


def _fountain(puff: Puff, paints: Paints, seed: int) -> Emitter:
    s = puff.size
    up = (2.0 * 9.81 * 0.55 * s) ** 0.5
    return Emitter(
        name="fountain", count=420, origin=puff.place, spread=(0.02 * s, 0.0, 0.02 * s),
        velocity=(0.0, 0.82 * up, 0.0), jitter=(0.17 * up, 0.12 * up, 0.17 * up), gravity=9.81,
        life=2.25 * up / 9.81, radius=0.02 * s, materials=(paints.row(material_of(natural="foam", finish="")),),
        seed=seed, floor=max(puff.place[1] - 0.75 * s, 0.0), start=puff.start,
    )  # fmt: skip


def _fall(puff: Puff, paints: Paints, seed: int) -> Emitter:
    s = puff.size
    return Emitter(
        name="fall", count=500, origin=add(puff.place, (0.12 * s, -0.02 * s, 0.0)), spread=(0.03 * s, 0.01 * s, 0.26 * s),
        velocity=(0.3, -0.1 * s, 0.0), jitter=(0.2, 0.05 * s, 0.05), gravity=9.81, life=max((2.0 * 0.95 * s / 9.81) ** 0.5, 0.2),
        radius=0.016 * s, materials=(paints.row(material_of(natural="foam", finish="")),), seed=seed, floor=0.0,
    )  # fmt: skip


def _spray(puff: Puff, paints: Paints, seed: int) -> Emitter:
    s = puff.size
    return Emitter(
        name="spray", count=160, origin=puff.place, spread=(0.15 * s, 0.0, 0.5 * s), velocity=(0.25 * s, 0.35 * s, 0.0),
        jitter=(0.2 * s, 0.2 * s, 0.2 * s), gravity=0.35 * s, life=1.6, radius=0.022 * s,
        materials=(paints.row(material_of(natural="foam", finish="")),), seed=seed, grow=1.8, floor=0.0,
    )  # fmt: skip


def _puff(puff: Puff, paints: Paints, seed: int) -> Emitter:
    s = puff.size
    return Emitter(
        name="dust", count=110, origin=add(puff.place, (0.0, 0.05 * s, 0.0)), spread=(0.3 * s, 0.03 * s, 0.3 * s),
        velocity=(0.0, 0.35 * s, 0.0), jitter=(1.0 * s, 0.3 * s, 1.0 * s), gravity=0.25 * s, life=1.3,
        radius=0.011 * s, materials=(paints.row(material_of(natural="dust", finish="")),), seed=seed, grow=2.2,
        start=puff.start, once=True, floor=0.0,
    )  # fmt: skip


def _blast(puff: Puff, paints: Paints, seed: int) -> Emitter:
    s = puff.size
    hot = (paints.row(_flame(60.0)), paints.row(_flame(22.0)), paints.row(_flame(6.0)))
    return Emitter(
        name="blast", count=240, origin=puff.place, spread=(0.12 * s, 0.12 * s, 0.12 * s), velocity=(0.0, 0.7 * s, 0.0),
        jitter=(2.4 * s, 2.2 * s, 2.4 * s), gravity=1.5 * s, life=0.9, radius=0.055 * s, materials=hot, seed=seed,
        grow=0.2, start=puff.start, once=True,
    )  # fmt: skip


def _smoke_burst(puff: Puff, paints: Paints, seed: int) -> Emitter:
    s = puff.size
    return Emitter(
        name="smoke", count=110, origin=puff.place, spread=(0.2 * s, 0.2 * s, 0.2 * s), velocity=(0.0, 0.5 * s, 0.0),
        jitter=(0.7 * s, 0.5 * s, 0.7 * s), gravity=-0.05 * s, life=3.4, radius=0.09 * s,
        materials=(paints.row(material_of(natural="smoke", finish="")),), seed=seed, grow=2.4, swirl=0.08 * s,
        start=puff.start + 0.12, once=True,
    )  # fmt: skip


def _exhaust(puff: Puff, paints: Paints, seed: int) -> Emitter:
    s = puff.size
    hot = (paints.row(_flame(70.0)), paints.row(_flame(30.0)), paints.row(_flame(9.0)))
    return Emitter(
        name="exhaust", count=240, origin=(0.0, 0.03 * s, 0.0), spread=(0.03 * s, 0.0, 0.03 * s), velocity=(0.0, -1.5 * s, 0.0),
        jitter=(0.12 * s, 0.3 * s, 0.12 * s), gravity=0.0, life=0.4, radius=0.034 * s, materials=hot, seed=seed, grow=0.7,
        start=puff.start, floor=0.05, body=puff.body,
    )  # fmt: skip


def _launch(puff: Puff, paints: Paints, seed: int) -> Emitter:
    s = puff.size
    return Emitter(
        name="launch smoke", count=240, origin=puff.place, spread=(0.12 * s, 0.02 * s, 0.12 * s), velocity=(0.0, 0.06 * s, 0.0),
        jitter=(0.45 * s, 0.09 * s, 0.45 * s), gravity=-0.01 * s, life=2.6, radius=0.05 * s,
        materials=(paints.row(material_of(colour="white", natural="matte", finish="")),),
        seed=seed, grow=2.6, swirl=0.03 * s, start=puff.start, floor=0.02 * s,
    )  # fmt: skip


def _embers(puff: Puff, paints: Paints, seed: int) -> Emitter:
    s = puff.size
    return Emitter(
        name="embers", count=70, origin=puff.place, spread=(0.2 * s, 0.0, 0.2 * s), velocity=(0.1 * s, 0.7 * s, 0.0),
        jitter=(0.35 * s, 0.4 * s, 0.35 * s), gravity=0.3 * s, life=2.2, radius=0.02 * s, materials=(paints.row(_flame(16.0)),),
        seed=seed, swirl=0.05 * s,
    )  # fmt: skip


def _swirl(puff: Puff, paints: Paints, seed: int) -> Emitter:
    s = puff.size
    return Emitter(
        name="swirl", count=160, origin=puff.place, spread=(0.25 * s, 0.02 * s, 0.25 * s), velocity=(0.0, 0.4 * s, 0.0),
        jitter=(0.2 * s, 0.3 * s, 0.2 * s), gravity=0.0, life=1.8, radius=0.03 * s,
        materials=(paints.row(material_of(natural="dust", finish="")),), seed=seed, grow=1.5, swirl=0.35 * s,
    )  # fmt: skip


_PUFFS: dict[str, Callable[[Puff, Paints, int], Emitter]] = {
    "fire": _fire, "smoke": _smoke, "steam": _steam, "stream": _stream, "fountain": _fountain,
    "fall": _fall, "spray": _spray, "puff": _puff, "blast": _blast, "smoke_burst": _smoke_burst,
    "exhaust": _exhaust, "launch": _launch, "embers": _embers, "swirl": _swirl,
}  # fmt: skip


def _volume(rig: Rig) -> tuple[Vec, float]:
    """Return the middle of the air that the camera sees near by, and how far it spreads."""
    away = norm(sub(rig.pivot, rig.position))
    middle = ((rig.pivot[0] + rig.position[0]) / 2, 0.0, (rig.pivot[2] + rig.position[2]) / 2)
    return middle, max(0.85 * away, 1.2)


def _rain(paints: Paints, rig: Rig, seed: int) -> Emitter:
    middle, far = _volume(rig)
    top = 1.1 * far + rig.position[1]
    drop = Material(base=(0.8, 0.85, 0.9), second=WHITE, roughness=0.2, emit=(0.12, 0.14, 0.17))
    return Emitter(
        name="rain", count=750, origin=add(middle, (0.0, top, 0.0)), spread=(far, 0.0, far), velocity=(0.6, -8.0, 0.0),
        jitter=(0.2, 1.0, 0.2), gravity=0.0, life=top / 8.0, radius=0.00075 * far + 0.001, materials=(paints.row(drop),),
        seed=seed, floor=-0.2,
    )  # fmt: skip


def _snow(paints: Paints, rig: Rig, seed: int) -> Emitter:
    middle, far = _volume(rig)
    top = 1.1 * far + rig.position[1]
    return Emitter(
        name="snow", count=700, origin=add(middle, (0.0, top, 0.0)), spread=(far, 0.0, far), velocity=(0.25, -1.1, 0.0),
        jitter=(0.2, 0.25, 0.2), gravity=0.0, life=top / 1.1, radius=0.0022 * far + 0.003,
        materials=(paints.row(Material(base=WHITE, second=WHITE, roughness=0.9, emit=(0.2, 0.22, 0.25))),), seed=seed, swirl=0.12, floor=-0.2,
    )  # fmt: skip


def _drifting(
    name: str, count: int, radius: float, material: Material, up: float
) -> Callable[[Paints, Rig, int], Emitter]:  # noqa: E501
    def make(paints: Paints, rig: Rig, seed: int) -> Emitter:
        middle, far = _volume(rig)
        return Emitter(
            name=name, count=count, origin=add(middle, (0.0, 0.4 * far, 0.0)), spread=(far, 0.42 * far, far),
            velocity=(0.06 * far, up * far, 0.0), jitter=(0.05 * far, 0.03 * far, 0.05 * far), gravity=0.0, life=6.0,
            radius=radius * far, materials=(paints.row(material),), seed=seed, swirl=0.05 * far, floor=0.02,
        )  # fmt: skip

    return make


_WEATHER: dict[str, Callable[[Paints, Rig, int], Emitter]] = {
    "rain": _rain,
    "snow": _snow,
    "dust": _drifting("dust", 160, 0.0022, Material(base=(0.6, 0.48, 0.33), second=WHITE), 0.01),
    "leaves": _drifting("leaves", 90, 0.006, Material(base=(0.6, 0.2, 0.05), second=WHITE), -0.06),
    "fireflies": _drifting("fireflies", 70, 0.0028, Material(base=WHITE, second=WHITE, emit=(14.0, 11.0, 2.5)), 0.01),
    "bubbles": _drifting(
        "bubbles", 60, 0.007, Material(base=(0.9, 0.95, 1.0), second=WHITE, transmission=0.95, roughness=0.02, ior=1.1), 0.05
    ),
}  # fmt: skip
