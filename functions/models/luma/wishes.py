"""From a request to what the service is asked: its words, its sizes, its pictures."""

import base64
import mimetypes
from collections.abc import Mapping
from pathlib import Path

from farm.cards.card import Card, Fees
from farm.digest import Plain
from farm.errors import TaskError
from farm.media.movie import movie_facts
from farm.shots.request import Request

MODEL = "ray-3.2"
RATE = 24
ASPECTS = {"9:16": 9 / 16, "3:4": 3 / 4, "1:1": 1.0, "4:3": 4 / 3, "16:9": 16 / 9, "21:9": 21 / 9}
LONGEST_PROMPT = 6000
LONGEST_PLATE_SECONDS = 18
VERSION = 2
"""Raise this, and the card's revision with it, when the same request is put in other words."""


def new_wish(card: Card, request: Request, files: Mapping[str, Path]) -> dict[str, Plain]:
    """Ask for a take from words and keyframes, or for a plate to be remade."""
    if request.plate:
        return _edit_wish(card, request, files)
    video = _video(card, request)
    video["duration"] = f"{seconds_for(card, request)}s"
    if request.loop:
        video["loop"] = True
    return _wish(request, video | _keyframes(request, files))


def next_wish(card: Card, request: Request, start: Mapping[str, Plain]) -> dict[str, Plain]:
    """Ask for what follows: from a whole generation's end, or from the picture of a frame."""
    more: dict[str, Plain] = {"duration": "5s", "start_frame": dict(start)}
    return _wish(request, _video(card, request) | more)


def seconds_for(card: Card, request: Request) -> int:
    """Say how long a generation must be to hold a take; raises TaskError past the longest."""
    lengths = sorted(int(seconds) for seconds in _fees(card).new[_tier(card, request)])
    for seconds in lengths:
        if request.frames <= seconds * RATE:
            return seconds
    hint = f"{lengths[-1] * RATE} frames is the most; extend the shot instead"
    raise TaskError(f"luma cannot make {request.frames} frames in one go", hint=hint)


def _edit_wish(card: Card, request: Request, files: Mapping[str, Path]) -> dict[str, Plain]:
    """Ask for a plate to be remade; its strengths are the very words of a shot list."""
    assert request.plate
    plate = files[request.plate.file]
    _check_length(card, request, plate)
    edit: dict[str, Plain] = {"strength": request.plate.strength, **_keyframes(request, files)}
    wish = _wish(request, {**_video(card, request), "edit": edit})
    source = inline(plate.read_bytes(), movie_kind_of(plate.read_bytes()))
    return {**wish, "type": "video_edit", "source": source}


def _check_length(card: Card, request: Request, plate: Path) -> None:
    """Refuse a plate that is too long to be remade, or that costs more than its shot.

    The service remakes, and bills, all of a plate, however little of it the shot is.
    """
    facts = movie_facts(plate)
    seconds = float(facts.frames / facts.rate) if facts.frames else 0.0
    if seconds > LONGEST_PLATE_SECONDS:
        hint = f"cut it to {LONGEST_PLATE_SECONDS} seconds"
        raise TaskError(f"luma remakes plates of {LONGEST_PLATE_SECONDS} s at most", hint=hint)
    shot = request.frames / RATE
    edge = min(request.size)
    whole, needed = (_fees(card).price("edit", edge=edge, seconds=s) for s in (seconds, shot))
    if whole > needed:
        raise TaskError(
            f"luma would remake all {seconds:.1f} s of the plate, for ${whole:.2f}; the shot is "
            f"{shot:.1f} s, for ${needed:.2f}",
            hint=f"cut the plate to the {request.frames} frames of the shot",
        )


def _keyframes(request: Request, files: Mapping[str, Path]) -> dict[str, Plain]:
    if not request.keyframes:
        return {}
    return {
        "keyframes": [picture(files[key.file]) for key in request.keyframes],
        "keyframe_indexes": [key.frame for key in request.keyframes],
    }


def _video(card: Card, request: Request) -> dict[str, Plain]:
    """Say in which size; a model that generates light is asked for it, as EXRs."""
    light: dict[str, Plain] = {"hdr": True, "exr_export": True} if wants_light(card) else {}
    return {"resolution": f"{_tier(card, request)}p", **light}


def wants_light(card: Card) -> bool:
    """Tell whether a card asks the service for light past white."""
    return card.can.hdr == "native"


def _tier(card: Card, request: Request) -> int:
    return _fees(card).tier(min(request.size))


def _fees(card: Card) -> Fees:
    if card.draft.fees is None:
        hint = "its card needs draft.fees, by size and seconds"
        raise TaskError(f"nobody said what {card.name} costs", hint=hint)
    return card.draft.fees


def movie_kind_of(data: bytes) -> str:
    """Tell a movie's media type from how it begins."""
    return "video/quicktime" if data[4:12] == b"ftypqt  " else "video/mp4"


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
