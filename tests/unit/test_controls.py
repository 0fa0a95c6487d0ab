"""Controls: what is drawn of a plate or of marks, and that an LTX draft really follows it."""

import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from farm.cards import card_for, load_cards
from farm.cards.card import Card, Weights
from farm.errors import TaskError
from farm.frames import FrameRange, Rate
from farm.media.bundle import write_bundle
from farm.media.exr import write_exr
from farm.media.movie import encode_review
from farm.shots.request import KeyPicture, Plate
from farm.shots.spec import Annotation
from functions.models.controls import CONTROLS, pose
from functions.models.controls.base import Seen
from functions.models.controls.plate import read_plate
from functions.models.controls.tracks import draw_tracks
from functions.models.diffusion import latents
from functions.models.ltx import pipes
from functions.models.ltx.controls import Control, control_of
from tests.tiny.controls import SETS, write_controls
from tests.tiny.ltx import set_up_tiny_ltx, write_tiny_adapter
from tests.unit.test_ltx import Kept, made, opened, pixels, request

SIZE, GRID = (128, 72), (128, 96)
PATH = Annotation(path=((0.1, 0.5), (0.9, 0.5)), guides="subject")


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Card]:
    """Return the card of a tiny LTX that follows: with adapters, and with models that see."""
    folder = tmp_path_factory.mktemp("tiny")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in set_up_tiny_ltx(folder).items():
            patch.setenv(name, value)
        write_controls(folder / "shelf")
        load_cards.cache_clear()
        own = card_for("ltx-tiny")
        more = {name: Weights(hub=f"tiny/{name}", gb=0.001) for name in SETS}
        yield own.model_copy(update={"weights": {**own.weights, **more}})
    load_cards.cache_clear()


def rolling(frames: int) -> np.ndarray:
    """Return codes of a bright square that crosses a dark frame."""
    codes = np.full((frames, 72, 128, 3), 30, np.uint8)
    for number, frame in enumerate(codes):
        frame[20:50, 10 + 4 * number : 40 + 4 * number] = (220, 180, 90)
    return codes


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plate") / "plate.mp4"
    for _ in encode_review(path, iter(rolling(12)), rate=Rate.parse("24")):
        pass
    return path


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a bundle of EXRs as previz delivers them: a ball before a far wall."""
    folder = tmp_path_factory.mktemp("exr")
    for number in range(12):
        depth = np.full((72, 128), 40.0, np.float32)
        depth[:20] = np.inf
        cv2.circle(depth, (20 + 8 * number, 45), 12, 4.0, -1)
        light = np.full((72, 128, 3), 0.18, np.float32)
        path = folder / f"f.{1001 + number}.exr"
        write_exr(path, light, compression="zip", header={}, layers={"Z": depth})
    bundle = folder / "bundle.zip"
    write_bundle(bundle, sorted(folder.glob("*.exr")))
    return bundle


def plate(strength: str) -> Plate:
    return Plate(file="plate", strength=strength)


def test_depth_comes_from_the_plates_own_z_and_near_is_bright(card, rendered):
    seen = read_plate(rendered, frames=12, picture=SIZE, size=GRID)
    drawn = CONTROLS.get("depth")(card, seen)
    assert drawn.shape == (12, 96, 128, 3)
    assert drawn[0, 12 + 45, 20].tolist() == [255] * 3
    assert drawn[0, 12 + 5, 20].tolist() == [0] * 3
    wall = drawn[0, 12 + 45, 110, 0]
    assert 0 < wall < 40  # 4 metres against 40
    assert drawn[11, 12 + 45, 108, 0] == 255  # the ball has come here


def test_depth_is_estimated_where_a_plate_has_none(card, movie):
    seen = read_plate(movie, frames=3, picture=SIZE, size=GRID)
    assert seen.near is None
    drawn = CONTROLS.get("depth")(card, seen)
    assert (drawn.min(), drawn.max()) == (0, 255)
    assert (CONTROLS.get("depth")(card, seen) == drawn).all()


def test_a_name_for_a_plates_colours_is_heard(card, movie):
    asked = {"frames": 3, "picture": SIZE, "size": GRID}
    told, named = read_plate(movie, **asked), read_plate(movie, **asked, named="pq")
    assert np.abs(told.codes.astype(int) - named.codes).max() > 20


def test_a_flat_plate_has_no_depth_to_follow(card):
    flat = Seen(codes=np.zeros((2, 8, 8, 3), np.uint8), near=np.ones((2, 8, 8), np.float32))
    with pytest.raises(TaskError, match="no depth"):
        CONTROLS.get("depth")(card, flat)


def test_edges_are_the_outlines_of_what_is_there(card, movie):
    seen = read_plate(movie, frames=12, picture=SIZE, size=GRID)
    drawn = CONTROLS.get("edges")(card, seen)
    for number in (0, 11):
        columns = np.flatnonzero(drawn[number, 30:60].any(axis=(0, 2)))
        assert abs(columns.min() - (10 + 4 * number)) <= 2
        assert abs(columns.max() - (40 + 4 * number)) <= 2
    with pytest.raises(TaskError, match="no edges"):
        CONTROLS.get("edges")(card, Seen(codes=np.zeros((1, 8, 8, 3), np.uint8), near=None))


def test_people_are_drawn_as_figures_and_a_plate_without_any_is_told(card, movie, monkeypatch):
    seen = read_plate(movie, frames=2, picture=SIZE, size=GRID)
    monkeypatch.setattr(pose, "SURE_JOINT", -1.0)
    drawn = CONTROLS.get("pose")(card, seen)
    assert drawn.any()
    assert (CONTROLS.get("pose")(card, seen) == drawn).all()
    monkeypatch.setattr(pose, "SURE_JOINT", 2.0)
    with pytest.raises(TaskError, match="nobody"):
        CONTROLS.get("pose")(card, seen)


def test_a_joint_is_found_where_its_heat_is():
    class Hot:
        """A poser that is sure of every joint, at the middle of what it is shown."""

        device = torch.device("cpu")

        class config:  # noqa: N801  # as transformers has it
            class backbone_config:  # noqa: N801  # the same
                image_size = (64, 48)

        def __call__(self, shown: torch.Tensor) -> "Hot":
            assert shown.shape == (1, 3, 64, 48)
            self.heatmaps = torch.zeros(1, 17, 16, 12)
            self.heatmaps[:, :, 8, 6] = 1.0
            return self

    box = np.array([30.0, 10.0, 60.0, 70.0])
    places, sure = pose._joints(Hot(), np.zeros((96, 128, 3), np.uint8), box)
    assert sure.tolist() == [1.0] * 17
    np.testing.assert_allclose(places, np.tile([46.8, 42.3], (17, 1)), atol=2.5)


def test_a_plate_that_is_too_short_is_told(movie):
    with pytest.raises(TaskError, match="12 frames, and the shot 13"):
        read_plate(movie, frames=13, picture=SIZE, size=GRID)


def test_a_track_runs_along_its_path_youngest_in_blue_with_a_trail_behind():
    drawn = draw_tracks([PATH], frames=25, picture=(960, 540), size=(960, 544)).astype(int)
    for frame in (0, 12, 24):
        blue = drawn[frame, ..., 2] - drawn[frame, ..., 1] - drawn[frame, ..., 0]
        rows, columns = np.nonzero(blue > 200)
        assert rows.mean() == pytest.approx(272, abs=1)
        assert columns.max() == pytest.approx((0.1 + 0.8 * frame / 24) * 960, abs=6)
    assert drawn[24, 272, 100:860:32].any(axis=-1).all()  # the trail
    assert not drawn[0, :, 110:].any()


def test_a_track_waits_for_its_frames_and_stays_where_it_ends():
    mark = PATH.model_copy(update={"frames": FrameRange(5, 10)})
    drawn = draw_tracks([mark], frames=20, picture=SIZE, size=SIZE)
    assert not drawn[4, :, 30:].any()
    assert drawn[19, 36, 115].any()


@pytest.mark.parametrize("strength", ["adhere_1", "flex_1", "flex_3"])
def test_a_draft_follows_a_plate(card, rendered, movie, strength):
    path = movie if strength == "adhere_1" else rendered
    plain = made(opened(card).draft(request(), seed=7))
    asked = request(plate=plate(strength))
    followed = made(opened(card, plate=path).draft(asked, seed=7))
    assert pixels(followed) != pixels(plain)
    assert made(opened(card, plate=path).draft(asked, seed=7)) == followed
    assert latents.unpack(followed.data).adapters == ()
    assert made(opened(card).draft(request(), seed=7)) == plain  # nothing is left behind


def test_every_strength_and_plate_gives_another_draft(card, rendered, tmp_path):
    other = tmp_path / "bundle.zip"
    write_bundle(other, sorted(rendered.parent.glob("*.exr"))[::-1])
    seen = {
        pixels(made(opened(card, plate=path).draft(request(plate=plate(word)), seed=7)))
        for path, word in ((rendered, "flex_1"), (rendered, "flex_2"), (other, "flex_1"))
    }
    assert len(seen) == 3


def test_a_draft_follows_tracks_and_goes_on_from_a_shot_with_them(card):
    asked = request(annotations=(PATH,))
    plain, led = (
        made(opened(card).draft(request(), seed=7)),
        made(opened(card).draft(asked, seed=7)),
    )
    assert pixels(led) != pixels(plain)
    on = made(opened(card).extend(plain, frames=8, seed=3, request=request(frames=8)))
    assert (led.facts["follows"], "follows" in plain.facts) == ("tracks", False)
    led_on = made(
        opened(card).extend(plain, frames=8, seed=3, request=request(frames=8, annotations=(PATH,)))
    )
    assert led_on.data != on.data


def test_a_mark_that_leads_nobody_draws_no_tracks(card):
    marks = (
        Annotation(frame=3, note="a fox"),
        PATH.model_copy(update={"guides": "camera"}),
        Annotation(arrow=((0.1, 0.5), (0.9, 0.5))),
        Annotation(region=((0.1, 0.1), (0.3, 0.3)), guides="subject"),
    )
    like = opened(card)._blank(request(), 7)
    assert control_of(card, request(annotations=marks), {}, like) is None


def test_a_keyframe_holds_beside_a_control(card, rendered, tmp_path):
    path = tmp_path / "key.png"
    cv2.imwrite(str(path), np.full((90, 160, 3), 200, np.uint8))
    key = (KeyPicture(frame=5, file="keyframe.0"),)
    files = {"plate": rendered, "keyframe.0": path}
    asked = request(plate=plate("flex_1"))
    alone = made(opened(card, **files).draft(asked, seed=7))
    both = made(opened(card, **files).draft(request(plate=plate("flex_1"), keyframes=key), seed=7))
    assert pixels(both) != pixels(alone)


def test_a_following_draft_that_was_cut_off_goes_on_to_the_same_bits(card, rendered):
    asked = request(plate=plate("flex_1"))
    whole = made(opened(card, plate=rendered).draft(asked, seed=7))
    kept = Kept()
    making = opened(card, plate=rendered, kept=kept).draft(asked, seed=7)
    for progress in making:
        if progress.note == "steps" and progress.done == 5:
            break
    making.close()
    assert kept.last
    assert made(opened(card, plate=rendered, kept=kept).draft(asked, seed=7)) == whole


def test_what_is_followed_lies_where_the_footage_lies(card):
    pipe = pipes.following_mode(opened(card)._calls.loaded())
    codes = np.zeros((9, 96, 128, 3), np.uint8)
    codes[:, 64:96, 96:128] = 255
    control = Control(name="edges", adapter="control", pictures=codes)
    given, tokens = pipes.followed(pipe, control, frames=9, factor=2)
    video = given["reference_conditions"][0].frames
    assert video.shape == (1, 3, 9, 64, 64)  # 48 rows of 96 / 2, and black up to the next cell
    assert tokens == 2 * 2 * 2
    assert (video[:, :, :, 32:48, 48:64] == 1).all()
    assert (video[:, :, :, 48:] == -1).all()


def test_a_control_that_does_not_reach_the_model_is_an_error(card, rendered, monkeypatch):
    own = pipes.followed

    def lost(*args, **named):
        given, tokens = own(*args, **named)
        return {**given, "reference_conditions": []}, tokens

    monkeypatch.setattr(pipes, "followed", lost)
    with pytest.raises(TaskError, match="never reached"):
        made(opened(card, plate=rendered).draft(request(plate=plate("flex_1")), seed=7))


def test_an_adapter_that_adds_nothing_is_an_error(card, tmp_path, rendered, monkeypatch):
    write_tiny_adapter(tmp_path, "tiny/empty", seed=1)
    (path,) = (tmp_path / "tiny/empty").glob("*.safetensors")
    tensors = load_file(path)
    save_file(
        {n: torch.zeros_like(t) if "lora_B" in n else t.clone() for n, t in tensors.items()}, path
    )
    monkeypatch.setenv("FARM_WEIGHTS", f"{tmp_path} {os.environ['FARM_WEIGHTS']}")
    weights = {**card.weights, "control": Weights(hub="tiny/empty", gb=0.001)}
    lame = card.model_copy(update={"weights": weights})
    plain = made(opened(card).draft(request(), seed=7))
    for _ in range(2):
        with pytest.raises(TaskError, match="changes nothing"):
            made(opened(lame, plate=rendered).draft(request(plate=plate("flex_1")), seed=7))
    assert made(opened(card).draft(request(), seed=7)) == plain
    made(opened(card, plate=rendered).draft(request(plate=plate("flex_1")), seed=7))
