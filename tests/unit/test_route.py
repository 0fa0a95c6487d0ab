"""The route: which tasks a shot wants, in what shape, and what it does with what it is told."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from farm.crew.clock import RealClock
from farm.crew.rehearsal import PlanRow, Rehearsal
from farm.crew.sim import MemoryStore
from farm.errors import TaskError
from farm.frames import Rate
from farm.media.codecs import CODECS
from farm.media.movie import encode_movie
from farm.prices import Prices
from farm.route.extend import frames_to_add, segments
from farm.route.footage import seed_of
from farm.route.outlook import ORDER
from farm.route.refusals import refusals
from farm.route.shoot import ShotResult
from farm.route.show import Terms, set_up, shoot_show, wanted_shots
from farm.shots.load import load_shot_list
from farm.shots.shot_list import ShotList
from farm.shots.spec import Shot
from farm.task import Outcome, Task


class Desk:
    """Loads lists and rehearses them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = MemoryStore(RealClock())

    def load(self, shots: str, *, more: str = "") -> ShotList:
        path = self.folder / "list.yaml"
        path.write_text(f"show: night\ndefaults: {{takes: 2, rate: 12}}\n{more}\nshots:\n{shots}")
        return load_shot_list(path)

    def rehearse(
        self, shot_list: ShotList, *, doer: Rehearsal | None = None, **terms: object
    ) -> tuple[list[PlanRow], tuple[ShotResult, ...]]:
        doer = doer or Rehearsal(store=self.store)
        terms = {"out": self.folder / "out", "publish": False, **terms}

        async def show() -> tuple[ShotResult, ...]:
            try:
                return await shoot_show(shot_list, doer, Terms(**terms))
            finally:
                await doer.close()

        results = asyncio.run(show())
        return doer.rows, results


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def stages(rows: list[PlanRow], shot: str = "a") -> list[str]:
    return [row.stage for row in rows if row.shot == shot]


BALL = '  - {shot: a, prompt: "a ball", duration: 1s'


def test_a_plain_shot_is_drafted_judged_mastered_and_packed(desk):
    rows, (result,) = desk.rehearse(desk.load(BALL + "}"))
    assert {row.stage for row in rows} == {"draft", "judge", "sheet", "master", "collect", "review"}
    assert stages(rows).count("draft") == 2
    assert result.state == "delivered"
    assert result.version == "v001"


def test_an_extension_is_a_chain_of_segments_with_checked_seams(desk):
    rows, _ = desk.rehearse(desk.load(BALL + ", extend: {to: 9s}}"))
    assert stages(rows).count("extend") == stages(rows).count("seam") == 2


def test_a_loop_is_closed_and_checked_before_its_master(desk):
    rows, _ = desk.rehearse(desk.load(BALL + ", loop: true}"))
    assert stages(rows).index("loop") < stages(rows).index("master")
    assert "seam" in stages(rows)


def test_until_stops_after_the_stage_it_names(desk):
    shot_list = desk.load(BALL + "}")
    assert set(stages(desk.rehearse(shot_list, until="draft")[0])) == {"draft"}
    assert "master" not in stages(desk.rehearse(shot_list, until="judge")[0])
    assert "collect" not in stages(desk.rehearse(shot_list, until="master")[0])


def test_a_shot_that_waits_for_a_person_is_not_mastered(desk):
    shot_list = desk.load(BALL + ", judge: {choose: human}}")
    rows, (result,) = desk.rehearse(shot_list)
    assert result.state == "waiting"
    assert "farm circle" in result.hint
    assert "master" not in stages(rows)


def test_a_persons_pick_wins_and_is_remembered(desk):
    desk.store.write_note("picks/night/a", {"take": "t02"})
    _, (result,) = desk.rehearse(desk.load(BALL + "}"))
    assert result.take == "t02"


def test_a_pick_of_a_take_that_was_not_shot_fails_that_shot_only(desk):
    desk.store.write_note("picks/night/a", {"take": "t09"})
    shots = BALL + '}\n  - {shot: b, prompt: "a box", duration: 1s}'
    _, (a, b) = desk.rehearse(desk.load(shots))
    assert a.state == "failed"
    assert "t09" in a.problem
    assert b.state == "delivered"


def test_a_shot_that_continues_another_starts_from_its_end(desk):
    shots = BALL + '}\n  - {shot: b, prompt: "a box", duration: 1s, continues: a}'
    rows, _ = desk.rehearse(desk.load(shots))
    drafts = [row for row in rows if row.shot == "b" and row.stage == "draft"]
    assert {row.verdict for row in drafts} == {"depends"}


def test_a_shot_that_continues_one_that_waits_waits_too(desk):
    shots = (
        BALL + ', judge: {choose: human}}\n  - {shot: b, prompt: "c", duration: 1s, continues: a}'
    )
    _, (a, b) = desk.rehearse(desk.load(shots))
    assert a.state == b.state == "waiting"


def test_choosing_a_shot_brings_those_that_it_continues(desk):
    shots = BALL + (
        '}\n  - {shot: b, prompt: "b", duration: 1s, continues: a}'
        '\n  - {shot: c, prompt: "c", duration: 1s}'
    )
    assert [shot.shot for shot in wanted_shots(desk.load(shots), ["b"])] == ["a", "b"]


class Failing(Rehearsal):
    """Supposes everything but what is told to fail."""

    fails: tuple[str, str] = ("", "")

    async def do(self, task: Task) -> Outcome:
        if (task.shot, task.stage) == self.fails:
            raise TaskError(f"{task.label}: told to fail", hint="none")
        return await super().do(task)


@pytest.mark.parametrize("stage", ["draft", "judge", "extend", "seam", "master", "collect"])
def test_whatever_fails_in_one_shot_the_others_are_delivered(desk, stage):
    shots = BALL + ', extend: {to: 2s}}\n  - {shot: b, prompt: "a box", duration: 1s}'
    doer = Failing(store=desk.store)
    doer.fails = ("a", stage)
    _, (a, b) = desk.rehearse(desk.load(shots), doer=doer)
    assert (a.state, b.state) == ("failed", "delivered")
    assert "told to fail" in a.problem


def test_the_cells_of_a_sweep_share_their_seeds():
    first, second = (Shot(shot="a", prompt="p", duration="1s", variant=v) for v in ("x", "y"))
    assert seed_of(first, 1) == seed_of(second, 1)
    assert seed_of(first, 1) != seed_of(first, 2)


def test_a_given_seed_counts_up_from_the_first_take():
    shot = Shot(shot="a", prompt="p", duration="1s", seed=7)
    assert [seed_of(shot, number) for number in (1, 2, 3)] == [7, 8, 9]


def test_segments_add_up_and_none_is_longer_than_the_model_makes():
    for frames in range(200):
        pieces = segments(frames, longest=48)
        assert sum(pieces) == frames
        assert all(0 < piece <= 48 for piece in pieces)


def test_handles_are_made_at_both_ends_and_marks_stay_on_their_picture(desk):
    mark = "{frame: 1003, arrow: [[0, 0], [1, 1]]}"
    shots = f'  - {{shot: a, prompt: "a ball", frames: 1001-1012, annotations: [{mark}]}}'
    shot_list = desk.load(shots, more="delivery: {handles: 4}")
    setup = set_up(shot_list.shots[0], shot_list, Rehearsal(store=desk.store))
    assert setup.request.frames == 20
    assert setup.request.annotations[0].frame == 6
    assert frames_to_add(setup.shot, frames=20, handles=4) == 0


def test_what_comes_later_ranks_lower(desk):
    shot_list = desk.load(BALL + ", extend: {to: 9s}}")
    setup = set_up(shot_list.shots[0], shot_list, Rehearsal(store=desk.store))
    after = [setup.outlook.after(stage) for stage in ORDER]
    assert after == sorted(after, reverse=True)


class Recording(Rehearsal):
    """Remembers what it was asked to do."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store=store)
        self.asked: list[Task] = []

    async def do(self, task: Task) -> Outcome:
        self.asked.append(task)
        return await super().do(task)

    def keys(self, stage: str) -> set[str]:
        return {task.key for task in self.asked if task.stage == stage}


def test_more_takes_make_no_new_version_of_the_same_pictures(desk):
    desk.store.write_note("picks/night/a", {"take": "t01"})
    doers = Recording(desk.store), Recording(desk.store)
    for doer, takes in zip(doers, (2, 4), strict=True):
        desk.rehearse(desk.load(BALL + f", takes: {takes}}}"), doer=doer)
    few, many = doers
    assert few.keys("draft") < many.keys("draft")
    assert few.keys("collect") == many.keys("collect")
    assert few.keys("master") == many.keys("master")


def test_a_changed_prompt_changes_every_key_from_the_draft_on(desk):
    doers = Recording(desk.store), Recording(desk.store)
    for doer, prompt in zip(doers, ("a ball", "a box"), strict=True):
        desk.rehearse(desk.load(BALL.replace("a ball", prompt) + "}"), doer=doer)
    for stage in ("draft", "judge", "master", "collect", "review", "sheet"):
        assert not doers[0].keys(stage) & doers[1].keys(stage)


def test_what_changes_no_pixel_changes_no_key(desk):
    doers = Recording(desk.store), Recording(desk.store)
    for doer, price in zip(doers, (0.0, 9.0), strict=True):
        desk.rehearse(desk.load(BALL + "}"), doer=doer, prices=Prices(usd_per_core_hour=price))
    assert {task.key for task in doers[0].asked} == {task.key for task in doers[1].asked}
    assert sum(task.usd for task in doers[1].asked) > 0


def test_refusals_have_a_place_and_a_way_out(desk):
    shots = BALL + ", annotations: [{frame: 1001, gaze: [[0.1, 0.1], [0.5, 0.5]]}]}"
    (fault,) = refusals(desk.load(shots, more="delivery: {movies: [review]}"))
    assert "gaze" in str(fault)
    assert "list.yaml:5" in str(fault)


def test_what_the_delivery_asks_beyond_the_farm_is_refused_once(desk):
    shots = BALL + '}\n  - {shot: b, prompt: "a box", duration: 1s}'
    delivery = "delivery: {movies: [dnxhr], resolution: 160x90}"
    (fault,) = refusals(desk.load(shots, more=delivery))
    assert "dnxhr has no pictures under 256x120" in str(fault)
    assert "delivery.movies" in str(fault)


def test_handles_that_are_no_whole_frames_at_the_delivered_rate_are_refused(desk):
    more = "delivery: {rate: 30, handles: 3}"
    (fault,) = refusals(desk.load(BALL + "}", more=more))
    assert "no whole frames" in str(fault)
    assert refusals(desk.load(BALL + "}", more="delivery: {rate: 30, handles: 4}")) == ()


def test_signing_without_a_key_is_refused_before_money_is_spent(desk, monkeypatch):
    monkeypatch.delenv("FARM_C2PA_CERT", raising=False)
    (fault,) = refusals(desk.load(BALL + "}", more="delivery: {credentials: true}"))
    assert "FARM_C2PA_CERT" in str(fault)


def test_every_deliverable_is_one_task_and_a_sequence_is_one_a_piece(desk):
    more = "delivery: {movies: [review, hdr10, dnxhr], sequences: [dpx], stills: [gif], rate: 24}"
    rows, (result,) = desk.rehearse(desk.load(BALL + "}", more=more))
    found = stages(rows)
    assert found.count("movie") == 2
    assert found.count("pictures") == found.count("retime") == found.count("master")
    assert found.count("stills") == 1
    assert result.state == "delivered"


def test_a_reframed_shot_is_a_variant_beside_the_shot(desk):
    rows, _ = desk.rehearse(desk.load(BALL + ', reframe: {aspect: "9:16", follow: ball}}'))
    assert {"follow", "reframe", "collect", "review"} == set(stages(rows, "9x16/a"))
    assert stages(rows).count("collect") == stages(rows, "9x16/a").count("collect")
    rows, _ = desk.rehearse(desk.load(BALL + ', reframe: {aspect: "1:1"}}'))
    assert "follow" not in stages(rows, "1x1/a")


GENERATED = "  - {shot: a, prompt: 'a ball', duration: 2s, rate: 24, model: ltx"


def test_a_model_that_refines_masters_in_tiles_level_by_level(desk):
    rows, _ = desk.rehearse(desk.load(GENERATED + "}", more="delivery: {resolution: 4k}"))
    wanted = stages(rows)
    assert wanted.count("words") == 1
    assert wanted.count("enlarge") == wanted.count("merge") == 2
    assert wanted.count("tile") == 2 + 6
    assert wanted.index("enlarge") < wanted.index("tile") < wanted.index("merge")
    assert wanted.count("master") == 1


def test_a_refined_shot_that_is_extended_masters_each_piece_from_its_own_latents(desk):
    rows, _ = desk.rehearse(
        desk.load(GENERATED + ", extend: {to: 4s}}", more="delivery: {resolution: 1080p}")
    )
    parts = {row.part for row in rows if row.stage == "enlarge"}
    assert parts == {"0-47 x2", "48-95 x2"}


def test_a_draft_that_is_refined_is_at_most_half_as_large_as_its_master(desk):
    listed = desk.load(GENERATED + "}", more="delivery: {resolution: 512x288}")
    setup = set_up(listed.shots[0], listed, Rehearsal(store=desk.store))
    assert setup.request.size == (256, 144)


@pytest.mark.parametrize(
    "stage", ["movie", "pictures", "stills", "retime", "follow", "reframe", "a cut"]
)
def test_whatever_fails_beside_the_frames_the_other_shot_is_delivered(desk, stage):
    more = (
        "delivery: {rate: 24, movies: [hdr10], sequences: [tiff], stills: [webp]}\n"
        "cut: {shots: [a, b]}"
    )
    shots = BALL + ', reframe: {aspect: "9:16", follow: ball}}'
    shots += '\n  - {shot: b, prompt: "a box", duration: 1s}'
    doer = Failing(store=desk.store)
    where = {"follow": "9x16/a", "reframe": "9x16/a", "a cut": "cut"}.get(stage, "a")
    doer.fails = (where, stage.removeprefix("a "))
    _, (a, b, *cut) = desk.rehearse(desk.load(shots, more=more), doer=doer)
    assert b.state == "delivered"
    if stage == "a cut":
        assert a.state == "delivered"
        assert [(one.shot, one.state) for one in cut] == [("cut", "failed")]
    else:
        assert (a.state, cut) == ("failed", [])
        assert "told to fail" in a.problem


def test_a_plates_colours_may_be_named_and_a_wrong_name_is_refused(desk):
    (desk.folder / "plate.mov").write_bytes(b"no movie")
    shot = '  - {shot: a, prompt: "a street at night", duration: 1s, '
    edit = "edit: {plate: plate.mov, colorspace: ARRI LogC5}}"
    (fault,) = refusals(desk.load(shot + edit))
    assert "did you mean 'ARRI LogC4'" in str(fault)
    assert refusals(desk.load(shot + edit.replace("LogC5", "LogC4"))) == ()


def test_a_keyframes_colours_may_be_named_but_not_to_a_service_that_never_hears(desk):
    (desk.folder / "a.png").write_bytes(b"no picture")
    shot = '  - {shot: a, prompt: "a street at night", duration: 5s, '
    key = "keyframes: [{frame: first, image: a.png, colorspace: ARRI LogC5}]}"
    (fault,) = refusals(desk.load(shot + key))
    assert "keyframes[0].colorspace" in str(fault)
    assert "did you mean 'ARRI LogC4'" in str(fault)
    named = key.replace("ARRI LogC5", "rec709")
    assert refusals(desk.load(shot + named)) == ()
    for model in ("wan-2.1", "ltx"):
        told = refusals(desk.load(f"{shot}model: {model}, {named}"))
        assert not [fault for fault in told if "colorspace" in str(fault)]
    told = refusals(desk.load(f"{shot}model: ray-3.2, {named}"))
    assert any("reads a file as the file itself says" in str(fault) for fault in told)


def test_a_plate_without_a_length_is_told_how_long_it_is(desk):
    path = desk.folder / "plate.mov"
    codes = np.zeros((136, 256, 3), np.uint16)
    frames = iter([codes] * 7)
    for _ in encode_movie(path, frames, CODECS["prores4444"], rate=Rate.parse(24)):
        pass
    (fault,) = refusals(
        desk.load('  - {shot: a, prompt: "a street at night", edit: {plate: plate.mov}}')
    )
    assert "7 frames: write frames: 1001-1007" in str(fault)


def test_a_shot_that_continues_begins_at_the_same_frame_however_far_the_show_goes(desk):
    shots = BALL + ', extend: {to: 3s}}\n  - {shot: b, prompt: "b", duration: 1s, continues: a}'
    shot_list = desk.load(shots)

    def drafts_of_b(until: str) -> set[str]:
        doer = Recording(desk.store)
        desk.rehearse(shot_list, doer=doer, until=until)
        return {task.key for task in doer.asked if (task.shot, task.stage) == ("b", "draft")}

    whole = drafts_of_b("collect")
    assert len(whole) == 2
    assert drafts_of_b("master") == drafts_of_b("judge") == drafts_of_b("draft") == whole


def test_a_shot_that_is_not_continued_is_not_extended_before_its_time(desk):
    rows, _ = desk.rehearse(desk.load(BALL + ", extend: {to: 3s}}"), until="judge")
    assert set(stages(rows)) == {"draft", "judge", "sheet"}
