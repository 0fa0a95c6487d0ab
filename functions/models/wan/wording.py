"""A request in the words that Wan was trained on: plain sentences, the camera among them."""

from collections.abc import Iterator

from farm.shots.request import Request

NEGATIVE = (
    "overexposed, static, blurred details, subtitles, style, painting, still picture, worst "
    "quality, low quality, JPEG artefacts, ugly, mutilated, extra fingers, badly drawn hands, "
    "badly drawn faces, deformed, disfigured, malformed limbs, fused fingers, cluttered "
    "background, three legs, many people in the background, walking backwards"
)
"""What the model's authors ask it to avoid."""

MOVES = {
    "static": "the camera is fixed",
    "pan_left": "the camera pans left",
    "pan_right": "the camera pans right",
    "tilt_up": "the camera tilts up",
    "tilt_down": "the camera tilts down",
    "roll_left": "the camera rolls left",
    "roll_right": "the camera rolls right",
    "dolly_in": "the camera moves forward",
    "dolly_out": "the camera moves back",
    "truck_left": "the camera slides left",
    "truck_right": "the camera slides right",
    "pedestal_up": "the camera rises",
    "pedestal_down": "the camera sinks",
    "crane_up": "a crane shot rising",
    "crane_down": "a crane shot sinking",
    "orbit_left": "the camera circles to the left",
    "orbit_right": "the camera circles to the right",
    "zoom_in": "the lens zooms in",
    "zoom_out": "the lens zooms out",
    "push_in": "the camera pushes in",
    "pull_out": "the camera pulls out",
    "handheld": "handheld camera",
    "steadicam": "a smooth steadicam shot",
    "dolly_zoom": "a dolly zoom",
}
PACES = {"slow": "slowly", "normal": "", "fast": "quickly"}


def words_of(request: Request) -> str:
    """Write a request as sentences."""
    return " ".join(_sentences(request))


def _sentences(request: Request) -> Iterator[str]:
    yield _sentence(request.prompt)
    for name, description in request.cast:
        yield _sentence(f"{name.replace('_', ' ')} is {description}")
    for mark in request.annotations:
        if mark.note:
            yield _sentence(mark.note)
    pace = "slowly" if request.pace < 1 else PACES[request.camera.speed]
    for move in request.camera.moves:
        yield _sentence(f"{MOVES[move]} {pace}".strip())
    yield _sentence(f"shot on a {request.camera.focal_length:g}mm lens")
    if request.exposure_stops:
        yield "Bright exposure." if request.exposure_stops > 0 else "Dark exposure."


def _sentence(text: str) -> str:
    text = text.strip().rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."
