"""The builder of a place: it knows the camera and the players, and what must stay clear."""

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from functions.models.previz import snapshot as kinds
from functions.models.previz.blocking import Plot, Puff
from functions.models.previz.camera import View, field_of_view, view
from functions.models.previz.daylight import Light
from functions.models.previz.kit import Kit, Paints, finished, material_of
from functions.models.previz.lexicon import table
from functions.models.previz.motion import pose
from functions.models.previz.props import PROPS
from functions.models.previz.reading import Thing
from functions.models.previz.scene import Body, Collider, Material, Scene
from functions.models.previz.space import UP, Vec, chance, mix, norm, sub, times, turn, turned

MOST_BODIES = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a place stands on."""

    material: int
    kind: int = kinds.PLANE
    height_m: float = 0.0
    scale_m: float = 1.0
    wet: float = 0.0
    tint: Vec | None = None


@dataclass(kw_only=True)
class Site:
    """A place in the making."""

    place: str
    row: dict[str, Any]
    plot: Plot
    scene: Scene
    paints: Paints
    light: Light
    number: int
    pivot: Vec
    reach: float
    bodies: list[Body] = field(default_factory=list)
    puffs: list[Puff] = field(default_factory=list)

    def luck(self, number: int) -> float:
        """Return this place's own number between 0 and 1."""
        return chance(self.scene.seed, 5000 + number)

    def paint(self, finish: str, colour: str = "") -> int:
        """Return a paint by finish and colour."""
        return self.paints.row(material_of(natural=finish, colour=colour, finish=""))

    def glow(self, colour: Vec, power: float) -> int:
        """Return a paint that shines."""
        return Kit(paints=self.paints, main=0).glow(colour, power)

    def floor(self) -> int:
        """Return the paint of the ground, as the prompt colours it."""
        reading = self.plot.reading
        finish = self.row.get("floor", "backdrop")
        if reading.place_finish in {
            "wood",
            "stone",
            "marble",
            "concrete",
            "brick",
            "mossy",
            "checked",
        }:
            finish = reading.place_finish
        shade = reading.place_finish if reading.place_finish in {"dark", "light"} else ""
        if reading.place_colour and reading.place and finish not in {"sea", "blackwater"}:
            return self.paints.row(_tinted(finish, reading.place_colour))
        return self.paints.row(material_of(natural=finish, finish=shade))

    def ground_stone(self, colour: str) -> int:
        """Return rock that has taken on the colour of the ground."""
        return self.paints.row(_tinted("stone", colour))

    @cached_property
    def views(self) -> list[View]:
        """Return the camera at its start, its middle and its end."""
        return [view(self.scene, share * self.scene.rig.span) for share in (0.0, 0.33, 0.67, 1.0)]

    @cached_property
    def keep(self) -> list[tuple[Vec, float]]:
        """List where the players go, and how much room each needs."""
        spots = []
        for number, body in enumerate(self.scene.bodies):
            size = max((max(p.size) for p in body.parts), default=0.5)
            far = max((math.hypot(p.position[0], p.position[2]) for p in body.parts), default=0.0)
            for share in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25):
                at = pose(self.scene, number, share * self.scene.rig.span).place
                spots.append((at, max(far, size)))
        return spots

    @property
    def away(self) -> float:
        """Tell how far the camera stands from the middle of things."""
        return norm(sub(self.pivot, self.views[0].place))

    @property
    def turns(self) -> bool:
        """Tell whether the camera sees much more than one side of the place."""
        return any(m.kind.startswith(("orbit", "pan")) for m in self.scene.rig.moves)

    @property
    def shot_yaw(self) -> float:
        """Return the yaw of the camera half way."""
        ahead = turned(self.views[1].turn, (0.0, 0.0, -1.0))
        return math.atan2(-ahead[0], -ahead[2])

    @property
    def sideways(self) -> float:
        """Tell how far anyone ever stands to either side of the pivot, as the camera sees it."""
        c, s = math.cos(self.shot_yaw), math.sin(self.shot_yaw)
        return max(
            (
                abs((at[0] - self.pivot[0]) * c - (at[2] - self.pivot[2]) * s) + room
                for at, room in self.keep
            ),
            default=0.0,
        )

    def behind(self, side: float, depth: float) -> Vec:
        """Return a place on the ground, `side` and `depth` metres from the pivot in the frame."""
        yaw = self.shot_yaw
        x, _, z = turned(turn(UP, yaw), (side, 0.0, -depth))
        return (self.pivot[0] + x, 0.0, self.pivot[2] + z)

    def width_at(self, depth: float) -> float:
        """Return how wide the frame is at a depth beyond the pivot."""
        focal = self.scene.rig.focal_mm
        return 2.0 * (self.away + depth) * math.tan(field_of_view(focal) / 2)

    def clear(self, at: Vec, radius: float) -> bool:
        """Tell whether something may stand at a place: in nobody's way, and in front of nobody."""
        for spot, room in self.keep:
            if math.hypot(at[0] - spot[0], at[2] - spot[2]) < radius + room * 1.15:
                return False
        return all(self._unseen(camera, at, radius) for camera in self.views)

    def _unseen(self, camera: View, at: Vec, radius: float) -> bool:
        """Tell whether a thing leaves the line from the camera to the pivot free."""
        ax, az = self.pivot[0] - camera.place[0], self.pivot[2] - camera.place[2]
        bx, bz = at[0] - camera.place[0], at[2] - camera.place[2]
        long = math.hypot(ax, az)
        along = (ax * bx + az * bz) / max(long, 1e-6)
        if along > long + radius * 0.2:
            return True
        aside = abs(ax * bz - az * bx) / max(long, 1e-6)
        half = math.tan(field_of_view(camera.focal_mm) / 2)
        if along < 0.0:
            return math.hypot(bx, bz) > 1.3 * radius + 0.4
        near = max(along, 0.0) / max(long, 1e-6)
        margin = self.reach * near + 0.25 * half * along
        return aside > margin + radius and (along > 0.55 * long or aside > half * along + radius)

    def put(self, kit: Kit, at: Vec, *, size: float = 0.0, yaw: float = 0.0) -> None:
        """Add what a kit holds; without a size its units are metres and its origin stays."""
        if len(self.bodies) >= MOST_BODIES:
            return
        if size:
            prop = finished(kit, size=size)
            parts, joints = prop.parts, prop.joints
        else:
            parts, joints = tuple(kit.parts), tuple(kit.joints)
        self.bodies.append(
            Body(
                subject=self.number, parts=parts, joints=joints, position=at, rotation=turn(UP, yaw)
            )
        )

    def kit(self, main: int = 0) -> Kit:
        """Return an empty kit."""
        return Kit(paints=self.paints, main=main, seed=self.scene.seed * 7 + len(self.bodies) + 1)

    def add(
        self, prop: str, at: Vec, size: float, *, yaw: float | None = None, paint: int | None = None
    ) -> None:
        """Add a prop in its natural paint."""
        row = next(r for r in table("nouns").values() if r["prop"] == prop)
        natural = row.get("finish", "plain")
        main = paint if paint is not None else self.paint(natural, row.get("colour", ""))
        kit = self.kit(main)
        PROPS.get(prop)(kit)
        facing = yaw if yaw is not None else 6.283 * self.luck(len(self.bodies) + 11)
        self.put(kit, at, size=size, yaw=facing)

    def box(
        self, centre: Vec, half: Vec, paint: int, *, yaw: float = 0.0, solid: bool = False
    ) -> None:
        """Add a block, which bodies bounce off where it is solid."""
        kit = self.kit()
        kit.box((0.0, 0.0, 0.0), half, paint)
        self.put(kit, centre, yaw=yaw)
        if solid and self.bodies:
            wall = Collider(shape="box", centre=(0.0, 0.0, 0.0), half=half, mass=1e6, hold="fixed")
            self.bodies[-1] = Body(
                subject=self.number,
                parts=self.bodies[-1].parts,
                position=centre,
                rotation=turn(UP, yaw),
                collider=wall,
            )

    def scatter(
        self,
        props: tuple[str, ...],
        count: int,
        *,
        near: float,
        far: float,
        sizes: tuple[float, float],
        wide: float = 1.5,
        paint: int | None = None,
    ) -> None:
        """Strew props behind the players, as wide as the camera sees and somewhat more."""
        for k in range(count):
            a, b, c = self.luck(700 + 3 * k), self.luck(701 + 3 * k), self.luck(702 + 3 * k)
            depth = near + (far - near) * a**1.3
            if self.turns:
                angle = 6.283 * b
                radius = self.reach + depth * 0.8 + 0.3 * near
                at = (
                    self.pivot[0] + radius * math.cos(angle),
                    0.0,
                    self.pivot[2] + radius * math.sin(angle),
                )
            else:
                at = self.behind((b - 0.5) * wide * self.width_at(depth), depth)
            size = sizes[0] + (sizes[1] - sizes[0]) * c
            if self.clear(at, 0.35 * size):
                self.add(props[k % len(props)], at, size, paint=paint)

    def has(self, *nouns: str) -> bool:
        """Tell whether the prompt already names one of these."""
        return any(p.thing.noun in nouns for p in self.plot.players)

    def flavour(self, otherwise: tuple[str, ...]) -> tuple[str, ...]:
        """Return the plants that the prompt gives the place: a pine forest, a palm beach."""
        row = table("nouns").get(self.plot.reading.flavour)
        return (row["prop"],) if row else otherwise


def _tinted(finish: str, colour: str) -> Material:
    """Colour a ground as earth and stone are coloured: never as pure as paint."""
    natural, pure = (
        material_of(natural=finish, finish=""),
        material_of(natural=finish, colour=colour, finish=""),
    )
    base = mix(pure.base, natural.base, 0.42)
    return replace(pure, base=base, second=times(base, 0.78))


def thing(noun: str) -> Thing:
    """Make a plain thing."""
    return Thing(noun=noun, word=noun)
