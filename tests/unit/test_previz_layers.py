"""What previz says of its pictures beside their light is true: depth, motion, normals, mattes."""

import json
import struct
from dataclasses import dataclass, field
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import OpenEXR
import pytest

from farm.media.exr import write_exr
from functions.models.previz import snapshot as s
from functions.models.previz.layers import layers_of
from functions.models.previz.optics.layers import SKY_M
from tests.unit.previz_set import air, body, lens, snapshot, turned

SIZE = (160, 90)
WIDTH, HEIGHT = SIZE
SCALE = 0.5 * WIDTH * 35 / 18
"""Pixels that a metre spans at a metre's depth, at 35 mm."""


@dataclass
class Filmed:
    """Two frames of a stage, put together by hand."""

    first: s.Snapshot
    then: s.Snapshot
    names: tuple[str, ...] = ("ball",)
    bodies: tuple[int, ...] | None = None
    """Which body each shape is of; as many as subjects, in their order, if it is not said."""
    of: tuple[int, ...] = ()
    """Which subject each body is of."""
    owners: np.ndarray = field(init=False)
    scene: SimpleNamespace = field(init=False)

    def __post_init__(self) -> None:
        rig = SimpleNamespace(shutter_angle=180.0)
        subjects = [SimpleNamespace(name=name) for name in self.names]
        self.owners = self.first.ids if self.bodies is None else np.array(self.bodies, np.int32)
        whose = self.of or range(len(subjects))
        bodies = [SimpleNamespace(subject=subject) for subject in whose]
        self.scene = SimpleNamespace(rig_at=lambda _: (rig, 0.0), subjects=subjects, bodies=bodies)

    def snapshot(self, frame: int) -> s.Snapshot:
        return self.then if frame else self.first


def layers(first: s.Snapshot, then: s.Snapshot | None = None, *names: str, **more):
    filmed = Filmed(first, then or first, **more)
    return layers_of(filmed, 0, size=SIZE, names=names or ("depth", "motion", "normal"))


def ways() -> np.ndarray:
    """Return where each pixel of a level camera looks, at a metre's depth: right and up."""
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    return np.stack([(x - WIDTH / 2) / SCALE, (HEIGHT / 2 - y) / SCALE], axis=-1)


def met_ball(radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Return depth and where a ball 5 m ahead of the camera is met, NaN where it is not."""
    d = np.concatenate([ways(), -np.ones((HEIGHT, WIDTH, 1))], axis=-1)
    unit = d / np.linalg.norm(d, axis=-1, keepdims=True)
    along = -unit[..., 2] * 5.0
    with np.errstate(invalid="ignore"):
        t = along - np.sqrt(radius**2 - 25.0 + along**2)
    return t * -unit[..., 2], unit * t[..., None] + (0.0, 1.0, 5.0)


def test_depth_is_the_distance_along_the_cameras_axis():
    depth, _ = met_ball(0.5)
    found = layers(snapshot([body()], air_=air(ground=s.NO_GROUND))).channels["Z"]
    ball = np.isfinite(depth)
    assert ball.sum() > 500
    assert found[ball] == pytest.approx(depth[ball], abs=2e-3)
    assert (found[~ball] == SKY_M).all()


def test_the_floors_depth_follows_from_the_cameras_height():
    found = layers(snapshot([])).channels["Z"]
    below = ways()[..., 1] < -0.05
    assert found[below] == pytest.approx(-1.0 / ways()[..., 1][below], rel=1e-4)


def test_normals_are_units_and_face_away_from_a_balls_middle():
    depth, place = met_ball(0.5)
    channels = layers(snapshot([body()], air_=air(ground=s.NO_GROUND))).channels
    found = np.stack([channels[f"normal.{axis}"] for axis in "xyz"], axis=-1)
    ball = np.isfinite(depth)
    assert np.linalg.norm(found[ball], axis=-1) == pytest.approx(1.0, abs=1e-5)
    assert found[ball] == pytest.approx((place[ball] - (0.0, 1.0, 0.0)) / 0.5, abs=1e-2)
    assert (found[~ball] == 0.0).all()


def motion_of(first: s.Snapshot, then: s.Snapshot) -> np.ndarray:
    channels = layers(first, then).channels
    return np.stack([channels["forward.u"], channels["forward.v"]], axis=-1)


def test_motion_is_where_the_cameras_move_takes_each_point():
    view, later = lens(place=(0, 1, 5)), lens(place=(0.1, 1.05, 4.8))
    found = motion_of(snapshot([], lens_=view), snapshot([], lens_=later))
    below = ways()[..., 1] < -0.1
    depth = -1.0 / ways()[below][:, 1]
    there = (ways()[below] * depth[:, None] - (0.1, 0.05)) / (depth - 0.2)[:, None]
    assert found[below] == pytest.approx((there - ways()[below]) * SCALE, abs=1e-2)


def test_a_pan_moves_the_sky_too():
    later = lens(turn=turned((0, 1, 0), -1.0))
    found = motion_of(snapshot([]), snapshot([], lens_=later))
    turn = np.tan(np.radians(1.0)) * SCALE
    assert found[2, WIDTH // 2, 0] == pytest.approx(-turn, rel=0.05)


def test_a_ball_that_rolls_right_and_up_moves_right_and_up():
    there = body(place=(0.2, 1.1, 0.0))
    found = motion_of(snapshot([body()]), snapshot([there]))
    assert found[HEIGHT // 2, WIDTH // 2] == pytest.approx(
        (0.2 * SCALE / 4.5, 0.1 * SCALE / 4.5), rel=0.02
    )


def test_a_ball_that_spins_carries_its_skin_along():
    spun = body(turn=turned((0, 1, 0), 5.0))
    found = motion_of(snapshot([body()]), snapshot([spun]))
    assert found[HEIGHT // 2, WIDTH // 2, 0] == pytest.approx(
        0.5 * np.sin(np.radians(5)) / 4.5 * SCALE, rel=0.03
    )


def read_mattes(path, layer="crypto_object") -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Pull every matte of a file, and their sum, as the specification tells readers to."""
    file = OpenEXR.File(str(path), separate_channels=True)
    header, channels = file.header(), file.parts[0].channels
    (key,) = (
        name.split("/")[1]
        for name in header
        if name.startswith("cryptomatte/") and header[name] == layer
    )
    manifest = json.loads(header[f"cryptomatte/{key}/manifest"])
    pairs = [
        (channels[f"{layer}{k:02}.{a}"].pixels, channels[f"{layer}{k:02}.{b}"].pixels)
        for k in range(3)
        for a, b in (("red", "green"), ("blue", "alpha"))
    ]
    mattes = {}
    for name, code in manifest.items():
        identity = np.float32(struct.unpack("<f", struct.pack("<I", int(code, 16)))[0])
        mattes[name] = sum(np.where(ids == identity, share, 0.0) for ids, share in pairs)
    return mattes, sum(share for _, share in pairs)


@pytest.fixture
def mattes(tmp_path):
    scene = snapshot([body(), body(s.BOX, (1.2, 0.5, 0.0), turn=turned((0, 1, 0), 20), id=1)])
    made = layers(scene, None, "cryptomatte", names=("red ball", "crate"))
    path = tmp_path / "a.exr"
    picture = np.zeros((HEIGHT, WIDTH, 3), np.float16)
    write_exr(
        path, picture, compression="dwab", header=dict(made.header), layers=dict(made.channels)
    )
    return read_mattes(path)


def test_coverage_adds_up_to_one_everywhere(mattes):
    assert mattes[1] == pytest.approx(1.0, abs=1e-5)


def test_a_matte_is_as_large_as_the_balls_silhouette(mattes):
    radius = 0.5 / np.sqrt(25 - 0.25) * SCALE
    assert mattes[0]["red ball"].sum() == pytest.approx(np.pi * radius**2, rel=0.01)
    assert mattes[0]["red ball"][HEIGHT // 2, WIDTH // 2] == 1.0


def test_mattes_tell_things_apart_and_have_soft_edges(mattes):
    found = mattes[0]
    x = int(WIDTH / 2 + 1.2 * SCALE / 5)
    y = int(HEIGHT / 2 + 0.5 * SCALE / 5)
    assert found["crate"][y, x] == 1.0
    assert found["red ball"][y, x] == 0.0
    assert found["sky"][2, 2] == 1.0
    assert found["ground"][HEIGHT - 2, 2] == 1.0
    part = (found["crate"] > 0.0) & (found["crate"] < 1.0)
    assert len(np.unique(found["crate"][part])) > 6


def test_bodies_have_mattes_of_their_own_and_their_subject_one_of_all(tmp_path):
    pile = [body(s.BOX, (x, 0.5, 0.0), size=(0.4,) * 3, id=1) for x in (-0.5, 0.5)]
    first = snapshot([body(place=(0, 2, 0)), *pile])
    made = layers(
        first, None, "cryptomatte", names=("ball", "crate"), bodies=(0, 1, 2), of=(0, 1, 1)
    )
    path, picture = tmp_path / "a.exr", np.zeros((HEIGHT, WIDTH, 3), np.float16)
    said, channels = dict(made.header), dict(made.channels)
    write_exr(path, picture, compression="zip", header=said, layers=channels)
    objects, total = read_mattes(path)
    subjects, whole = read_mattes(path, "crypto_subject")
    assert set(objects) == {"particles", "ground", "sky", "ball", "crate_01", "crate_02"}
    assert set(subjects) == {"particles", "ground", "sky", "ball", "crate"}
    assert min(objects["crate_01"].sum(), objects["crate_02"].sum()) > 100
    assert subjects["crate"] == pytest.approx(objects["crate_01"] + objects["crate_02"], abs=1e-6)
    assert subjects["ball"] == pytest.approx(objects["ball"])
    assert total == pytest.approx(1.0, abs=1e-5)
    assert whole == pytest.approx(1.0, abs=1e-5)


class Gliding(Filmed):
    """A ball that goes 0.2 m to the right in a frame."""

    def snapshot(self, frame: float) -> s.Snapshot:
        x = 0.2 * float(frame)
        return snapshot([body(place=(x, 1, 0))], air_=air(ground=s.NO_GROUND))


def test_between_two_frames_layers_are_of_that_time_and_motion_goes_to_the_next():
    filmed = Gliding(snapshot([body()]), snapshot([body()]))
    names = ("motion", "depth")
    half = Fraction(1, 2)
    whole = layers_of(filmed, 0, size=SIZE, names=names).channels
    between = layers_of(filmed, half, step=half, size=SIZE, names=names).channels
    ball = [channels["Z"] < SKY_M for channels in (whole, between)]
    middles = [np.flatnonzero(seen.any(axis=0)).mean() for seen in ball]
    assert middles[1] - middles[0] == pytest.approx(0.1 * SCALE / 5, abs=0.6)
    motions = [c["forward.u"][seen].mean() for c, seen in zip((whole, between), ball, strict=True)]
    assert motions[1] == pytest.approx(motions[0] / 2, rel=0.02)


def test_a_matte_is_blurred_as_the_picture_is():
    still = layers(snapshot([body(size=(0.1,) * 3)]), None, "cryptomatte").channels
    fast = snapshot([body(place=(-0.3, 1, 0), then=(0.3, 1, 0), size=(0.1,) * 3)])
    moved = layers(fast, None, "cryptomatte").channels

    def wide(channels) -> int:
        return int((channels["crypto_object00.alpha"][HEIGHT // 2] > 0.0).sum())

    assert wide(moved) > wide(still) + 0.5 * SCALE / 5


def test_any_number_of_threads_makes_the_same_layers():
    filmed = Filmed(snapshot([body()]), snapshot([body(place=(0.1, 1, 0))]))
    names = ("depth", "motion", "normal", "cryptomatte")
    one, two = (layers_of(filmed, 0, size=SIZE, names=names, threads=n) for n in (1, 3))
    assert all(np.array_equal(one.channels[name], two.channels[name]) for name in one.channels)
