"""The cut: what overlaps is mixed in linear light, and editors read where everything lies."""

import json
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from farm.delivery import timeline
from farm.delivery.timeline import Event, written
from farm.frames import Rate
from farm.media.exr import write_exr
from farm.media.sound import Sound, write_wav
from farm.route.refusals import refusals
from farm.shots.faults import ListFaults
from farm.shots.load import load_shot_list
from farm.store import open_store
from farm.store.base import Store
from functions.cut import _mixed, cut

from .delivered import sequence
from .test_packing_stages import run
from .test_route import BALL, Desk

NTSC = Rate.parse("24000/1001")
EVENTS = [
    Event(name="a", first=1001, count=48, head=8, tail=8, proxy="../../a/v001/a.mp4",
          frames="../../a/v001/exr/s_a_v001."),
    Event(name="b", first=1001, count=48, head=8, tail=8, kind="dissolve", length=12,
          proxy="../../b/v001/b.mp4", frames="../../b/v001/exr/s_b_v001."),
    Event(name="c", first=1001, count=24, note="failed: out of luck"),
    Event(name="d", first=1009, count=24, head=8, tail=8, kind="wipe", length=9,
          proxy="../../d/v001/d.mp4", frames="../../d/v001/exr/s_d_v001."),
]  # fmt: skip


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    pytest.importorskip("opentimelineio", reason="pip install 'farm[editorial]' brings it")
    return written("s_cut_v001", EVENTS, NTSC)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(f"file:{tmp_path / 'store'}")


def test_an_editor_reads_the_cut_back_with_its_handles(files: dict[str, bytes]) -> None:
    import opentimelineio as otio  # noqa: PLC0415  # an extra

    read = otio.adapters.read_from_string(files["otio"].decode(), "otio_json")
    clips = list(read.find_clips())
    assert [clip.name for clip in clips] == ["a", "b", "c", "d"]
    assert [clip.source_range.duration.value for clip in clips] == [48, 48, 24, 24]
    proxy, exr = clips[1].media_references()["proxy"], clips[1].media_references()["exr"]
    assert clips[1].active_media_reference_key == "proxy"
    assert proxy.target_url == "../../b/v001/b.mp4"
    assert exr.target_url_for_image_number(0) == "../../b/v001/exr/s_b_v001.0993.exr"
    assert (exr.available_range.start_time.value, exr.available_range.duration.value) == (993, 64)
    assert clips[2].media_reference.is_missing_reference
    changes = read.find_children(otio.schema.Transition)
    assert [(c.in_offset.value, c.out_offset.value) for c in changes] == [(6, 6), (4, 5)]


def test_the_edl_has_the_sources_time_and_every_change(files: dict[str, bytes]) -> None:
    import opentimelineio as otio  # noqa: PLC0415  # an extra

    text = files["edl"].decode()
    assert re.search(r"001  a +V +C +00:00:41:17 00:00:43:11 00:00:00:00 00:00:01:18", text)
    assert re.search(r"b +V +D 012 ", text)
    assert re.search(r"d +V +W001 009 ", text)
    read = otio.adapters.read_from_string(text, "cmx_3600", rate=float(NTSC))
    assert [clip.name for clip in read.find_clips()] == ["a", "b", "d"]


def test_no_two_shots_have_one_reel_in_the_eight_letters_of_an_edl() -> None:
    pytest.importorskip("opentimelineio", reason="pip install 'farm[editorial]' brings it")
    assert timeline.reels(["sh0010", "sh0020"]) == ["sh0010", "sh0020"]
    assert timeline.reels(["sq010_sh0010", "sq010_sh0020"]) == ["10sh0010", "10sh0020"]
    alike = ["north_sh0010_day_one", "south_sh0010_day_one", "north_sh0010_day_two"]
    assert len(set(timeline.reels(alike))) == 3
    assert timeline.reels(["a_b", "ab", "a_b"]) == ["SHOT0001", "SHOT0002", "SHOT0001"]
    events = [replace(EVENTS[0], name="sq010_sh0010"), replace(EVENTS[1], name="sq010_sh0020")]
    lines = written("cut", events, NTSC)["edl"].decode().splitlines()
    shown = [line.split()[1] for line in lines if re.match(r"\d{3} ", line)]
    assert shown == ["10sh0010", "10sh0010", "10sh0020"]


def test_fcpxml_has_exact_rational_times_and_its_transitions(files: dict[str, bytes]) -> None:
    root = ET.fromstring(files["fcpxml"])  # noqa: S314  # our own
    assert {form.get("frameDuration") for form in root.iter("format")} == {"1001/24000s"}
    (spine,) = root.iter("spine")
    assert [part.tag for part in spine] == [
        "clip", "transition", "clip", "gap", "transition", "clip",
    ]  # fmt: skip

    def frames(text: str | None) -> Fraction:
        return Fraction((text or "").removesuffix("s")) * NTSC.value

    changes = [part for part in spine if part.tag == "transition"]
    assert [part.get("name") for part in changes] == ["Cross Dissolve", "Edge Wipe"]
    assert [frames(part.get("offset")) for part in changes] == [42, 116]
    assert [frames(part.get("duration")) for part in changes] == [12, 9]
    for part, start in zip([p for p in spine if p.tag == "clip"], (0, 48, 120), strict=True):
        assert frames(part.get("offset")) == start


def flat(value: float) -> NDArray[np.float32]:
    return np.full((108, 192, 3), value, np.float32)


def masters(store: Store, folder: Path, value: float, count: int) -> object:
    frames = {}
    for number in range(count):
        write_exr(folder / "m.exr", flat(value), compression="piz")
        frames[number] = store.put_file(folder / "m.exr", kind="exr")
    return sequence(store, frames)


def row(name: str, **more: object) -> dict:
    return {
        "name": name, "note": "n", "first": 2, "shown": 1001, "count": 6, "kind": "cut",
        "length": 0, "loops": False, "sound_from": None, **more,
    }  # fmt: skip


def shown(store: Store, made: object) -> list[NDArray[np.uint8]]:
    with av.open(str(store.path(made.outputs["movie"]))) as movie:
        return [frame.to_ndarray(format="rgb24") for frame in movie.decode(video=0)]


def test_a_dissolve_takes_its_frames_from_the_handles(store: Store, tmp_path: Path) -> None:
    inputs = {
        "frames.0000.0000": masters(store, tmp_path, 0.1, 10),
        "frames.0001.0000": masters(store, tmp_path, 0.6, 10),
    }
    rows = [row("a"), row("b", kind="dissolve", length=4)]
    params = {"rate": "24", "size": [192, 108], "title": "s", "events": rows}
    made = run(cut, store, tmp_path, params, inputs).made
    levels = [float(frame[:60].mean()) for frame in shown(store, made)]
    assert len(levels) == 12
    assert np.ptp(levels[:4]) < 2
    assert np.ptp(levels[8:]) < 2
    assert levels[3] + 4 < levels[4] < levels[5] < levels[6] < levels[7] < levels[8] - 2
    assert made.facts == {"count": 12, "missing": [], "held": 0}


def test_a_missing_shot_is_a_slate_and_is_said(store: Store, tmp_path: Path) -> None:
    inputs = {"frames.0000.0000": masters(store, tmp_path, 0.5, 10)}
    rows = [row("a"), row("b", note="failed: out of luck", kind="wipe", length=4)]
    params = {"rate": "24", "size": [192, 108], "title": "s", "events": rows}
    made = run(cut, store, tmp_path, params, inputs).made
    frames = shown(store, made)
    assert made.facts["missing"] == ["b"]
    assert frames[0][:60].mean() > 2 * frames[11][:60].mean()
    wiped = frames[6].astype(int)[:40]
    assert wiped[:, :40].mean() < 0.6 * wiped[:, -40:].mean(), "it comes in from the left"


def test_frames_that_handles_lack_are_held_and_counted(store: Store, tmp_path: Path) -> None:
    inputs = {
        "frames.0000.0000": masters(store, tmp_path, 0.1, 8),
        "frames.0001.0000": masters(store, tmp_path, 0.6, 8),
    }
    rows = [row("a"), row("b", first=0, kind="dissolve", length=4)]
    params = {"rate": "24", "size": [192, 108], "title": "s", "events": rows}
    assert run(cut, store, tmp_path, params, inputs).made.facts["held"] == 4
    rows[1]["loops"] = True
    assert run(cut, store, tmp_path, params, inputs).made.facts["held"] == 2


def test_light_is_mixed_as_light() -> None:
    assert _mixed(flat(0.0), flat(8.0), 0.25, kind="dissolve") == pytest.approx(2.0)
    half = _mixed(flat(0.0), flat(8.0), 0.5, kind="wipe")
    assert half[:, :80].min() == 8.0
    assert half[:, -80:].max() == 0.0


def test_sound_fades_where_the_pictures_do(store: Store, tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", Sound(np.full((48000, 1), 0.5, np.float32), 48000))
    inputs = {
        "frames.0000.0000": masters(store, tmp_path, 0.1, 40),
        "frames.0001.0000": masters(store, tmp_path, 0.6, 40),
        "audio.0000": store.put((tmp_path / "a.wav").read_bytes(), kind="wav"),
    }
    rows = [
        row("a", count=12, sound_from=0.0),
        row("b", count=12, kind="dissolve", length=8),
    ]
    params = {"rate": "24", "size": [192, 108], "title": "s", "events": rows}
    made = run(cut, store, tmp_path, params, inputs).made
    with av.open(str(store.path(made.outputs["movie"]))) as movie:
        heard = np.concatenate([f.to_ndarray()[0] for f in movie.decode(audio=0)])
    at = [abs(float(heard[round(n / 24 * 48000)])) for n in (4, 12, 20)]
    assert at == pytest.approx([0.5, 0.25, 0.0], abs=0.08)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


TWO = BALL + '}\n  - {shot: b, prompt: "a box", duration: 1s}'


def test_a_show_with_a_cut_is_cut_when_every_shot_is_there(desk: Desk) -> None:
    more = "delivery: {handles: 4}\ncut: {transitions: [{into: b, duration: 0.5s}]}"
    listed = desk.load(TWO, more=more)
    assert refusals(listed) == ()
    rows, results = desk.rehearse(listed)
    assert [row.stage for row in rows if row.shot == "cut"] == ["cut"]
    assert len(results) == 2
    assert "cut" not in {row.stage for row in desk.rehearse(listed, only=("a",))[0]}
    assert "cut" not in {row.stage for row in desk.rehearse(listed, until="master")[0]}


def test_a_transition_longer_than_its_handles_is_refused_with_what_it_needs(desk: Desk) -> None:
    more = "delivery: {handles: 2}\ncut: {transitions: [{into: b, duration: 0.5s}]}"
    (fault,) = refusals(desk.load(TWO, more=more))
    assert "half of the dissolve is 3 frames, and handles are 2" in str(fault)
    assert "handles: 3" in str(fault)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("{shots: [a, c]}", "there is no shot 'c'"),
        ("{shots: [a, a]}", "a is there twice"),
        ("{transitions: [{into: c}]}", "no shot of the cut"),
        ("{transitions: [{into: a}]}", "nothing comes before"),
        ("{transitions: [{into: b}, {into: b, kind: wipe}]}", "2 transitions lead into b"),
        ("{transitions: [{into: b, kind: fade}]}", "no 'fade'"),
    ],
)
def test_a_cut_that_cannot_be_is_told(desk: Desk, wrong: str, said: str) -> None:
    with pytest.raises(ListFaults) as caught:
        desk.load(TWO, more=f"cut: {wrong}")
    assert said in str(caught.value)


def test_a_sequence_has_one_rate_and_no_shot_is_named_as_it(tmp_path: Path) -> None:
    path = tmp_path / "list.yaml"
    path.write_text(
        "show: s\ncut: {}\nshots:\n  - {shot: cut, prompt: x, duration: 1s}\n"
        "  - {shot: b, prompt: x, duration: 1s, rate: 25}\n"
    )
    with pytest.raises(ListFaults) as caught:
        load_shot_list(path)
    assert "would lie where the cut does" in str(caught.value)
    assert "one sequence has one rate" in str(caught.value)


def test_without_the_library_a_cut_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "available", lambda: False)
    (fault,) = refusals(desk.load(TWO, more="cut: {}"))
    assert "OpenTimelineIO" in str(fault)


def test_the_lineage_of_a_cut_is_plain(files: dict[str, bytes]) -> None:
    assert json.loads(files["otio"])["OTIO_SCHEMA"].startswith("Timeline")
