"""The shot list as values: every field that a person may write, frozen."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict, WithJsonSchema, model_validator

from farm.shots.faults import Refused
from farm.shots.units import (
    Degrees,
    ExactRate,
    Frames,
    FStop,
    KeyedFrame,
    Millimetres,
    Resolution,
    Seconds,
)

Move = Literal[
    "static", "pan_left", "pan_right", "tilt_up", "tilt_down", "roll_left", "roll_right",
    "dolly_in", "dolly_out", "truck_left", "truck_right", "pedestal_up", "pedestal_down",
    "crane_up", "crane_down", "orbit_left", "orbit_right", "zoom_in", "zoom_out", "push_in",
    "pull_out", "handheld", "steadicam", "dolly_zoom",
]  # fmt: skip
Aspect = Literal[
    "16:9", "9:16", "1:1", "4:3", "3:4", "21:9", "9:21", "2.39:1", "3:2", "2:3", "2:1", "1:2",
    "3:1", "1:3",
]  # fmt: skip
NAME = r"^[A-Za-z][A-Za-z0-9_]{0,63}$"
Name = Annotated[str, Field(pattern=NAME)]
Text = Annotated[str, Field(min_length=1, max_length=8000)]
Word = Annotated[str, Field(min_length=1, max_length=200)]
PathText = Annotated[str, Field(min_length=1, max_length=1000)]
Whole = Annotated[int, Strict()]
Share = Annotated[float, Strict(), Field(ge=0, le=1)]
Flag = Annotated[bool, Strict()]
Point = tuple[Share, Share]
Frame = Annotated[int, Strict(), Field(ge=0, lt=10**7)]

_TAKES_HINT = "write takes: 4, or takes: {min: 2, max: 6}"
_COUNT = {"type": "integer", "minimum": 1, "maximum": 64}
_TAKES_SCHEMA = {
    "anyOf": [
        _COUNT,
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["min", "max"],
            "properties": {"min": _COUNT, "max": _COUNT},
        },
    ],
    "default": 4,
}


class Frozen(BaseModel):
    """The common rule: immutable, and nothing unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Character(Frozen):
    """Someone or something that must look the same in every shot that names it."""

    description: Annotated[Text, Field(description="What it looks like, in words.")]
    references: Annotated[
        tuple[PathText, ...],
        Field(max_length=64, description="Pictures of it: paths from the list's folder."),
    ] = ()


class Camera(Frozen):
    """A real camera: full-frame focal length, aperture, shutter, and how it moves."""

    moves: Annotated[
        tuple[Move, ...],
        Field(min_length=1, max_length=8, description="Moves, made together."),
    ] = ("static",)
    focal_length: Annotated[
        Millimetres, Field(description="Full-frame equivalent, 14mm to 200mm.")
    ] = 35.0
    aperture: Annotated[FStop, Field(description="f/1.2 to f/16.")] = 8.0
    shutter_angle: Annotated[Degrees, Field(description="45deg to 360deg.")] = 180.0
    speed: Annotated[
        Literal["slow", "normal", "fast"], Field(description="How quick the moves are.")
    ] = "normal"


class Keyframe(Frozen):
    """A picture that a frame must match."""

    frame: Annotated[KeyedFrame, Field(description="A frame's number, or first or last.")]
    image: Annotated[PathText, Field(description="A path from the list's folder.")]
    colorspace: Annotated[
        Word | None,
        Field(description="Its colours: srgb, rec709, pq, hlg, ACEScg ...; told by it if unset."),
    ] = None


class Annotation(Frozen):
    """A mark on the frame: coordinates run 0..1 from the top left corner."""

    frame: Annotated[Frame | None, Field(description="The frame that is marked.")] = None
    frames: Annotated[Frames | None, Field(description="Or the frames that are.")] = None
    arrow: Annotated[tuple[Point, Point] | None, Field(description="From here to there.")] = None
    path: Annotated[
        tuple[Point, ...] | None,
        Field(min_length=2, max_length=256, description="Along these points."),
    ] = None
    region: Annotated[
        tuple[Point, Point] | None, Field(description="Top left and bottom right corner.")
    ] = None
    gaze: Annotated[
        tuple[Point, Point] | None, Field(description="From the eyes to what they look at.")
    ] = None
    guides: Annotated[
        Literal["camera", "subject"] | None, Field(description="Who follows the mark.")
    ] = None
    subject: Annotated[Word | None, Field(description="Which subject, in a word.")] = None
    note: Annotated[Text | None, Field(description="What happens there, in words.")] = None

    @property
    def leads_camera(self) -> bool:
        """Tell whether the camera follows it: as it says, or an arrow that names nobody."""
        nobody = self.guides is None and self.subject is None
        return self.guides == "camera" or (nobody and self.arrow is not None)


class Takes(Frozen):
    """How many takes a round has: `min` at least, and up to `max` while another is worth it."""

    min: Annotated[Whole, Field(ge=1, le=64, description="Takes shot at once.")]
    max: Annotated[Whole, Field(ge=1, le=64, description="The most takes of a round.")]

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        """Let a bare number say both."""
        said = isinstance(value, Mapping | Takes)
        return value if said else {"min": value, "max": value}

    @model_validator(mode="after")
    def _ordered(self) -> "Takes":
        if self.min > self.max:
            raise Refused(f"{self.min} takes at least are more than {self.max}", _TAKES_HINT)
        return self


class Judging(Frozen):
    """When a take is good enough, how often to try again, and who chooses."""

    accept: Annotated[Share, Field(description="The least score of a good take.")] = 0.75
    rounds: Annotated[Whole, Field(ge=1, le=8, description="The most rounds of drafts.")] = 2
    choose: Annotated[Literal["auto", "human"], Field(description="Who circles the take.")] = "auto"


class Extend(Frozen):
    """Go on past the shot's own duration, to a total length."""

    to: Annotated[Seconds, Field(description="The total length.")]


class Edit(Frozen):
    """Remake given footage: keep its motion, change the rest."""

    plate: Annotated[PathText, Field(description="The footage: a path from the list's folder.")]
    strength: Annotated[
        Literal[
            "adhere_1", "adhere_2", "adhere_3", "flex_1", "flex_2", "flex_3",
            "reimagine_1", "reimagine_2", "reimagine_3",
        ],
        Field(description="How far from the plate it may go."),
    ] = "flex_2"  # fmt: skip
    colorspace: Annotated[
        Word | None,
        Field(
            description="Its colours: rec709, srgb, pq, hlg, ARRI LogC4 ...; told by it if unset."
        ),
    ] = None


class Reframe(Frozen):
    """Recompose a master to another aspect."""

    aspect: Annotated[Aspect, Field(description="The aspect to reach.")]
    source: Annotated[
        tuple[Point, Point] | None,
        Field(description="The part of the master to stay within: two corners."),
    ] = None
    follow: Annotated[Word | None, Field(description="The subject to keep in frame.")] = None


class Exr(Frozen):
    """How the delivered EXRs are written."""

    compression: Annotated[
        Literal["dwab", "zip", "none"], Field(description="dwab is lossy, zip lossless.")
    ] = "dwab"
    container: Annotated[
        Literal["plain", "st2065-4"],
        Field(description="st2065-4 is the strict ACES container, uncompressed."),
    ] = "plain"
    layers: Annotated[
        tuple[Literal["beauty", "depth", "motion", "cryptomatte", "normal"], ...],
        Field(min_length=1, max_length=5, description="What each EXR holds."),
    ] = ("beauty",)


class Delivery(Frozen):
    """What is handed over, and at what size."""

    resolution: Annotated[
        Resolution, Field(description="The box that frames fit in: 3840x2160, 4k, 1080p ...")
    ] = "3840x2160"
    handles: Annotated[Whole, Field(ge=0, le=240, description="Extra frames at each end.")] = 0
    rate: Annotated[
        ExactRate | None,
        Field(
            description="Frames a second to deliver, made by interpolation; the shot's if unset."
        ),
    ] = None
    exr: Exr = Exr()
    movies: Annotated[
        tuple[
            Literal[
                "review", "h264", "hdr10", "hlg", "hevc12", "prores4444", "prores4444_pq",
                "prores4444xq", "prores4444xq_pq", "dnxhr", "dnxhr_pq",
            ],
            ...,
        ],
        Field(max_length=11, description="Movies beside the EXRs."),
    ] = ("review",)  # fmt: skip
    sequences: Annotated[
        tuple[Literal["tiff", "dpx"], ...],
        Field(max_length=2, description="Rec.709 pictures of 16 bits beside the EXRs."),
    ] = ()
    mhl: Annotated[Flag, Field(description="An ASC media hash list beside the manifest.")] = False
    credentials: Annotated[
        Flag, Field(description="Sign movies and stills as C2PA asks, with the farm's key.")
    ] = False
    stills: Annotated[
        tuple[Literal["avif", "webp", "gif"], ...],
        Field(max_length=3, description="Pictures for the web: HDR AVIF, WebP, moving GIF."),
    ] = ()


class Transition(Frozen):
    """How the cut comes into a shot from the one before it."""

    into: Annotated[Word, Field(description="The shot that it leads into.")]
    kind: Annotated[
        Literal["dissolve", "wipe", "cut"], Field(description="A wipe goes from left to right.")
    ] = "dissolve"
    duration: Annotated[
        Seconds, Field(description="Its length; half of it lies in the handles of each shot.")
    ] = 0.5


class Cut(Frozen):
    """The whole sequence: a review movie, and timelines for the editor."""

    shots: Annotated[
        tuple[Word, ...], Field(description="Which shots, in which order; the list's if unset.")
    ] = ()
    transitions: Annotated[
        tuple[Transition, ...], Field(max_length=1000, description="All others are plain cuts.")
    ] = ()


class Budget(Frozen):
    """The most that a run may spend, in US dollars, and what happens there."""

    usd: Annotated[float, Strict(), Field(ge=0, description="US dollars.")]
    on_cap: Annotated[
        Literal["finish_running", "cancel_running"],
        Field(description="What becomes of tasks that run when the money is spent."),
    ] = "finish_running"


class Shot(Frozen):
    """One shot, defaults merged in: ready to be shot."""

    shot: Annotated[Name, Field(description="Its name, such as sq010_sh0010.")]
    prompt: Annotated[Text, Field(description="What is seen, in words; {names} are filled.")]
    model: Annotated[Word, Field(description="The model that makes it.")] = "previz"
    rate: Annotated[ExactRate, Field(description="Frames a second, exact.")] = Field(
        default=24, validate_default=True
    )
    aspect: Annotated[Aspect, Field(description="Width to height.")] = "16:9"
    takes: Annotated[
        Takes,
        WithJsonSchema(_TAKES_SCHEMA),
        Field(description="Draft takes a round: a number, or {min: 2, max: 6}."),
    ] = Takes(min=4, max=4)
    seed: Annotated[
        Whole | None, Field(ge=0, lt=2**63, description="Fixes the first take's seed.")
    ] = None
    characters: Annotated[
        tuple[Word, ...], Field(max_length=32, description="Names from characters.")
    ] = ()
    duration: Annotated[Seconds | None, Field(description="Its length; or give frames.")] = None
    frames: Annotated[Frames | None, Field(description="Its frames; or give duration.")] = None
    camera: Camera = Camera()
    keyframes: Annotated[
        tuple[Keyframe, ...], Field(max_length=64, description="Pictures that frames match.")
    ] = ()
    annotations: Annotated[
        tuple[Annotation, ...], Field(max_length=256, description="Marks on the frame.")
    ] = ()
    judge: Judging = Judging()
    extend: Extend | None = None
    loop: Annotated[Flag, Field(description="The last frame leads back to the first.")] = False
    continues: Annotated[
        Word | None, Field(description="The shot whose end is this one's start.")
    ] = None
    edit: Edit | None = None
    reframe: Reframe | None = None
    variant: str = ""


class Sweep(Frozen):
    """One list, many variants: every combination of the axes' values."""

    matrix: Annotated[
        dict[Name, Annotated[tuple[object, ...], Field(min_length=1)]],
        Field(max_length=16, description="Axes: a shot field or a word that texts use."),
    ] = {}
    exclude: Annotated[
        tuple[dict[str, object], ...], Field(description="Combinations to leave out.")
    ] = ()
    include: Annotated[
        tuple[dict[str, object], ...], Field(description="Combinations to add.")
    ] = ()


LIST_FIELDS = {
    "show": "The show's name, such as aurora.",
    "defaults": "Any field of a shot; a shot's own value wins.",
    "characters": "Who and what must look the same in every shot that names it.",
    "shots": "The shots, in order.",
    "sweep": "One list, many variants.",
    "delivery": "What is handed over, and at what size.",
    "cut": "The whole sequence as one movie, with timelines for the editor.",
    "budget": "The most that a run may spend.",
}
"""What stands at the top of a list."""
WRITTEN = tuple(name for name in Shot.model_fields if name != "variant")
"""The fields of a shot that a person writes."""
