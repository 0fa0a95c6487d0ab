"""A request in the words that Wan was trained on: plain sentences, the camera among them."""

from farm.shots.request import Request
from functions.models.diffusion.wording import paragraph

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


def words_of(request: Request) -> str:
    """Write a request as sentences."""
    camera = request.camera
    lens = f"shot on a {camera.focal_length:g}mm lens"
    return paragraph(request, moves=MOVES, lens=lens)
