"""The builder's kit: primitives, hinges and paint, from which every prop is made.

A prop is built in any unit, facing +x, and scaled to its natural size when it leaves the kit.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from functions.models.previz import snapshot as shapes
from functions.models.previz.lexicon import table
from functions.models.previz.scene import Joint, Material, Part
from functions.models.previz.space import (
    ORIGIN,
    UNTURNED,
    UP,
    Quat,
    Vec,
    add,
    chance,
    mix,
    norm,
    sub,
    times,
    turned,
    unit,
    upright,
)

PATTERNS = {
    "flat": shapes.FLAT, "checker": shapes.CHECKER, "bricks": shapes.BRICKS,
    "stripes": shapes.STRIPES, "wood": shapes.WOOD, "noise": shapes.NOISE, "tiles": shapes.TILES,
    "grass": shapes.GRASS, "windows": shapes.WINDOWS, "crate": shapes.CRATE,
    "bands": shapes.BANDS,
}  # fmt: skip
NEON = ("pink", "teal", "orange", "purple", "blue", "green")
WHITE: Vec = (0.8, 0.8, 0.8)


class Paints:
    """The materials of a scene, each kept once."""

    def __init__(self) -> None:
        self._rows: dict[Material, int] = {}

    def row(self, material: Material) -> int:
        """Return the number of a material."""
        return self._rows.setdefault(material, len(self._rows))

    def all(self) -> tuple[Material, ...]:
        """Return every material, in the order of their numbers."""
        return tuple(self._rows)


def material_of(*, colour: str = "", finish: str = "plain", natural: str = "plain") -> Material:
    """Mix a material from words of colour and finish; `natural` shows where they say nothing."""
    finishes, colours = table("looks")["finishes"], table("looks")["colours"]
    row = dict(finishes[natural])
    if finish and "rgb" not in finishes[finish] and finish in {"dark", "light", "lit"}:
        row["shade"] = finishes[finish].get("shade", 1.0)
        row["glow"] = finishes[finish].get("glow", 0.0)
    elif finish:
        row = dict(finishes[finish])
    base = _vec(row.get("rgb", WHITE))
    second = _vec(row.get("second", times(base, 0.62)))
    if colour:
        tint = _vec(colours[colour]["rgb"])
        base, second = _tinted(row, base, tint), _tinted(row, second, times(tint, 0.6))
    shade = row.get("shade", 1.0)
    glow = row.get("glow", 0.0)
    return Material(
        base=_bounded(times(base, shade)),
        second=_bounded(times(second, shade)),
        pattern=PATTERNS[row.get("pattern", "flat")],
        scale=row.get("scale", 1.0),
        roughness=row.get("rough", 0.5),
        metallic=row.get("metal", 0.0),
        transmission=row.get("transmission", 0.0),
        ior=row.get("ior", 1.5),
        emit=_vec(row.get("emit", times(_vivid(base), glow))),
        bump=row.get("bump", 0.0),
    )


def _tinted(row: dict[str, float], natural: Vec, tint: Vec) -> Vec:
    if row.get("transmission"):
        return mix(_vivid(tint), (1.0, 1.0, 1.0), 0.25)
    return mix(_vivid(tint), natural, 0.25) if row.get("metal") else tint


def _vivid(colour: Vec) -> Vec:
    return times(colour, 1.0 / max(*colour, 1e-6))


def _bounded(colour: Vec) -> Vec:
    return (min(colour[0], 0.95), min(colour[1], 0.95), min(colour[2], 0.95))


def _vec(values: Sequence[float]) -> Vec:
    return (float(values[0]), float(values[1]), float(values[2]))


@dataclass(slots=True, kw_only=True)
class Kit:
    """Primitives gathered into one prop. `main` is the paint that the prompt asked for."""

    paints: Paints
    main: int
    colours: tuple[str, ...] = ()
    finish: str = ""
    seed: int = 0
    parts: list[Part] = field(default_factory=list)
    joints: list[Joint] = field(default_factory=list)
    hinge: int = -1
    stride: float = 1.0

    def paint(self, finish: str, colour: str = "") -> int:
        """Return a paint by its finish and colour."""
        return self.paints.row(material_of(colour=colour, natural=finish, finish=""))

    def tone(self, colour: str, finish: str = "paint") -> int:
        """Return a plain colour."""
        return self.paints.row(material_of(colour=colour, natural=finish, finish=""))

    def shade(self, by: float) -> int:
        """Return the main paint, darker or lighter."""
        material = self.paints.all()[self.main]
        return self.paints.row(
            replace(
                material,
                base=_bounded(times(material.base, by)),
                second=_bounded(times(material.second, by)),
            )
        )

    def marked(self, pattern: str, second: Vec) -> int:
        """Return the main paint with a pattern that fits its body, drawn in a second colour."""
        material = self.paints.all()[self.main]
        return self.paints.row(replace(material, second=second, pattern=PATTERNS[pattern]))

    def glow(self, colour: Vec, power: float) -> int:
        """Return a paint that shines."""
        return self.paints.row(
            Material(base=WHITE, second=WHITE, roughness=0.6, emit=times(colour, power))
        )

    def luck(self, number: int) -> float:
        """Return this prop's own number between 0 and 1."""
        return chance(self.seed, number)

    def ball(self, at: Vec, size: float | Vec, paint: int, turn: Quat = UNTURNED) -> None:
        """Add a ball, or an ellipsoid of three radii."""
        radii = (size, size, size) if isinstance(size, float | int) else size
        self._add(shapes.SPHERE, at, turn, radii, paint)

    def box(self, at: Vec, half: Vec, paint: int, turn: Quat = UNTURNED) -> None:
        """Add a box by its half edges."""
        self._add(shapes.BOX, at, turn, half, paint)

    def tube(self, at: Vec, radius: float, half: float, paint: int, turn: Quat = UNTURNED) -> None:
        """Add a cylinder along y."""
        self._add(shapes.CYLINDER, at, turn, (radius, half, radius), paint)

    def cone(self, at: Vec, radius: float, half: float, paint: int, turn: Quat = UNTURNED) -> None:
        """Add a cone that points along +y."""
        self._add(shapes.CONE, at, turn, (radius, half, radius), paint)

    def ring(self, at: Vec, radius: float, tube: float, paint: int, turn: Quat = UNTURNED) -> None:
        """Add a torus about y."""
        self._add(shapes.TORUS, at, turn, (radius, tube, radius), paint)

    def limb(self, a: Vec, b: Vec, radius: float, paint: int, *, ends: bool = True) -> None:
        """Add a round bar from a to b."""
        axis = sub(b, a)
        self.tube(mix(a, b, 0.5), radius, norm(axis) / 2, paint, upright(unit(axis, UP)))
        if ends:
            self.ball(a, radius, paint)
            self.ball(b, radius, paint)

    def joint(self, drive: str, pivot: Vec, axis: Vec, amount: float, **more: float) -> int:
        """Add a hinge; parts that are added while it is `hinge` turn with it."""
        parent = int(more.get("parent", -1))
        self.joints.append(
            Joint(
                drive=drive,
                pivot=pivot,
                axis=unit(axis),
                amount=amount,
                phase=more.get("phase", 0.0),
                parent=parent,
            )
        )
        return len(self.joints) - 1

    def _add(self, shape: int, at: Vec, turn: Quat, size: Vec, paint: int) -> None:
        self.parts.append(
            Part(
                shape=shape, position=at, rotation=turn, size=size, material=paint, joint=self.hinge
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Prop:
    """A finished prop: standing on y = 0, centred over the origin."""

    parts: tuple[Part, ...]
    joints: tuple[Joint, ...]
    half: Vec
    stride: float

    @property
    def height(self) -> float:
        """Tell how tall it stands."""
        return 2.0 * self.half[1]

    @property
    def reach(self) -> float:
        """Tell how far it spreads over the ground from its middle."""
        return math.hypot(self.half[0], self.half[2])


def finished(kit: Kit, *, size: float) -> Prop:
    """Take a prop out of its kit: scaled so that its largest extent is `size`, on the ground."""
    low, high = bounds(kit.parts)
    span = sub(high, low)
    k = size / max(*span, 1e-6)
    shift = (-(low[0] + high[0]) / 2, -low[1], -(low[2] + high[2]) / 2)
    parts = tuple(
        replace(p, position=times(add(p.position, shift), k), size=times(p.size, k))
        for p in kit.parts
    )
    return Prop(
        parts=parts,
        joints=tuple(_fitted(joint, shift, k) for joint in kit.joints),
        half=times(span, k / 2),
        stride=kit.stride * k,
    )


def bounds(parts: Sequence[Part]) -> tuple[Vec, Vec]:
    """Return the least and greatest corner of the parts."""
    boxes = [(part.position, _half_box(part)) for part in parts] or [(ORIGIN, (0.5, 0.5, 0.5))]
    low = [min(at[i] - half[i] for at, half in boxes) for i in range(3)]
    high = [max(at[i] + half[i] for at, half in boxes) for i in range(3)]
    return _vec(low), _vec(high)


def _half_box(part: Part) -> Vec:
    size = part.size
    if part.shape == shapes.TORUS:
        size = (size[0] + size[1], size[1], size[2] + size[1])
    axes = [turned(part.rotation, axis) for axis in ((1.0, 0.0, 0.0), UP, (0.0, 0.0, 1.0))]
    if part.shape == shapes.SPHERE:
        return _vec(
            [math.sqrt(sum((axes[k][i] * size[k]) ** 2 for k in range(3))) for i in range(3)]
        )
    return _vec([sum(abs(axes[k][i]) * size[k] for k in range(3)) for i in range(3)])


def _fitted(joint: Joint, shift: Vec, k: float) -> Joint:
    amount = joint.amount * k if joint.drive == "wheel" else joint.amount
    return replace(joint, pivot=times(add(joint.pivot, shift), k), amount=amount)
