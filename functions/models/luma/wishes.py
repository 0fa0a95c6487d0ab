"""From a request to what the service is asked: its words, its sizes, its pictures."""

import base64
import mimetypes
from collections.abc import Mapping
from pathlib import Path

from farm.digest import Plain
from farm.errors import TaskError
from farm.media.movie import movie_facts
from farm.shots.request import Request

MODEL = "ray-3.2"
RATE = 24
SECONDS = (5, 10)
ASPECTS = {"9:16": 9 / 16, "3:4": 3 / 4, "1:1": 1.0, "4:3": 4 / 3, "16:9": 16 / 9, "21:9": 21 / 9}
TIERS = (360, 540, 720, 1080)
LONGEST_PROMPT = 6000
LONGEST_PLATE_SECONDS = 18
VERSION = 1
"""Raise this, and the card's revision with it, when the same request is put in other words."""


def seconds_for(frames: int) -> int:
    """Say how long a generation must be to hold so many frames; raises TaskError past the most."""
    for seconds in SECONDS:
        if frames <= seconds * RATE:
            return seconds
    hint = f"{SECONDS[-1] * RATE} frames is the most; extend the shot instead"
    raise TaskError(f"luma cannot make {frames} frames in one go", hint=hint)


def new_wish(request: Request, files: Mapping[str, Path]) -> dict[str, Plain]:
    """Ask for a take from words and keyframes, or for a plate to be remade."""
    if request.plate:
        return _edit_wish(request, files[request.plate.file])
    video: dict[str, Plain] = {
        "resolution": tier(request.size),
        "duration": f"{seconds_for(request.frames)}s",
    }
    if request.loop:
        video["loop"] = True
    if request.keyframes:
        video["keyframes"] = [picture(files[key.file]) for key in request.keyframes]
        video["keyframe_indexes"] = [key.frame for key in request.keyframes]
    return _wish(request, video)


def _edit_wish(request: Request, plate: Path) -> dict[str, Plain]:
    """Ask for a plate to be remade; its strengths are the very words of a shot list."""
    assert request.plate
    facts = movie_facts(plate)
    seconds = facts.frames / facts.rate if facts.frames else 0
    if seconds > LONGEST_PLATE_SECONDS:
        hint = f"cut it to {LONGEST_PLATE_SECONDS} seconds"
        raise TaskError(f"luma remakes plates of {LONGEST_PLATE_SECONDS} s at most", hint=hint)
    edit: dict[str, Plain] = {"strength": request.plate.strength}
    wish = _wish(request, {"resolution": tier(request.size), "edit": edit})
    source = inline(plate.read_bytes(), movie_kind_of(plate.read_bytes()))
    return {**wish, "type": "video_edit", "source": source}


def movie_kind_of(data: bytes) -> str:
    """Tell a movie's media type from how it begins."""
    return "video/quicktime" if data[4:12] == b"ftypqt  " else "video/mp4"


def next_wish(request: Request, start: Mapping[str, Plain]) -> dict[str, Plain]:
    """Ask for what follows: from a whole generation's end, or from the picture of a frame."""
    return _wish(
        request, {"resolution": tier(request.size), "duration": "5s", "start_frame": dict(start)}
    )


def picture(path: Path) -> dict[str, Plain]:
    """Send a picture with the request."""
    kind = mimetypes.guess_type(path.name)[0] or kind_of(path.read_bytes())
    return inline(path.read_bytes(), kind)


def inline(data: bytes, kind: str) -> dict[str, Plain]:
    """Write bytes as the service takes them."""
    return {"data": base64.b64encode(data).decode(), "media_type": kind}


def kind_of(data: bytes) -> str:
    """Tell a picture's media type from how it begins."""
    if data.startswith(b"\x89PNG"):
        return "image/png"
    if data.startswith(b"\xff\xd8"):
        return "image/jpeg"
    if data[8:12] == b"WEBP":
        return "image/webp"
    raise TaskError("luma takes PNG, JPEG and WebP pictures", hint="write the picture as PNG")


def tier(size: tuple[int, int]) -> str:
    """Name the smallest tier that is no smaller than a draft."""
    edge = min(size)
    return f"{next((tier for tier in TIERS if tier >= edge), TIERS[-1])}p"


def aspect(size: tuple[int, int]) -> str:
    """Name the aspect that is nearest to a size."""
    ratio = size[0] / size[1]
    return min(ASPECTS, key=lambda name: abs(ASPECTS[name] / ratio - 1))


def words(request: Request) -> str:
    """Put a request in words, for a model that has no other way to hear of cast and camera."""
    cast = [f"{name} is {description}." for name, description in request.cast]
    text = " ".join([request.prompt.rstrip(". ") + ".", *cast, _camera(request), *_light(request)])
    if len(text) > LONGEST_PROMPT:
        hint = "shorten the prompt or the descriptions of its characters"
        raise TaskError(f"luma reads {LONGEST_PROMPT} letters, not {len(text)}", hint=hint)
    return text


def _camera(request: Request) -> str:
    camera = request.camera
    moves = " and ".join(move.replace("_", " ") for move in camera.moves)
    pace = {"slow": "slow ", "fast": "fast "}.get(camera.speed, "")
    if request.pace < 1:
        pace = "slow "
    return f"Camera: {pace}{moves}, {camera.focal_length:g}mm lens at f/{camera.aperture:g}."


def _light(request: Request) -> list[str]:
    if not request.exposure_stops:
        return []
    return ["Brighter exposure." if request.exposure_stops > 0 else "Darker exposure."]


def _wish(request: Request, video: dict[str, Plain]) -> dict[str, Plain]:
    return {
        "model": MODEL,
        "type": "video",
        "prompt": words(request),
        "aspect_ratio": aspect(request.size),
        "video": video,
    }
