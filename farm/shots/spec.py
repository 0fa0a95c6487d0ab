"""The shot list as values: every field that a person may write, frozen."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from farm.shots.units import Degrees, ExactRate, Frames, FStop, Millimetres, Seconds

Move = Literal[
    "static", "pan_left", "pan_right", "tilt_up", "tilt_down", "roll_left", "roll_right",
    "dolly_in", "dolly_out", "truck_left", "truck_right", "pedestal_up", "pedestal_down",
    "crane_up", "crane_down", "orbit_left", "orbit_right", "zoom_in", "zoom_out", "push_in",
    "pull_out", "handheld", "steadicam", "dolly_zoom",
]  # fmt: skip
Aspect = Literal[
    "16:9", "9:16", "1:1", "4:3", "3:4", "21:9", "2.39:1", "3:2", "2:3", "2:1", "1:2", "3:1", "1:3"
]
Share = Annotated[float, Field(ge=0, le=1)]
Point = tuple[Share, Share]


class Frozen(BaseModel):
    """The common rule: immutable, and nothing unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Character(Frozen):
    """Someone or something that must look the same in every shot that names it."""

    description: str
    references: tuple[str, ...] = ()


class Camera(Frozen):
    """A real camera: full-frame focal length, aperture, shutter, and how it moves."""

    moves: tuple[Move, ...] = ("static",)
    focal_length: Millimetres = 35.0
    aperture: FStop = 8.0
    shutter_angle: Degrees = 180.0
    speed: Literal["slow", "normal", "fast"] = "normal"


class Keyframe(Frozen):
    """A picture that a frame must match."""

    frame: Annotated[int, Field(ge=0)] | Literal["first", "last"]
    image: str


class Annotation(Frozen):
    """A mark on the frame: coordinates run 0..1 from the top left corner."""

    frame: Annotated[int, Field(ge=0)] | None = None
    frames: Frames | None = None
    arrow: tuple[Point, Point] | None = None
    path: tuple[Point, ...] | None = None
    region: tuple[Point, Point] | None = None
    gaze: tuple[Point, Point] | None = None
    guides: Literal["camera", "subject"] | None = None
    subject: str | None = None
    note: str | None = None


class Judging(Frozen):
    """When a take is good enough, how often to try again, and who chooses."""

    accept: Share = 0.75
    rounds: Annotated[int, Field(ge=1, le=8)] = 2
    choose: Literal["auto", "human"] = "auto"


class Extend(Frozen):
    """Go on past the shot's own duration, to a total length."""

    to: Seconds


class Edit(Frozen):
    """Remake given footage: keep its motion, change the rest."""

    plate: str
    strength: Literal[
        "adhere_1", "adhere_2", "adhere_3", "flex_1", "flex_2", "flex_3",
        "reimagine_1", "reimagine_2", "reimagine_3",
    ] = "flex_2"  # fmt: skip


class Reframe(Frozen):
    """Recompose a master to another aspect."""

    aspect: Aspect
    source: tuple[Point, Point] | None = None
    follow: str | None = None


class Exr(Frozen):
    """How the delivered EXRs are written."""

    compression: Literal["dwab", "zip", "none"] = "dwab"
    container: Literal["plain", "st2065-4"] = "plain"
    layers: tuple[Literal["beauty", "depth", "motion", "cryptomatte", "normal"], ...] = ("beauty",)


class Delivery(Frozen):
    """What is handed over, and at what size."""

    resolution: str = "3840x2160"
    handles: Annotated[int, Field(ge=0, le=240)] = 0
    exr: Exr = Exr()
    movies: tuple[Literal["review", "hdr10", "prores4444"], ...] = ("review",)


class Budget(Frozen):
    """The most that a run may spend, in US dollars, and what happens there."""

    usd: Annotated[float, Field(ge=0)]
    on_cap: Literal["finish_running", "cancel_running"] = "finish_running"


class Shot(Frozen):
    """One shot, defaults merged in: ready to be shot."""

    shot: str
    prompt: str
    model: str = "previz"
    rate: ExactRate = Field(default=24, validate_default=True)
    aspect: Aspect = "16:9"
    takes: Annotated[int, Field(ge=1, le=64)] = 4
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    characters: tuple[str, ...] = ()
    duration: Seconds | None = None
    frames: Frames | None = None
    camera: Camera = Camera()
    keyframes: tuple[Keyframe, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    judge: Judging = Judging()
    extend: Extend | None = None
    loop: bool = False
    continues: str | None = None
    edit: Edit | None = None
    reframe: Reframe | None = None
    variant: str = ""
