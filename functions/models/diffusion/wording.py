"""A request in plain sentences, the camera among them; each family has its own words for a move."""

from collections.abc import Iterator, Mapping

from farm.shots.request import Request

PACES = {"slow": "slowly", "normal": "", "fast": "quickly"}


def paragraph(request: Request, *, moves: Mapping[str, str], lens: str) -> str:
    """Write a request as one paragraph; `lens` is how the camera's lens is said."""
    return " ".join(_sentence(text) for text in _said(request, moves) if text) + (
        f" {_sentence(lens)}{_exposed(request)}"
    )


def _said(request: Request, moves: Mapping[str, str]) -> Iterator[str]:
    yield request.prompt
    for name, description in request.cast:
        yield f"{name.replace('_', ' ')} is {description}"
    for mark in request.annotations:
        yield mark.note or ""
    pace = "slowly" if request.pace < 1 else PACES[request.camera.speed]
    for move in request.camera.moves:
        yield f"{moves[move]} {pace}"


def _exposed(request: Request) -> str:
    if not request.exposure_stops:
        return ""
    return " Bright exposure." if request.exposure_stops > 0 else " Dark exposure."


def _sentence(text: str) -> str:
    text = text.strip()
    whole = text if text.endswith((".", "!", "?")) else f"{text}."
    return f"{whole[:1].upper()}{whole[1:]}"
