"""The scene as a value: everything needed to film it again at any size and any time, in plain JSON.

A scene never changes with its length: frame k looks the same whatever `frames` says, so a longer
scene is the shorter one and more.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from types import UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from farm.digest import Plain, digest_value
from farm.errors import TaskError
from farm.frames import Rate
from functions.models.previz.space import ORIGIN, UNTURNED, UP, Quat, Vec

KIND = "scene"
VERSION = 1
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a surface is made of; the numbers are the columns of `snapshot.MATERIAL_COLUMNS`."""

    base: Vec
    second: Vec
    pattern: int = 0
    scale: float = 1.0
    roughness: float = 0.6
    metallic: float = 0.0
    transmission: float = 0.0
    ior: float = 1.5
    emit: Vec = ORIGIN
    bump: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One primitive of a body, in the body's own axes: forward +x, up +y, feet at y = 0."""

    shape: int
    position: Vec
    rotation: Quat
    size: Vec
    material: int
    joint: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """A hinge of a body: what drives it, about which pivot and axis, how far, and in what phase.

    Drives: leg, knee, arm, wheel, rotor, flap, sway, nod, door. `amount` is radians at full
    swing; metres of radius for a wheel; turns a second for a rotor.
    """

    drive: str
    pivot: Vec
    axis: Vec
    amount: float
    phase: float = 0.0
    parent: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing that a body does from `start` on, for `length` seconds (0: without end).

    Verbs: travel (along `points`, `amount` m/s; `times` fixes when each point is met), bend (a
    travel turns back on half circles of signed radius `amount`, `rate` metres between them), roll,
    spin, orbit, bob, swing, hop, rise, grow, shake, open, dance, vanish, appear, burst.
    """

    verb: str
    start: float = 0.0
    length: float = 0.0
    amount: float = 0.0
    rate: float = 0.0
    phase: float = 0.0
    axis: Vec = UP
    points: tuple[Vec, ...] = ()
    times: tuple[float, ...] = ()
    target: int = -1
    stops: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Collider:
    """How a body takes part in physics: `free` obeys it, `led` follows its acts, `fixed` stays.

    `centre` is in the body's axes; `half` the half edges of a box, or the radius of a ball, thrice.
    A free body sleeps until `release`, or until something hits it.
    """

    shape: str
    centre: Vec
    half: Vec
    mass: float
    hold: str
    bounce: float = 0.15
    friction: float = 0.55
    release: float = 0.0
    velocity: Vec = ORIGIN
    spin: Vec = ORIGIN
    shove: Vec = ORIGIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A thing in one piece: its primitives, its hinges, where it starts and what it does."""

    subject: int
    parts: tuple[Part, ...]
    joints: tuple[Joint, ...] = ()
    position: Vec = ORIGIN
    rotation: Quat = UNTURNED
    acts: tuple[Act, ...] = ()
    collider: Collider | None = None
    stride: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the prompt names: its noun, how large it stands, and whether it is only a stand-in."""

    name: str
    noun: str
    centre: Vec = ORIGIN
    height: float = 1.0
    stand_in: bool = False
    scenery: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitter:
    """A cloud of particles: each lives `life` seconds, over and over, from seeded places.

    `spread` is the half size of the box it is born in, `jitter` the half range of its velocity,
    `swirl` metres of wandering, `grow` its final over its first radius.
    """

    name: str
    count: int
    origin: Vec
    spread: Vec
    velocity: Vec
    jitter: Vec
    gravity: float
    life: float
    radius: float
    materials: tuple[int, ...]
    seed: int
    grow: float = 1.0
    swirl: float = 0.0
    floor: float = -1e9
    start: float = -1e9
    once: bool = False
    body: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraMove:
    """One move of the vocabulary and how much of it is done by the end of `Rig.span`.

    Radians for pan, tilt, roll and orbit; metres for dolly, truck, pedestal and crane; the factor
    of the focal length for a zoom; strength for handheld and steadicam. `ease` is the speed at
    both ends over the mean speed: 1 moves evenly.
    """

    kind: str
    amount: float
    ease: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """The camera: where it starts, what it looks at, and how it moves in `span` seconds."""

    position: Vec
    target: Vec
    pivot: Vec
    focal_mm: float
    f_stop: float
    shutter_angle: float
    span: float
    moves: tuple[CameraMove, ...] = ()
    seed: int = 0
    roll: float = 0.0
    blades: int = 0
    focus: int = -1
    follow: int = -1
    follow_share: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """The camera of a shot that continues another: it takes over `start` seconds into the scene."""

    start: float
    rig: Rig


@dataclass(frozen=True, slots=True, kw_only=True)
class Sky:
    """Sky, sun, ground and fog: the lasting part of `snapshot.Air`."""

    sky: int
    sun: Vec
    turbidity: float
    clouds: float
    exposure_stops: float
    fog: float
    fog_color: Vec
    tint: Vec
    ground: int
    ground_material: int
    terrain_height_m: float
    terrain_scale_m: float
    wetness: float
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """All of one take. `period` above 0 closes it to a loop of that many seconds."""

    frames: int
    rate: str
    seed: int
    aspect: float
    subjects: tuple[Subject, ...]
    bodies: tuple[Body, ...]
    materials: tuple[Material, ...]
    emitters: tuple[Emitter, ...]
    rig: Rig
    sky: Sky
    prompt: str = ""
    understood: tuple[str, ...] = ()
    not_understood: tuple[str, ...] = ()
    setting: str = ""
    light: str = ""
    period: float = 0.0
    closure: tuple[str, ...] = ()
    legs: tuple[Leg, ...] = ()
    version: int = VERSION

    def rig_at(self, time: float) -> tuple[Rig, float]:
        """Return the camera that films at a time, and when it took over."""
        for leg in reversed(self.legs):
            if time >= leg.start:
                return leg.rig, leg.start
        return self.rig, 0.0

    def seconds(self) -> float:
        """Tell how long the footage runs."""
        return self.frames / float(Rate.parse(self.rate))


def to_plain(scene: Scene) -> dict[str, Plain]:
    """Write a scene as plain JSON."""
    plain = _plain(scene)
    assert isinstance(plain, dict)
    return plain


def from_plain(plain: Mapping[str, Plain]) -> Scene:
    """Read a scene back; raises TaskError for one of another version."""
    if plain.get("version") != VERSION:
        raise TaskError(
            f"this is not a scene of version {VERSION}",
            hint="the scene was made by another release of previz; draft the shot again",
        )
    return _build(Scene, plain)


@lru_cache(maxsize=64)
def scene_digest(scene: Scene) -> str:
    """Digest everything of a scene but its length, which changes no frame."""
    plain = to_plain(scene)
    plain.pop("frames")
    return digest_value(plain)


def _plain(value: Any) -> Plain:  # noqa: ANN401  # walks any field of any of the classes above
    if is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    assert value is None or isinstance(value, bool | int | float | str)
    return value


def _build(kind: type[T], plain: Any) -> T:  # noqa: ANN401  # the mirror of _plain
    hints = _hints(cast("Hashable", kind))
    return kind(**{name: _read(hints[name], value) for name, value in plain.items()})


@lru_cache(maxsize=32)
def _hints(kind: Hashable) -> dict[str, Any]:
    return get_type_hints(kind)


def _read(hint: Any, value: Any) -> Any:  # noqa: ANN401  # as _build
    if hint is float:
        return float(value)
    if isinstance(hint, UnionType):
        return None if value is None else _read(get_args(hint)[0], value)
    if get_origin(hint) is tuple:
        inner = get_args(hint)
        kinds = [inner[0]] * len(value) if inner[-1] is Ellipsis else inner
        return tuple(_read(k, v) for k, v in zip(kinds, value, strict=True))
    return _build(cast("type[Any]", hint), value) if is_dataclass(hint) else value
