"""`farm models`: what may be used, what is here, and how it gets here."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from functions.models.weights import record
from tests.unit.mirror import mirror_of

FARM = str(Path(sys.executable).with_name("farm"))
HUB = "studio/tiny"


@pytest.fixture
def desk(tmp_path: Path):
    """A studio with a card of its own and a mirror of its own."""
    folder = tmp_path / "stock" / HUB / "unpinned"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(bytes(1000))
    record(folder)
    source = Path(__file__).parents[2] / "farm" / "cards" / "ltx.yaml"
    card = yaml.safe_load(source.read_text())
    card |= {"name": "studio", "weights": {"base": {"hub": HUB, "gb": 0.001}}}
    card["licence"] = {"name": "MIT", "commercial": True}
    (tmp_path / "cards").mkdir()
    (tmp_path / "cards" / "studio.yaml").write_text(yaml.safe_dump(card))
    with mirror_of(tmp_path / "stock") as mirror:
        (tmp_path / "farm.toml").write_text(
            f'weights = ["{mirror.url}"]\nlicences = "permissive"\n'
        )
        yield tmp_path


def farm(desk: Path, *words: str) -> subprocess.CompletedProcess:
    environ = {k: v for k, v in os.environ.items() if not k.startswith("FARM_")} | {
        "FARM_CARDS": str(desk / "cards"), "FARM_WEIGHTS_CACHE": str(desk / "kept"),
    }  # fmt: skip
    return subprocess.run(
        [FARM, *words], cwd=desk, env=environ, capture_output=True, text=True, check=False
    )


def test_weights_are_fetched_from_the_mirror_of_farm_toml_and_found_again(desk: Path):
    said = json.loads(farm(desk, "models", "--json").stdout)["studio"]
    assert (said["here"], said["permissive"], said["refused"]) == ("absent", True, "")
    fetched = farm(desk, "models", "--fetch", "studio")
    assert fetched.returncode == 0, fetched.stderr
    assert json.loads(farm(desk, "models", "--json").stdout)["studio"]["here"] == "here"
    assert (desk / "kept" / HUB / "unpinned" / "model.safetensors").is_file()


def test_it_says_which_of_a_model_s_weights_are_not_here(desk: Path):
    farm(desk, "models", "--fetch", "studio")
    path = desk / "cards" / "studio.yaml"
    card = yaml.safe_load(path.read_text())
    card["weights"]["adapter"] = {"hub": "studio/adapter", "gb": 0.001}
    path.write_text(yaml.safe_dump(card))
    assert "partly, without adapter" in farm(desk, "models").stdout
    said = json.loads(farm(desk, "models", "--json").stdout)["studio"]
    assert said["sets"] == {"base": True, "adapter": False}


def test_damaged_weights_are_found_when_asked(desk: Path):
    farm(desk, "models", "--fetch", "studio")
    path = desk / "kept" / HUB / "unpinned" / "model.safetensors"
    before = path.stat()
    path.write_bytes(b"x" + bytes(999))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    looked = farm(desk, "models", "--verify")
    assert looked.returncode == 1
    assert "damaged" in looked.stderr


def test_the_policy_of_farm_toml_refuses_a_list_by_name(desk: Path):
    shot = "{shot: sh0010, prompt: a fox, duration: 2s}"
    (desk / "night.yaml").write_text(
        f"show: night\ndefaults: {{model: ray-3.2, rate: 24}}\nshots:\n  - {shot}\n"
    )
    checked = farm(desk, "check", "night.yaml")
    assert checked.returncode == 2
    assert "ray-3.2 may not be used" in checked.stderr
    assert "studio" in checked.stderr
    assert farm(desk, "plan", "night.yaml", "--licences", "any").returncode == 0


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--revenue", "20000000"), "free below 10,000,000 dollars a year"),
        (("--territory", "FR"), "grants nothing in FR"),
    ],
)
def test_a_plan_refuses_what_the_studio_s_revenue_or_place_forbids(desk: Path, flags, said):
    path = desk / "cards" / "studio.yaml"
    card = yaml.safe_load(path.read_text())
    terms = {"revenue_cap_usd": 10_000_000, "territories_excluded": ["EU"]}
    card["licence"] = {"name": "Studio Community", "commercial": True, **terms}
    path.write_text(yaml.safe_dump(card))
    shot = "{shot: sh0010, prompt: a fox, duration: 2s, model: studio}"
    (desk / "night.yaml").write_text(f"show: night\nshots:\n  - {shot}\n")
    assert farm(desk, "plan", "night.yaml", "--licences", "any").returncode == 0
    planned = farm(desk, "plan", "night.yaml", "--licences", "any", *flags)
    assert planned.returncode == 2
    assert said in planned.stderr
    assert planned.stdout.startswith("weights of studio")
