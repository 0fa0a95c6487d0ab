"""How every camera move shows in the picture: the flow it drives, and whether depth shows."""

from dataclasses import dataclass

from functions.critics.track import PAN, ROLL, SHEAR, STRETCH, TILT, ZOOM


@dataclass(frozen=True, slots=True)
class Mark:
    """The sign of a field of flow, and whether near things must move more than far ones."""

    row: int
    sign: int
    travels: bool = False


MARKS: dict[str, Mark] = {
    "pan_right": Mark(PAN, 1), "pan_left": Mark(PAN, -1),
    "tilt_up": Mark(TILT, 1), "tilt_down": Mark(TILT, -1),
    "roll_right": Mark(ROLL, 1), "roll_left": Mark(ROLL, -1),
    "zoom_in": Mark(ZOOM, 1), "zoom_out": Mark(ZOOM, -1),
    "dolly_in": Mark(ZOOM, 1, travels=True), "dolly_out": Mark(ZOOM, -1, travels=True),
    "push_in": Mark(ZOOM, 1, travels=True), "pull_out": Mark(ZOOM, -1, travels=True),
    "truck_right": Mark(PAN, 1, travels=True), "truck_left": Mark(PAN, -1, travels=True),
    "pedestal_up": Mark(TILT, 1, travels=True), "pedestal_down": Mark(TILT, -1, travels=True),
    "crane_up": Mark(STRETCH, 1, travels=True), "crane_down": Mark(STRETCH, -1, travels=True),
    "orbit_right": Mark(SHEAR, -1, travels=True), "orbit_left": Mark(SHEAR, 1, travels=True),
}  # fmt: skip
"""Moves with a direction.

A crane may tilt to keep its subject, so only what is near tells it: the picture stretches. An orbit
turns against its own travel, so only the shear between near and far tells it.
"""

FREE = frozenset({"dolly_zoom", "steadicam"})
"""Moves without a direction that still carry the camera through space."""

TRAVELLING = frozenset(move for move, mark in MARKS.items() if mark.travels) | FREE
"""Moves that carry the camera through space, so that everything in it seems to move."""
