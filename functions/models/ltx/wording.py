"""A request in the words that LTX was trained on: one flowing paragraph, the camera last."""

from collections.abc import Iterator

from farm.shots.request import Request

MOVES = {
    "static": "The camera stands still",
    "pan_left": "The camera pans to the left",
    "pan_right": "The camera pans to the right",
    "tilt_up": "The camera tilts up",
    "tilt_down": "The camera tilts down",
    "roll_left": "The camera rolls to the left",
    "roll_right": "The camera rolls to the right",
    "dolly_in": "The camera dollies in",
    "dolly_out": "The camera dollies out",
    "truck_left": "The camera trucks to the left",
    "truck_right": "The camera trucks to the right",
    "pedestal_up": "The camera rises straight up",
    "pedestal_down": "The camera sinks straight down",
    "crane_up": "The camera cranes up",
    "crane_down": "The camera cranes down",
    "orbit_left": "The camera orbits to the left",
    "orbit_right": "The camera orbits to the right",
    "zoom_in": "The lens zooms in",
    "zoom_out": "The lens zooms out",
    "push_in": "The camera pushes in",
    "pull_out": "The camera pulls out",
    "handheld": "The camera is handheld and sways a little",
    "steadicam": "The camera floats along on a steadicam",
    "dolly_zoom": "The camera dollies in while the lens zooms out",
}
PACES = {"slow": "slowly", "normal": "", "fast": "quickly"}


def words_of(request: Request) -> str:
    """Write a request as one paragraph."""
    return " ".join(_sentences(request))


def _sentences(request: Request) -> Iterator[str]:
    yield _sentence(request.prompt)
    for name, description in request.cast:
        yield _sentence(f"{name.replace('_', ' ').capitalize()} is {description}")
    for mark in request.annotations:
        if mark.note:
            yield _sentence(mark.note)
    for move in request.camera.moves:
        yield _sentence(f"{MOVES[move]} {PACES[request.camera.speed]}")
    yield _sentence(
        f"Shot with a {request.camera.focal_length:g} mm lens at f/{request.camera.aperture:g}"
    )


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."
