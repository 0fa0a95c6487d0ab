"""Luma: one bill for one key, whatever breaks, and the movie that was paid for becomes footage."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from farm.cards import card_for
from farm.errors import (
    BudgetError,
    LostError,
    ModeratedError,
    ShortageError,
    TaskError,
    UnsureError,
)
from farm.frames import FrameRange
from farm.media.colorspace import to_display
from farm.shots.request import KeyPicture, Plate, Request
from farm.store import open_store
from functions.bills import StoredBills
from functions.checkpoints import StoredCheckpoints
from functions.models.base import CallSheet, State
from functions.models.luma.footage import read_bought
from functions.models.luma.model import Luma, covering
from functions.models.luma.service import LumaService
from functions.models.luma.wishes import new_wish, words
from tests.unit.luma_server import HEIGHT, WIDTH, LumaServer, light, luma_server, movie

pytest.importorskip("luma_agents")
CODE = """
import sys
from tests.unit.test_luma import luma_of, request, through
from pathlib import Path
print(through(luma_of(Path(sys.argv[1]), "key").draft(request(), seed=1)).frames)
"""


@pytest.fixture(autouse=True)
def luma(monkeypatch):
    with luma_server() as server:
        monkeypatch.setenv("LUMA_BASE_URL", server.url)
        monkeypatch.setenv("LUMA_AGENTS_API_KEY", "a key")
        monkeypatch.setattr("functions.models.luma.generation.FIRST_PAUSE_SECONDS", 0.01)
        yield server


def request(**more: object) -> Request:
    said = {"prompt": "a ball rolls", "frames": 96, "rate": "24", "size": (960, 540)}
    return Request.model_validate(said | more)


def luma_of(
    folder: Path, key: str, files: dict[str, Path] | None = None, *, card: str = "ray-3.2"
) -> Luma:
    store = open_store(str(folder / "store"))
    return Luma(
        CallSheet(
            card=card_for(card),
            files=files or {},
            checkpoints=StoredCheckpoints(store, key),
            bills=StoredBills(store, key),
        )
    )


def through(making) -> State:
    while True:
        try:
            next(making)
        except StopIteration as end:
            return end.value


def draft(folder: Path, key: str = "key", **more: object) -> State:
    return through(luma_of(folder, key).draft(request(**more), seed=1))


def test_a_take_is_asked_watched_and_kept(luma: LumaServer, tmp_path: Path):
    state = draft(tmp_path)
    assert state.frames == 96
    assert read_bought(state).rolls[0].made == movie(121)
    assert len(luma.bills) == 1
    assert luma.bills[0]["video"] == {"resolution": "540p", "duration": "5s"}


def test_the_same_key_never_pays_twice(luma: LumaServer, tmp_path: Path):
    assert draft(tmp_path) == draft(tmp_path)
    assert len(luma.bills) == 1
    draft(tmp_path, key="another")
    assert len(luma.bills) == 2


def test_a_generation_under_way_is_adopted_after_a_crash(luma: LumaServer, tmp_path: Path):
    making = luma_of(tmp_path, "key").draft(request(), seed=1)
    next(making)
    making.close()
    assert draft(tmp_path).frames == 96
    assert luma.creations == 1


def run_until_billed(folder: Path, luma: LumaServer) -> subprocess.Popen:
    child = subprocess.Popen([sys.executable, "-c", CODE, str(folder)], env=os.environ)
    assert luma.billed.wait(30)
    return child


def test_killed_between_the_bill_and_its_record_it_is_never_billed_again(luma, tmp_path):
    luma.hold = threading.Event()
    child = run_until_billed(tmp_path, luma)
    child.send_signal(signal.SIGKILL)
    child.wait()
    luma.hold.set()
    luma.hold = None
    for _ in range(3):
        with pytest.raises(UnsureError, match="before the answer was kept"):
            draft(tmp_path)
    assert len(luma.bills) == 1


def test_killed_after_the_record_the_same_generation_goes_on(luma: LumaServer, tmp_path: Path):
    luma.looks = 10**6
    child = run_until_billed(tmp_path, luma)
    bills = StoredBills(open_store(str(tmp_path / "store")), "key")
    while not bills.read().get("generation"):
        pass
    child.send_signal(signal.SIGKILL)
    child.wait()
    luma.looks = 0
    assert draft(tmp_path).frames == 96
    assert len(luma.bills) == 1


def test_an_answer_that_was_lost_stops_the_key_and_says_how_to_go_on(luma, tmp_path):
    luma.lost = 1
    for _ in range(3):
        with pytest.raises(UnsureError) as told:
            draft(tmp_path)
        assert "change the seed" in told.value.hint
    assert (luma.creations, len(luma.bills)) == (1, 1)


@pytest.mark.parametrize("status", [500, 502, 504])
def test_an_answer_that_leaves_the_bill_open_is_not_tried_again(luma, tmp_path, status):
    luma.statuses = [status]
    with pytest.raises(UnsureError):
        draft(tmp_path)
    with pytest.raises(UnsureError):
        draft(tmp_path)
    assert luma.creations == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [(429, ShortageError), (503, ShortageError), (402, BudgetError), (422, TaskError)],
)
def test_a_refusal_costs_nothing_and_the_next_try_asks_again(luma, tmp_path, status, error):
    luma.statuses = [status]
    with pytest.raises(error):
        draft(tmp_path)
    assert luma.creations == 1
    assert luma.bills == []
    draft(tmp_path)
    assert len(luma.bills) == 1


def test_a_service_that_cannot_be_reached_is_a_loss(luma, tmp_path, monkeypatch):
    monkeypatch.setenv("LUMA_BASE_URL", "http://127.0.0.1:9/v1")
    with pytest.raises(LostError, match="cannot be reached"):
        draft(tmp_path)
    monkeypatch.setenv("LUMA_BASE_URL", luma.url)
    assert draft(tmp_path).frames == 96


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("content_moderated", ModeratedError),
        ("generation_failed", TaskError),
        ("output_not_found", TaskError),
        ("budget_exhausted", BudgetError),
        ("image_too_large", TaskError),
        ("unsupported_format", TaskError),
        ("corrupt_input", TaskError),
        ("invalid_request", TaskError),
    ],
)
def test_a_failed_generation_stays_failed_and_is_not_asked_for_again(luma, tmp_path, code, error):
    luma.failure = code
    for _ in range(2):
        with pytest.raises(error, match=code) as told:
            draft(tmp_path)
        assert type(told.value) is error
    assert luma.creations == 1


def test_a_service_that_was_too_busy_is_asked_again(luma: LumaServer, tmp_path: Path):
    luma.failure = "rate_limited"
    with pytest.raises(ShortageError):
        draft(tmp_path)
    luma.failure = ""
    assert draft(tmp_path).frames == 96


def test_an_address_that_died_is_asked_for_anew(luma: LumaServer, tmp_path: Path):
    luma.dead = 1
    assert draft(tmp_path).frames == 96
    assert len(luma.bills) == 1


def test_a_movie_that_is_gone_for_good_is_a_fault(luma: LumaServer, tmp_path: Path):
    luma.dead = 10
    with pytest.raises(TaskError, match="not there any more"):
        draft(tmp_path)
    assert len(luma.bills) == 1


def test_looks_that_break_off_are_tried_again(luma: LumaServer, tmp_path: Path):
    luma.torn = 3
    assert draft(tmp_path).frames == 96


def test_a_generation_of_which_nothing_is_heard_is_handed_back_not_lost(luma, tmp_path):
    luma.torn = 5
    with pytest.raises(LostError):
        draft(tmp_path)
    assert draft(tmp_path).frames == 96
    assert luma.creations == 1


def test_a_movie_with_too_few_frames_is_a_fault(luma: LumaServer, tmp_path: Path):
    luma.frames = 90
    with pytest.raises(TaskError, match="has 90 frames, 96 are needed"):
        draft(tmp_path)


def test_an_extension_continues_a_generation_that_is_used_to_its_end(luma, tmp_path):
    luma.frames = 120
    whole = draft(tmp_path, frames=120)
    longer = through(luma_of(tmp_path, "more").extend(whole, frames=100, seed=1))
    assert longer.frames == 220
    first = read_bought(longer).rolls[0].generation
    assert luma.bills[1]["video"]["start_frame"] == {"generation_id": first}


def test_an_extension_of_a_shortened_take_starts_from_its_last_picture(luma, tmp_path):
    longer = through(luma_of(tmp_path, "more").extend(draft(tmp_path), frames=100, seed=1))
    start = luma.bills[1]["video"]["start_frame"]
    assert start["media_type"] == "image/png"
    assert longer.frames == 196


def test_the_frames_before_an_extension_stay_as_they_are(tmp_path: Path):
    state = draft(tmp_path, frames=10)
    model = luma_of(tmp_path, "more")
    longer = through(model.extend(state, frames=5, seed=1))
    span = FrameRange(7, 9)
    before = list(model.render(state, span, size=(80, 44)))
    assert np.array_equal(before, list(model.render(longer, span, size=(80, 44))))


def test_a_loop_is_asked_for_as_one(luma: LumaServer, tmp_path: Path):
    state = draft(tmp_path, frames=120, loop=True)
    assert luma.bills[0]["video"]["loop"] is True
    assert luma_of(tmp_path, "loop").loop(state) is state
    with pytest.raises(TaskError, match="when it makes it"):
        luma_of(tmp_path, "loop").loop(draft(tmp_path, key="other"))


def test_keyframes_go_along_at_their_frames(luma: LumaServer, tmp_path: Path):
    path = tmp_path / "key.png"
    Image.new("RGB", (32, 18), (200, 30, 30)).save(path)
    model = luma_of(tmp_path, "key", files={"keyframe.0": path})
    through(model.draft(request(keyframes=[KeyPicture(frame=40, file="keyframe.0")]), seed=1))
    assert luma.bills[0]["video"]["keyframe_indexes"] == [40]
    assert luma.bills[0]["video"]["keyframes"][0]["media_type"] == "image/png"


def test_a_plate_is_sent_along_with_the_strength_of_the_list(luma: LumaServer, tmp_path: Path):
    path = tmp_path / "plate"
    path.write_bytes(movie(30))
    model = luma_of(tmp_path, "key", files={"plate": path})
    given = Plate(file="plate", strength="adhere_2")
    assert through(model.draft(request(frames=24, plate=given), seed=1)).frames == 24
    (bill,) = luma.bills
    assert (bill["type"], bill["source"]["media_type"]) == ("video_edit", "video/mp4")
    assert bill["video"] == {"resolution": "540p", "edit": {"strength": "adhere_2"}}


def test_a_plate_that_is_too_long_costs_nothing(luma: LumaServer, tmp_path: Path):
    path = tmp_path / "plate"
    path.write_bytes(movie(24 * 19))
    model = luma_of(tmp_path, "key", files={"plate": path})
    with pytest.raises(TaskError, match="plates of 18 s at most"):
        through(model.draft(request(plate=Plate(file="plate", strength="flex_1")), seed=1))
    assert luma.creations == 0


def test_pictures_are_not_written_into_the_bill(luma: LumaServer, tmp_path: Path):
    state = draft(tmp_path, key="whole")
    luma.lost = 1
    with pytest.raises(UnsureError):
        through(luma_of(tmp_path, "more").extend(state, frames=5, seed=1))
    said = StoredBills(open_store(str(tmp_path / "store")), "more").read()
    assert said["wish"]["video"]["start_frame"]["data"] == "..."


def test_camera_and_cast_are_put_in_words():
    said = words(request(cast=[("Ada", "an old sailor")]))
    assert said == "a ball rolls. Ada is an old sailor. Camera: static, 35mm lens at f/8."


def test_ten_seconds_are_asked_for_when_five_do_not_suffice():
    card = card_for("ray-3.2")
    assert new_wish(card, request(frames=121), {})["video"]["duration"] == "10s"
    with pytest.raises(TaskError, match="cannot make 241 frames"):
        new_wish(card, request(frames=241), {})


def test_a_master_shows_what_the_movie_showed(tmp_path: Path):
    """Through the ACES view, the reconstructed light is the movie again, below the shoulder."""
    state = draft(tmp_path, frames=2)
    model = luma_of(tmp_path, "key")
    (light,) = model.render(state, FrameRange(1, 1), size=(160, 90))
    (codes,) = read_bought(state).pictures(FrameRange(1, 1))
    shown = to_display(light).astype(np.float32) / 255
    mid = codes.max(axis=-1) < 0.7
    assert np.abs(shown - codes)[mid].max() < 0.02
    assert light.max() > 1


def test_a_master_is_larger_and_no_brighter_than_its_draft(tmp_path: Path):
    state = draft(tmp_path, frames=1)
    model = luma_of(tmp_path, "key")
    (small,) = model.render(state, FrameRange(0, 0), size=(160, 90))
    (large,) = model.render(state, FrameRange(0, 0), size=(640, 360))
    assert large.shape == (360, 640, 3)
    assert large.max() <= small.max() + 1e-6


def test_without_a_key_it_says_which_is_missing(tmp_path: Path, monkeypatch):
    monkeypatch.delenv("LUMA_AGENTS_API_KEY")
    with pytest.raises(TaskError) as told:
        draft(tmp_path)
    assert "LUMA_AGENTS_API_KEY" in told.value.hint


def test_a_service_is_priced_by_what_is_asked_the_size_and_the_length():
    fees = card_for("ray-3.2").draft.fees
    assert fees.price("new", edge=540, seconds=4) == 0.15
    assert fees.price("new", edge=540, seconds=5) == 0.15
    assert fees.price("new", edge=540, seconds=5.04) == 0.45
    assert fees.price("new", edge=1000, seconds=5) == 1.20
    assert fees.price("edit", edge=720, seconds=10) == 2.16
    assert fees.price("edit", edge=540, seconds=18) == pytest.approx(2.88)


def hdr(folder: Path, key: str = "key", **more: object) -> tuple[Luma, State]:
    model = luma_of(folder, key, card="ray-3.2-hdr")
    said = {"frames": 24, "size": (1280, 720)} | more
    return model, through(model.draft(request(**said), seed=1))


def test_hdr_is_asked_for_with_its_exrs_and_is_light_as_it_was_generated(luma, tmp_path):
    model, state = hdr(tmp_path)
    video = {"resolution": "720p", "duration": "5s", "hdr": True, "exr_export": True}
    assert luma.bills[0]["video"] == video
    (frame,) = model.render(state, FrameRange(20, 20), size=(WIDTH, HEIGHT))
    assert frame.max() == pytest.approx(12 * 250 / 255, rel=0.02)
    assert np.abs(frame - light(20, 121)).mean() < 0.02


def test_without_exrs_the_hdr_movie_itself_is_the_light(luma: LumaServer, tmp_path: Path):
    luma.sidecar = ""
    model, state = hdr(tmp_path)
    (frame,) = model.render(state, FrameRange(20, 20), size=(WIDTH, HEIGHT))
    assert frame.max() > 5


def test_one_exr_is_not_taken_for_a_movie(luma: LumaServer, tmp_path: Path):
    luma.sidecar = "exr"
    with pytest.raises(TaskError, match="has 1 frames, 24 are needed"):
        hdr(tmp_path)
    _, still = hdr(tmp_path, key="still", frames=1)
    assert still.frames == 1


def test_an_sdr_movie_is_never_called_hdr(luma: LumaServer, tmp_path: Path, monkeypatch):
    luma.sidecar = ""
    monkeypatch.setattr("tests.unit.luma_server.hdr_movie", movie)
    with pytest.raises(TaskError, match="was asked for HDR, and SDR came"):
        hdr(tmp_path)


def test_an_hdr_take_takes_keyframes_and_no_other_length_or_loop(tmp_path: Path):
    path = tmp_path / "key.png"
    Image.new("RGB", (32, 18), (200, 30, 30)).save(path)
    card = card_for("ray-3.2-hdr")
    keyed = request(keyframes=[KeyPicture(frame=40, file="keyframe.0")])
    video = new_wish(card, keyed, {"keyframe.0": path})["video"]
    assert (video["keyframe_indexes"], video["hdr"]) == ([40], True)
    with pytest.raises(TaskError, match="cannot make 121 frames"):
        new_wish(card, request(frames=121), {})
    assert (card.can.loop, card.can.extend, card.can.continues) == (False, False, False)


def test_a_fetch_that_breaks_off_is_a_loss_and_the_generation_is_adopted(luma, tmp_path):
    luma.short = 1
    with pytest.raises(LostError):
        draft(tmp_path)
    assert draft(tmp_path).frames == 96
    assert len(luma.bills) == 1


def test_a_plate_is_remade_towards_keyframes(luma: LumaServer, tmp_path: Path):
    plate, key = tmp_path / "plate", tmp_path / "key.png"
    plate.write_bytes(movie(30))
    Image.new("RGB", (32, 18), (200, 30, 30)).save(key)
    model = luma_of(tmp_path, "key", files={"plate": plate, "keyframe.0": key})
    asked = request(
        frames=24,
        plate=Plate(file="plate", strength="flex_1"),
        keyframes=[KeyPicture(frame=12, file="keyframe.0")],
    )
    through(model.draft(asked, seed=1))
    edit = luma.bills[0]["video"]["edit"]
    assert (edit["strength"], edit["keyframe_indexes"]) == ("flex_1", [12])
    assert "keyframes" not in luma.bills[0]["video"]


def test_a_plate_that_costs_more_than_its_shot_is_refused_before_it_is_sent(luma, tmp_path):
    plate = tmp_path / "plate"
    plate.write_bytes(movie(24 * 8))
    model = luma_of(tmp_path, "key", files={"plate": plate})
    with pytest.raises(TaskError, match=r"all 8.0 s of the plate, for \$1.44") as told:
        through(model.draft(request(plate=Plate(file="plate", strength="flex_1")), seed=1))
    assert "96 frames" in told.value.hint
    assert luma.creations == 0


def test_a_plate_of_another_aspect_is_cut_to_the_shot_s_and_not_squeezed():
    tall = np.zeros((90, 60, 3), np.float32)
    tall[30:60] = 1.0
    assert covering(tall, (160, 90)).shape == (34, 60, 3)
    assert covering(tall, (160, 90))[2:32].min() == 1.0
    assert covering(tall, (600, 900)).shape == tall.shape


class Died(BaseException):
    """The worker is gone at this very point, as by SIGKILL: nothing is caught or cleaned up."""


class Mortal:
    """A door to the store or the service that dies before, or after, its nth call."""

    def __init__(self, inner: object, life: list[int]) -> None:
        self._inner, self._life = inner, life

    def __getattr__(self, name: str):
        call = getattr(self._inner, name)

        def dying(*words: object, **more: object) -> object:
            self._pass()
            answer = call(*words, **more)
            self._pass()
            return answer

        return dying

    def _pass(self) -> None:
        self._life[0] -= 1
        if self._life[0] == 0:
            raise Died


def mortal(folder: Path, life: list[int]) -> Luma:
    store = open_store(str(folder / "store"))
    sheet = CallSheet(
        card=card_for("ray-3.2"),
        files={},
        checkpoints=StoredCheckpoints(store, "key"),
        bills=Mortal(StoredBills(store, "key"), life),
    )
    return Luma(sheet, Mortal(LumaService(), life))


def test_killed_at_every_single_point_there_is_one_bill_at_most(luma, tmp_path, monkeypatch):
    monkeypatch.setattr("functions.models.luma.service.time.sleep", lambda _: None)
    ends = ""
    for point in range(1, 100):
        luma.looked = 0
        luma.bills.clear()
        try:
            through(mortal(tmp_path / str(point), [point]).draft(request(), seed=1))
        except Died:
            pass
        else:
            break
        luma.looked = 0
        try:
            assert through(mortal(tmp_path / str(point), [0]).draft(request(), seed=1)).frames == 96
            assert len(luma.bills) == 1
            ends += "made "
        except UnsureError:
            assert len(luma.bills) <= 1
            ends += "unsure "
    words = ends.split()
    unsure = [point for point, word in enumerate(words) if word == "unsure"]
    assert len(words) > 15
    assert len(unsure) == 4, "from the wish's note to the id's, and nowhere else"
    assert unsure == list(range(unsure[0], unsure[0] + 4))


def test_a_plan_prices_what_is_bought_and_nothing_else(tmp_path: Path):
    """A loop is bought as a take; words, judgement and masters are never bought."""
    source = Path(__file__).parents[2] / "specs" / "luma.yaml"
    farm = Path(sys.executable).with_name("farm")
    words = ["plan", str(source), "--json", "--store", str(tmp_path / "plan")]
    ran = subprocess.run([farm, *words], capture_output=True, text=True, check=True)
    paid = [
        (task["shot"], task["stage"], task["usd"])
        for task in json.loads(ran.stdout)["tasks"]
        if task["usd"] > 0.01
    ]
    assert paid == [
        ("sq010_sh0010", "draft", 0.15),
        ("sq010_sh0010", "draft", 0.15),
        ("sq010_sh0010", "extend", 0.15),
        ("sq010_sh0020", "draft", 0.15),
        ("sq010_sh0020", "draft", 0.15),
        ("sq010_sh0030", "draft", 0.9),
        ("sq010_sh0030", "draft", 0.9),
    ]
