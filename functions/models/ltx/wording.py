"""A request in the words that LTX was trained on: one flowing paragraph, the camera last."""

from farm.shots.request import Request
from functions.models.diffusion.wording import paragraph

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


def words_of(request: Request) -> str:
    """Write a request as one paragraph."""
    camera = request.camera
    lens = f"shot with a {camera.focal_length:g} mm lens at f/{camera.aperture:g}"
    return paragraph(request, moves=MOVES, lens=lens)
