"""One command takes a shot list to EXRs, and says truly what it did."""

from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from tests.end_to_end.conftest import Set, one_shot

THREE = """
show: night
defaults: {takes: 2, rate: 12, duration: 0.5s, judge: {rounds: 1}}
delivery: {resolution: 192x108}
shots:
  - {shot: sq010_sh0010, prompt: "A red ball bounces"}
  - {shot: sq010_sh0020, prompt: "A green cube spins in a studio", loop: true}
  - {shot: sq010_sh0030, prompt: "A blue ball rolls in a studio", extend: {to: 1s}}
"""


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Set, dict]:
    place = Set(folder=tmp_path_factory.mktemp("rendered"))
    place.write(THREE)
    ran = place.render()
    assert ran.code == 0, ran.err
    return place, ran.json


def exrs(place: Set, shot: str, version: str = "v001") -> list[Path]:
    return sorted((place.folder / "renders" / "night" / shot / version / "exr").glob("*.exr"))


def test_every_shot_is_delivered_with_the_frames_that_it_asked(rendered):
    place, summary = rendered
    assert summary["delivered"] == 3
    assert summary["failed"] == 0
    counts = {shot: len(exrs(place, f"sq010_{shot}")) for shot in ("sh0010", "sh0020", "sh0030")}
    assert counts == {"sh0010": 6, "sh0020": 6, "sh0030": 12}


def test_frames_are_named_by_show_shot_version_and_number(rendered):
    place, _ = rendered
    names = [path.name for path in exrs(place, "sq010_sh0010")]
    assert names[0] == "night_sq010_sh0010_v001.1001.exr"
    assert names[-1] == "night_sq010_sh0010_v001.1006.exr"


def test_frames_are_half_aces2065_1_with_their_lineage_in_the_header(rendered):
    place, _ = rendered
    with OpenEXR.File(str(exrs(place, "sq010_sh0010")[0])) as file:
        header, pixels = dict(file.header()), file.channels()["RGB"].pixels
    assert pixels.dtype == np.float16
    assert pixels.shape == (108, 192, 3)
    assert header["compression"] == OpenEXR.DWAB_COMPRESSION
    assert header["colorInteropID"] == "lin_ap0_scene"
    assert header["farm_shot"] == "sq010_sh0010"
    assert header["farm_version"] == "v001"
    assert header["farm_model"] == "previz"


def test_a_delivery_has_a_movie_a_contact_sheet_and_a_manifest(rendered):
    place, _ = rendered
    folder = place.folder / "renders" / "night" / "sq010_sh0010" / "v001"
    kinds = {path.suffix for path in folder.rglob("*") if path.is_file()}
    assert {".exr", ".mp4", ".png", ".json"} <= kinds


def test_verify_finds_the_delivery_whole_and_every_damage(rendered, tmp_path):
    place, _ = rendered
    assert place.farm("verify", "renders").code == 0
    victim = exrs(place, "sq010_sh0010")[2]
    whole = victim.read_bytes()
    copy = tmp_path / "copy"
    copy.write_bytes(whole)
    victim.unlink()
    said = place.farm("verify", "renders")
    assert said.code == 1
    assert victim.name in said.out + said.err
    copy.rename(victim)
    assert place.farm("verify", "renders").code == 0


def test_the_same_command_again_makes_nothing_and_delivers_nothing_new(rendered):
    place, _ = rendered
    before = place.pixels()
    ran = place.render()
    assert ran.code == 0
    assert ran.json["tasks_made"] == 0
    assert place.pixels() == before


def test_status_takes_and_report_tell_of_the_run(rendered):
    place, _ = rendered
    assert "sq010_sh0010" in place.farm("status", "night.yaml").out
    assert "t01" in place.farm("takes", "night.yaml", "sq010_sh0010").out
    assert place.farm("report", "night.yaml").code == 0
    page = next(place.folder.rglob("*.html")).read_text()
    assert "data:image/" in page
    assert "http://" not in page
    assert "https://" not in page


def test_local_and_ray_deliver_the_same_bytes(rendered, tmp_path_factory):
    place, _ = rendered
    other = Set(folder=tmp_path_factory.mktemp("ray"))
    other.write(THREE)
    ran = other.render(executor="ray")
    assert ran.code == 0, ran.err
    assert other.pixels() == place.pixels()


def test_more_takes_reuse_those_that_are_there(place):
    place.write(one_shot())
    assert place.render("--until", "draft").code == 0
    place.write(one_shot(takes="4"))
    assert place.render("--until", "draft").code == 0
    assert sorted(part for _, _, part, _ in place.made()) == ["t01", "t02", "t03", "t04"]
    assert set(place.made().values()) == {1}


def test_a_changed_prompt_remakes_that_shot_only(rendered, tmp_path_factory):
    place, _ = rendered
    before = len(place.events())
    place.write(THREE.replace("A red ball", "A white ball"))
    ran = place.render()
    place.write(THREE)
    assert ran.code == 0, ran.err
    touched = {event.shot for event in place.events()[before:] if event.kind == "made"}
    assert touched == {"sq010_sh0010"}
    assert exrs(place, "sq010_sh0010", "v002")
    assert len(exrs(place, "sq010_sh0010", "v001")) == 6


def test_another_delivery_format_remakes_no_master(rendered):
    place, _ = rendered
    before = len(place.events())
    place.write(THREE.replace("192x108", "192x108, exr: {compression: zip}"))
    ran = place.render()
    place.write(THREE)
    assert ran.code == 0, ran.err
    stages = {event.stage for event in place.events()[before:] if event.kind == "made"}
    assert "collect" in stages
    assert not stages & {"draft", "judge", "master", "extend", "loop"}


def test_a_shot_that_fails_takes_no_other_with_it(place):
    place.write(THREE)
    assert place.render("--until", "judge", "--workers", "1").code == 0
    assert place.farm("circle", "night.yaml", "sq010_sh0010", "t02", "--why", "calmer").code == 0
    place.write(THREE.replace("takes: 2", "takes: 1"))
    ran = place.render("--workers", "1")
    assert ran.code == 1
    states = {shot["shot"]: shot["state"] for shot in ran.json["shots"]}
    assert states["sq010_sh0020"] == states["sq010_sh0030"] == "delivered"
    assert states["sq010_sh0010"] == "failed"
    assert "t02" in ran.err + ran.out


def test_a_human_choice_stops_before_the_master_and_goes_on_when_made(place):
    place.write(one_shot(judge="{choose: human}"))
    ran = place.render()
    assert ran.code == 4
    assert not [key for key in place.made() if key[1] == "master"]
    assert place.farm("circle", "night.yaml", "sq010_sh0010", "t02", "--why", "bolder").code == 0
    ran = place.render()
    assert ran.code == 0, ran.err
    assert ran.json["shots"][0]["take"] == "t02"


def test_a_budget_stops_the_run_which_goes_on_when_given_more(place):
    place.write(one_shot() + "budget: {usd: 0.0002}\n")
    (place.folder / "farm.toml").write_text("usd_per_hour = 1.0\n")
    ran = place.render()
    assert ran.code == 3
    assert ran.json["usd"] <= 0.0002
    done = place.made()
    place.write(one_shot() + "budget: {usd: 10}\n")
    ran = place.render()
    assert ran.code == 0, ran.err
    assert all(place.made()[work] == 1 for work in done)
