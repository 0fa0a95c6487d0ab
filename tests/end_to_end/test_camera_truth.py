"""The camera of previz is true: what its pixels show is what optics says they must.

The moves are measured by optical flow, which knows nothing of the scene; the formulae are the thin
lens's and the shutter's.
"""

from dataclasses import replace
from functools import cache
from typing import get_args

import numpy as np
import pytest

from farm.frames import FrameRange
from farm.media.colorspace import ACES2065_1, ACESCG, convert
from farm.shots.request import Request
from farm.shots.spec import Move
from functions.critics.base import Take
from functions.critics.moves import MARKS
from functions.critics.sight import luminance_of
from functions.critics.track import PAN, STRETCH, TILT, ZOOM
from functions.models.previz.compose import compose
from functions.models.previz.filming import Stage
from functions.models.previz.model import Previz
from functions.models.previz.physics import Tracks
from functions.models.previz.render import render
from functions.models.previz.snapshot import MATERIAL_COLUMNS, NO_GROUND, SPACE, SPHERE, Snapshot

SIZE = (240, 136)
SPAN, FIRST, LAST = 24, 9, 14
"""A second of each move is asked for, and its middle is looked at, where it is quickest."""

COURTYARD = "a brick courtyard with two wooden crates and a stone statue"
EMPTY = {"sky": SPACE, "ground": NO_GROUND, "exposure_stops": 0.0, "fog_density": 0.0}
STILL_WIDTHS = 3e-4
GLOW, STARS = 2000.0, 12.0
"""The lamp outshines the stars, which are left out."""
WIDE = 960


def request(*moves: str, prompt: str = COURTYARD, **camera: str) -> Request:
    return Request.model_validate(
        {"prompt": prompt, "frames": SPAN, "rate": 24, "size": SIZE}
        | {"camera": {"moves": list(moves), **camera}}
    )


@cache
def shot(*moves: str, first: int = FIRST, last: int = LAST) -> Take:
    model = Previz()
    state = model.draft(request(*moves), seed=2)
    frames = model.render(state, FrameRange(first, last), size=SIZE)
    pixels = [convert(frame, model.colorspace, ACES2065_1) for frame in frames]
    return Take(name="t01", clip=np.stack(pixels).astype(np.float16), threads=2)


@pytest.mark.parametrize("move", sorted(MARKS))
def test_every_move_drives_the_flow_its_way(move: str) -> None:
    mark, track = MARKS[move], shot(move).camera
    assert np.sign(track.mean[mark.row]) == mark.sign
    assert np.median(track.speed) > STILL_WIDTHS


@pytest.mark.parametrize(
    ("stands", "travels", "row"),
    [("pan_left", "truck_left", PAN), ("pan_right", "truck_right", PAN),
     ("tilt_up", "pedestal_up", TILT), ("zoom_in", "dolly_in", ZOOM),
     ("zoom_out", "pull_out", ZOOM)],
)  # fmt: skip
def test_what_travels_shows_parallax_and_what_turns_does_not(
    stands: str, travels: str, row: int
) -> None:
    standing, travelling = (shot(move).camera.parallax[row] for move in (stands, travels))
    assert standing < 0.2 < travelling
    assert travelling > 2 * standing


@pytest.mark.parametrize(
    ("move", "row"), [("pan_left", PAN), ("tilt_down", TILT), ("zoom_in", ZOOM)]
)
def test_a_single_move_moves_nothing_else(move: str, row: int) -> None:
    size = np.abs(shot(move).camera.widths.mean(axis=0))
    assert np.delete(size, row).max() < 0.15 * size[row]


def test_moves_combine() -> None:
    track = shot("pan_right", "zoom_in").camera
    assert track.mean[PAN] > 0
    assert track.mean[ZOOM] > 0


def test_a_crane_keeps_its_subject_and_a_pedestal_does_not() -> None:
    crane, pedestal = shot("crane_up").camera.mean, shot("pedestal_up").camera.mean
    assert crane[TILT] < pedestal[TILT]
    assert crane[STRETCH] > 0


def test_a_static_camera_stands_still() -> None:
    assert np.median(shot("static").camera.speed) < STILL_WIDTHS / 10


def test_a_hand_held_camera_sways_and_comes_back() -> None:
    steps = shot("handheld", first=0, last=SPAN - 1).camera.widths[:, :2]
    assert np.abs(steps).mean() > STILL_WIDTHS / 3
    assert np.linalg.norm(steps.sum(0)) < np.linalg.norm(steps, axis=1).sum()


def test_a_steadicam_glides_through_space() -> None:
    track = shot("steadicam").camera
    assert np.median(track.speed) > STILL_WIDTHS
    assert np.abs(np.diff(track.course * track.reach, axis=0)).max() < np.median(track.speed)


def test_a_dolly_zoom_moves_the_background_against_the_subject() -> None:
    track = shot("dolly_zoom").camera
    assert track.parallax[ZOOM] > 0.9
    assert track.spread > STILL_WIDTHS


def test_every_move_of_the_vocabulary_is_measured_here() -> None:
    others = {"static", "handheld", "steadicam", "dolly_zoom"}
    assert set(MARKS) | others == set(get_args(Move))


def lamp(snapshot: Snapshot, *, away_m: float, radius_m: float, side_m: float = 0.0) -> Snapshot:
    """Put a single glowing ball before the camera's first place, and nothing else in the world."""
    glow = np.zeros((1, len(MATERIAL_COLUMNS)))
    glow[0, MATERIAL_COLUMNS.index("ior")] = 1.5
    glow[0, MATERIAL_COLUMNS.index("emit_r") : MATERIAL_COLUMNS.index("emit_b") + 1] = GLOW
    place = snapshot.lens.position[0] + turned(
        snapshot.lens.rotation[0], np.array([side_m, 0.0, -away_m])
    )
    return replace(
        snapshot,
        kinds=np.array([SPHERE], np.int32),
        positions=np.array([[place], [place]]),
        rotations=np.tile([1.0, 0.0, 0.0, 0.0], (2, 1, 1)),
        sizes=np.full((1, 3), radius_m),
        shape_materials=np.zeros(1, np.int32),
        ids=np.zeros(1, np.int32),
        materials=glow,
        particles=np.zeros((0, 8)),
        air=replace(snapshot.air, tint=np.zeros(3), **EMPTY),
        lens=replace(snapshot.lens, f_stop=64.0, focus_m=away_m),
    )


def turned(quaternion: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """Turn a vector by a unit quaternion (w, x, y, z)."""
    w, axis = quaternion[0], quaternion[1:]
    return vector + 2 * np.cross(axis, np.cross(axis, vector) + w * vector)


def filmed(wish: Request, frame: int = 12) -> Snapshot:
    return Stage(compose(wish, 2), Tracks()).snapshot(frame)


def covered(snapshot: Snapshot, size: tuple[int, int]) -> tuple[float, float]:
    """Measure how wide and how high the glow is, in pixels, by its light along the middle."""
    picture = render(snapshot, width=size[0], height=size[1])[..., 1]
    full = np.percentile(picture, 99.9)
    light = np.clip(picture / full, 0, 1)
    return float(light.sum(1).max()), float(light.sum(0).max())


@pytest.mark.parametrize("focal_mm", [18, 35, 50, 85, 135])
def test_focal_length_sets_the_field_of_view(focal_mm: int) -> None:
    """A sphere of radius r at a distance d is 2 f r / sqrt(d^2 - r^2) wide on the sensor."""
    away, radius, width = 10.0, 0.6, 480
    snapshot = filmed(request("static", focal_length=f"{focal_mm}mm"))
    wide, high = covered(lamp(snapshot, away_m=away, radius_m=radius), (width, 270))
    expected = width * focal_mm / 36 * 2 * radius / np.sqrt(away**2 - radius**2)
    assert wide == pytest.approx(expected, rel=0.03)
    assert high == pytest.approx(expected, rel=0.03)


def test_a_longer_shutter_blurs_in_proportion() -> None:
    """A pan drags a point over the sensor by f tan(angle turned while the shutter is open)."""
    smears, truths = [], []
    for angle in (90, 180, 360):
        wish = request("pan_right", shutter_angle=f"{angle}deg", speed="fast")
        snapshot = lamp(filmed(wish), away_m=10.0, radius_m=0.03)
        opens, closes = snapshot.lens.rotation
        frozen = replace(snapshot.lens, rotation=np.array([opens, opens]))
        streak = _spread(snapshot) - _spread(replace(snapshot, lens=frozen))
        smears.append(np.sqrt(12 * streak))
        ahead, then = (turned(q, np.array([0.0, 0.0, -1.0])) for q in (opens, closes))
        truths.append(WIDE * 35 / 36 * np.tan(np.arccos(min(ahead @ then, 1.0))))
    assert smears == pytest.approx(truths, rel=0.15)
    assert np.array(smears) / smears[0] == pytest.approx([1, 2, 4], rel=0.15)


def _spread(snapshot: Snapshot) -> float:
    """Measure the variance of a streak's light across the frame, in pixels squared.

    That of an even streak of length l is l * l / 12, and adds to the body's own.
    """
    picture = render(snapshot, width=WIDE, height=120)[..., 1].astype(np.float64)
    row, place = np.where(picture > STARS, picture, 0).sum(axis=0), np.arange(WIDE)
    middle = (row * place).sum() / row.sum()
    return float((row * (place - middle) ** 2).sum() / row.sum())


def test_white_in_the_sun_is_far_above_one() -> None:
    assert np.median(first_frame("a snow field at noon, clear sky")) > 1.5
    assert first_frame("a white marble ball on a beach in bright sun").max() > 5


def first_frame(prompt: str) -> np.ndarray:
    model = Previz()
    state = model.draft(request("static", prompt=prompt), seed=1)
    picture = next(model.render(state, FrameRange(0, 0), size=SIZE))
    return luminance_of(convert(picture, ACESCG, ACES2065_1))
