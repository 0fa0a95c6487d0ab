"""The movies that a delivery can hold: what encodes each, at which depth, for which screen."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Container = Literal["mp4", "mov", "avif"]
Screen = Literal["srgb", "rec709", "pq", "hlg"]
"""What a picture is made for: sRGB and BT.1886 displays, and the two HDR signals of BT.2100."""

X265: Final = "frame-threads=2:info=0:log-level=error"
"""The number of frames that x265 works on at once decides its bits, so it is always the same."""

_ULTRA: Final[Mapping[str, str]] = {"profile": "4444xq", "vendor": "apl0"}
_FOUR: Final[Mapping[str, str]] = {"profile": "4444", "vendor": "apl0"}
_DNX: Final[Mapping[str, str]] = {"profile": "dnxhr_444"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """One kind of movie.

    `layout` is FFmpeg's name for planes and depth, `bits` how deep they are; `tag` is the four
    letters that players of Apple's want; `screen` is what the picture is made for.
    """

    title: str
    encoder: str
    layout: str
    bits: int
    container: Container
    screen: Screen
    options: Mapping[str, str]
    tag: str = ""

    @property
    def subsampled(self) -> bool:
        """Say whether colour is kept for every other pixel only."""
        return "420" in self.layout


CODECS: Final[Mapping[str, Codec]] = MappingProxyType({
    "h264": Codec(
        title="H.264, 8 bits, Rec.709", encoder="libx264", layout="yuv420p", bits=8,
        container="mp4", screen="rec709",
        options={"crf": "16", "preset": "medium", "profile": "high", "x264-params": "mbtree=0"},
    ),
    "hdr10": Codec(
        title="HEVC Main 10, HDR10", encoder="libx265", layout="yuv420p10le", bits=10,
        container="mp4", screen="pq", tag="hvc1",
        options={"crf": "14", "preset": "fast", "x265-params": X265},
    ),
    "hlg": Codec(
        title="HEVC Main 10, HLG", encoder="libx265", layout="yuv420p10le", bits=10,
        container="mp4", screen="hlg", tag="hvc1",
        options={"crf": "14", "preset": "fast", "x265-params": X265},
    ),
    "hevc12": Codec(
        title="HEVC 4:4:4, 12 bits, PQ", encoder="libx265", layout="yuv444p12le", bits=12,
        container="mp4", screen="pq", tag="hvc1",
        options={"crf": "8", "preset": "fast", "x265-params": X265},
    ),
    "prores4444": Codec(
        title="ProRes 4444, Rec.709", encoder="prores_ks", layout="yuv444p10le", bits=10,
        container="mov", screen="rec709", options=_FOUR,
    ),
    "prores4444_pq": Codec(
        title="ProRes 4444, PQ", encoder="prores_ks", layout="yuv444p10le", bits=10,
        container="mov", screen="pq", options=_FOUR,
    ),
    "prores4444xq": Codec(
        title="ProRes 4444 XQ, Rec.709", encoder="prores_ks", layout="yuv444p10le", bits=10,
        container="mov", screen="rec709", options=_ULTRA,
    ),
    "prores4444xq_pq": Codec(
        title="ProRes 4444 XQ, PQ", encoder="prores_ks", layout="yuv444p10le", bits=10,
        container="mov", screen="pq", options=_ULTRA,
    ),
    "dnxhr": Codec(
        title="DNxHR 444, Rec.709", encoder="dnxhd", layout="yuv444p10le", bits=10,
        container="mov", screen="rec709", options=_DNX,
    ),
    "dnxhr_pq": Codec(
        title="DNxHR 444, PQ", encoder="dnxhd", layout="yuv444p10le", bits=10,
        container="mov", screen="pq", options=_DNX,
    ),
})  # fmt: skip
"""By the names that a shot list uses."""

AVIF: Final = Codec(
    title="AVIF, 10 bits, PQ", encoder="libsvtav1", layout="yuv420p10le", bits=10,
    container="avif", screen="pq",
    options={"crf": "12", "preset": "6", "svtav1-params": "lp=1:avif=1"},
)  # fmt: skip
STILLS: Final[Mapping[str, str]] = MappingProxyType({"avif": "avif", "gif": "gif", "webp": "webp"})
SEQUENCES: Final[Mapping[str, str]] = MappingProxyType({"dpx": "dpx", "tiff": "tif"})
"""Stills and sequences of pictures by name, with what their files end with."""


def ending(movie: str) -> str:
    """Say what a movie's file ends with; the review is an MP4."""
    return CODECS[movie].container if movie in CODECS else "mp4"
