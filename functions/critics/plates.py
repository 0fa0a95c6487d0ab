"""Plates whose truth is known: a small textured set, filmed by a camera that moves as told.

The judge is tested and measured on these, so that its answers can be right or wrong. A ground, a
back wall and upright cards are met by each pixel's ray; the light is scene-linear ACES2065-1.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
Clip = NDArray[np.float16]

Size = tuple[int, int]
Way = tuple[tuple[float, float], tuple[float, float]]
"""From here to there, 0..1 of the frame."""

ACROSS: Way = ((0.3, 0.66), (0.7, 0.66))

EYE_M = 1.5
WALL_M = 14.0
HUGE_M = 1e6
PIXELS_PER_M = 48
CARDS = ((-1.7, 4.5, 1.3, 1.8), (1.4, 6.5, 1.6, 2.4), (-0.2, 9.0, 2.2, 3.0))
"""Left edge, distance, width and height of each upright card, in metres."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a camera sees: its rays, the picture so far, and how far each ray went, in metres."""

    pose: "Pose"
    rays: F32
    picture: F32
    near: F32

    def meet(self, picture: F32, far: NDArray[np.floating], hit: NDArray[np.bool_]) -> None:
        """Paint what a surface shows where it is hit before all others."""
        nearer = hit & (far > 0) & (far < self.near)
        self.picture[nearer] = picture[nearer]
        self.near[nearer] = far[nearer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """Where the camera is and where it looks; degrees, right and up above 0."""

    x: float = 0.0
    y: float = EYE_M
    z: float = 0.0
    yaw: float = 0.0
    pitch: float = -4.0
    roll: float = 0.0
    focal_mm: float = 35.0


PATHS: dict[str, Callable[[Pose, float], Pose]] = {
    "static": lambda pose, _: pose,
    "pan_right": lambda pose, t: replace(pose, yaw=14 * t),
    "pan_left": lambda pose, t: replace(pose, yaw=-14 * t),
    "tilt_up": lambda pose, t: replace(pose, pitch=pose.pitch + 9 * t),
    "tilt_down": lambda pose, t: replace(pose, pitch=pose.pitch - 9 * t),
    "roll_right": lambda pose, t: replace(pose, roll=14 * t),
    "roll_left": lambda pose, t: replace(pose, roll=-14 * t),
    "zoom_in": lambda pose, t: replace(pose, focal_mm=pose.focal_mm * 1.4**t),
    "zoom_out": lambda pose, t: replace(pose, focal_mm=pose.focal_mm / 1.4**t),
    "dolly_in": lambda pose, t: replace(pose, z=1.4 * t),
    "dolly_out": lambda pose, t: replace(pose, z=-1.4 * t),
    "push_in": lambda pose, t: replace(pose, z=1.4 * t),
    "pull_out": lambda pose, t: replace(pose, z=-1.4 * t),
    "truck_right": lambda pose, t: replace(pose, x=1.2 * t),
    "truck_left": lambda pose, t: replace(pose, x=-1.2 * t),
    "pedestal_up": lambda pose, t: replace(pose, y=pose.y + 0.8 * t),
    "pedestal_down": lambda pose, t: replace(pose, y=pose.y - 0.8 * t),
    "crane_up": lambda pose, t: replace(pose, y=pose.y + 1.2 * t, pitch=pose.pitch - 5 * t),
    "crane_down": lambda pose, t: replace(pose, y=pose.y - 0.9 * t, pitch=pose.pitch + 4 * t),
    "orbit_right": lambda pose, t: _orbit(pose, 18 * t),
    "orbit_left": lambda pose, t: _orbit(pose, -18 * t),
    "dolly_zoom": lambda pose, t: replace(
        pose, z=2.2 * t, focal_mm=pose.focal_mm * (6.5 - 2.2 * t) / 6.5
    ),
    "handheld": lambda pose, t: replace(
        pose,
        yaw=0.9 * np.sin(23 * t) + 0.5 * np.sin(61 * t + 1),
        pitch=pose.pitch + 0.7 * np.sin(29 * t + 2) + 0.4 * np.sin(67 * t),
        roll=0.5 * np.sin(31 * t + 1),
    ),
    "steadicam": lambda pose, t: replace(pose, z=1.2 * t, x=0.1 * np.sin(2 * t)),
}
"""Every move of the vocabulary, by how far it has come (0 to 1 over one second)."""


def film(
    *moves: str,
    frames: int = 24,
    size: Size = (240, 136),
    seed: int = 0,
    amount: float = 1.0,
    ball: bool | Way = False,
) -> Clip:
    """Film the set for one second with all the moves at once; `amount` multiplies them.

    `ball` rolls a bright ball through the picture: along a way, or from the left third to the
    right third.
    """
    way = ACROSS if ball is True else ball or None
    stage = _set(seed)
    shot = []
    for frame in range(frames):
        t = frame / 24
        pose = Pose()
        for move in moves or ("static",):
            pose = PATHS[move](pose, amount * t)
        picture = stage.film(pose, size)
        shot.append(_roll_ball(picture, way, frame / max(frames - 1, 1)) if way else picture)
    return np.stack(shot).astype(np.float16)


def film_head(turn: tuple[float, float], *, frames: int = 24, size: Size = (240, 136)) -> Clip:
    """Film a textured ball in mid-frame that turns, so that its near side moves by `turn`.

    `turn` is in frame widths over the take; before it the set stands still.
    """
    width, height = size
    ground = film("static", frames=1, size=size)[0].astype(np.float32)
    skin = texture(4 * height, 4 * height, seed=99) * np.array([1.6, 1.2, 0.9], np.float32)
    middle, radius = (width // 2, height // 2), round(height * 0.22)
    cover = np.zeros((height, width), np.float32)
    cv2.circle(cover, middle, radius, 1.0, -1, cv2.LINE_AA)
    shot = []
    for part in np.linspace(0, 1, frames):
        right, down = (width * along * part for along in turn)
        x, y = np.meshgrid(np.arange(width) - right, np.arange(height) - down)
        face = cv2.remap(
            skin, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_WRAP,
        )  # fmt: skip
        shot.append(ground * (1 - cover[..., None]) + np.asarray(face) * cover[..., None])
    return np.stack(shot).astype(np.float16)


def _roll_ball(picture: F32, way: Way, part: float) -> F32:
    height, width = picture.shape[:2]
    (left, top), (right, bottom) = way
    across, down = left + (right - left) * part, top + (bottom - top) * part
    place = (round(width * across * 16), round(height * down * 16))
    radius = round(height * 0.09 * 16)
    cover = np.zeros((height, width), np.float32)
    cv2.circle(cover, place, radius, 1.0, -1, cv2.LINE_AA, shift=4)
    shade = np.array([0.75, 0.2, 0.1], np.float32)
    return picture * (1 - cover[..., None]) + cover[..., None] * shade


def _orbit(pose: Pose, degrees: float) -> Pose:
    angle, away = np.radians(degrees), 6.5
    return replace(
        pose, x=away * float(np.sin(angle)), z=away * (1 - float(np.cos(angle))), yaw=-degrees
    )


class _Set:
    """A ground, a wall and cards, each with a texture of its own."""

    def __init__(self, seed: int) -> None:
        self._ground, self._wall, *self._cards = [
            texture(1024, 1024, seed=seed + 7 * i) * shade
            for i, shade in enumerate((0.9, 0.6, 1.5, 0.5, 1.1))
        ]

    def film(self, pose: Pose, size: tuple[int, int]) -> F32:
        width, height = size[0] * 2, size[1] * 2
        view = View(
            pose=pose,
            rays=_rays(pose, width, height),
            picture=np.zeros((height, width, 3), np.float32),
            near=np.full((height, width), np.inf, np.float32),
        )
        _meet_upright(view, (-HUGE_M, WALL_M, 2 * HUGE_M, HUGE_M), self._wall)
        _meet_ground(view, self._ground)
        for card, paint in zip(CARDS, self._cards, strict=True):
            _meet_upright(view, card, paint)
        return np.asarray(cv2.resize(view.picture, size, interpolation=cv2.INTER_AREA), np.float32)


@lru_cache(maxsize=1)
def _set(seed: int) -> _Set:
    """Build a set; the last one stands until another is asked for."""
    return _Set(seed)


def _meet_ground(view: View, paint: F32) -> None:
    falls = np.maximum(-view.rays[..., 1], 1e-4)
    far = view.pose.y / falls
    across, along = view.pose.x + far * view.rays[..., 0], view.pose.z + far * view.rays[..., 2]
    view.meet(_paint(paint, across, along), far, view.rays[..., 1] < -1e-4)


def _meet_upright(view: View, card: tuple[float, float, float, float], paint: F32) -> None:
    left, away, wide, high = card
    far = (away - view.pose.z) / np.maximum(view.rays[..., 2], 1e-3)
    across, up = view.pose.x + far * view.rays[..., 0], view.pose.y + far * view.rays[..., 1]
    hit = (across > left) & (across < left + wide) & (up > 0) & (up < high)
    view.meet(_paint(paint, across, up), far, hit)


def _rays(pose: Pose, width: int, height: int) -> F32:
    focal = width * pose.focal_mm / 36
    x, y = np.meshgrid(np.arange(width) - (width - 1) / 2, (height - 1) / 2 - np.arange(height))
    rays = np.stack([x / focal, y / focal, np.ones_like(x)], -1)
    return (rays @ _rotation(pose).T).astype(np.float32)


def _rotation(pose: Pose) -> F64:
    yaw, pitch, roll = np.radians([pose.yaw, pose.pitch, pose.roll])
    c, s = np.cos, np.sin
    about_y = np.array([[c(yaw), 0, s(yaw)], [0, 1, 0], [-s(yaw), 0, c(yaw)]])
    about_x = np.array([[1, 0, 0], [0, c(pitch), s(pitch)], [0, -s(pitch), c(pitch)]])
    about_z = np.array([[c(roll), s(roll), 0], [-s(roll), c(roll), 0], [0, 0, 1]])
    turned: F64 = about_y @ about_x @ about_z
    return turned


def _paint(picture: F32, across: NDArray[np.floating], along: NDArray[np.floating]) -> F32:
    x = (across * PIXELS_PER_M).astype(np.float32)
    y = (along * PIXELS_PER_M).astype(np.float32)
    found = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return np.asarray(found, np.float32)


def texture(height: int, width: int, *, seed: int) -> F32:
    """Make a picture with detail at every scale, as nature has it, around middle grey."""
    dice = np.random.default_rng(seed)
    stops = np.zeros((height, width), np.float32)
    for cell in (4, 8, 16, 32, 64, 128):
        cells = dice.standard_normal((height // cell, width // cell)).astype(np.float32)
        stops += 0.45 * cv2.resize(cells, (width, height), interpolation=cv2.INTER_CUBIC)
    tint = 1 + 0.3 * dice.uniform(-1, 1, 3).astype(np.float32)
    return 0.18 * np.exp2(np.clip(stops, -3, 3))[..., None] * tint
