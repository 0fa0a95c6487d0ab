"""Weights: from a folder, a mirror or the hub, once for a machine, and never other bytes."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from farm.cards import card_for
from farm.cards.card import Card, Weights
from farm.cards.shelf import MANIFEST, Shelf, open_shelf, standing
from farm.errors import LostError, TaskError
from functions.models.weights import folder_of, record, whole
from tests.unit.hub import hub_of
from tests.unit.mirror import Mirror, mirror_of

COMMIT = "0" * 39 + "1"
ONE = Weights(hub="studio/tiny", revision=COMMIT, gb=0.001)
LARGE = bytes(range(256)) * 40


def card(one: Weights = ONE) -> Card:
    return card_for("previz").model_copy(update={"weights": {"base": one}})


@pytest.fixture
def stock(tmp_path: Path) -> Path:
    """A shelf as a studio keeps it."""
    folder = tmp_path / "stock" / ONE.hub / COMMIT
    (folder / "vae").mkdir(parents=True)
    (folder / "model_index.json").write_text("{}")
    (folder / "vae" / "large.safetensors").write_bytes(LARGE)
    record(folder)
    return tmp_path / "stock"


@pytest.fixture
def mirror(stock: Path):
    with mirror_of(stock) as mirror:
        yield mirror


def shelf(tmp_path: Path, *places: str) -> Shelf:
    return Shelf(places=places, kept=tmp_path / "kept")


def names(mirror: Mirror) -> list[str]:
    return [Path(path).name for path, _ in mirror.asked]


def test_a_named_folder_is_used_where_it_lies(stock: Path, tmp_path: Path):
    found = folder_of(card(), shelf=shelf(tmp_path, str(stock)))
    assert found == stock / ONE.hub / COMMIT


def test_weights_of_a_mirror_are_fetched_once_and_kept(mirror: Mirror, tmp_path: Path):
    here = shelf(tmp_path, mirror.url)
    folder = folder_of(card(), shelf=here)
    assert (folder / "vae" / "large.safetensors").read_bytes() == LARGE
    asked = len(mirror.asked)
    assert folder_of(card(), shelf=here) == folder
    assert len(mirror.asked) == asked
    assert standing(card().weights.values(), here) == "here"


def test_only_the_files_that_a_card_names_are_fetched(mirror: Mirror, tmp_path: Path):
    one = ONE.model_copy(update={"files": ("*.json",)})
    folder = folder_of(card(one), shelf=shelf(tmp_path, mirror.url))
    assert not (folder / "vae").exists()


def test_a_broken_line_goes_on_where_it_ended(mirror: Mirror, tmp_path: Path):
    mirror.cut["large.safetensors"] = 4000
    here = shelf(tmp_path, mirror.url)
    folder_of(card(), shelf=here)
    spans = [span for path, span in mirror.asked if path.endswith("large.safetensors")]
    assert spans == ["", "bytes=4000-"]
    assert (here.folder(ONE) / "vae" / "large.safetensors").read_bytes() == LARGE


def test_a_file_that_was_damaged_on_its_way_is_fetched_again(mirror: Mirror, tmp_path: Path):
    mirror.spoil.add("large.safetensors")
    folder = folder_of(card(), shelf=shelf(tmp_path, mirror.url))
    assert (folder / "vae" / "large.safetensors").read_bytes() == LARGE
    assert names(mirror).count("large.safetensors") == 2


@pytest.mark.parametrize("damage", ["cut off", "altered", "gone"])
def test_a_damaged_file_on_the_shelf_is_found_and_fetched_again(
    mirror: Mirror, tmp_path: Path, damage: str
):
    here = shelf(tmp_path, mirror.url)
    path = folder_of(card(), shelf=here) / "vae" / "large.safetensors"
    if damage == "cut off":
        path.write_bytes(LARGE[:-1])
    elif damage == "altered":
        path.write_bytes(b"x" + LARGE[1:])
    else:
        path.unlink()
    asked = len(mirror.asked)
    assert (folder_of(card(), shelf=here) / "vae" / "large.safetensors").read_bytes() == LARGE
    assert names(mirror)[asked:] == [MANIFEST, "large.safetensors"]


def test_an_alteration_that_keeps_size_and_time_is_found_by_a_thorough_look(stock, tmp_path):
    here = shelf(tmp_path, str(stock))
    folder = folder_of(card(), shelf=here)
    path = folder / "vae" / "large.safetensors"
    before = path.stat()
    path.write_bytes(b"x" + LARGE[1:])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert not whole(folder, here, thorough=True)


def test_many_workers_of_a_machine_share_one_fetch(mirror: Mirror, tmp_path: Path):
    code = (
        "from tests.unit.test_weights import card; from farm.cards.shelf import open_shelf\n"
        "from functions.models.weights import folder_of; print(folder_of(card()))"
    )
    environ = os.environ | {
        "FARM_WEIGHTS": mirror.url, "FARM_WEIGHTS_CACHE": str(tmp_path / "kept"),
    }  # fmt: skip
    words = [sys.executable, "-c", code]
    with ThreadPoolExecutor(3) as pool:
        said = list(
            pool.map(
                lambda _: subprocess.run(
                    words, env=environ, capture_output=True, text=True, check=True
                ).stdout.strip(),
                range(3),
            )
        )
    assert len(set(said)) == 1
    assert names(mirror).count("large.safetensors") == 1


def test_a_worker_killed_in_the_middle_leaves_no_lock_behind(mirror: Mirror, tmp_path: Path):
    here = shelf(tmp_path, mirror.url)
    code = (
        "import sys, time; from pathlib import Path; from farm.store.locks import locked\n"
        "Path(sys.argv[1]).parent.mkdir(parents=True, exist_ok=True)\n"
        "with locked(sys.argv[1]): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, f"{here.folder(ONE)}.lock"], stdout=subprocess.PIPE
    ) as other:
        assert other.stdout
        other.stdout.readline()
        other.kill()
    assert folder_of(card(), shelf=here).is_dir()


def test_a_folder_without_digests_is_held_to_its_first_use(stock: Path, tmp_path: Path):
    (stock / ONE.hub / COMMIT / MANIFEST).unlink()
    here = shelf(tmp_path, str(stock))
    folder = folder_of(card(), shelf=here)
    (folder / "model_index.json").write_text('{"other": 1}')
    with pytest.raises(TaskError, match="changed since"):
        folder_of(card(), shelf=here)


def test_a_damaged_folder_is_left_for_the_next_place(mirror: Mirror, stock: Path, tmp_path: Path):
    other = tmp_path / "other"
    shutil.copytree(stock, other)
    (other / ONE.hub / COMMIT / "model_index.json").write_text("{ }")
    here = shelf(tmp_path, str(other), mirror.url)
    assert folder_of(card(), shelf=here) == here.folder(ONE)


def test_weights_that_are_nowhere_say_where_they_were_sought(mirror: Mirror, tmp_path: Path):
    missing = card(ONE.model_copy(update={"hub": "studio/none"}))
    with pytest.raises(TaskError, match=r"nowhere to be had: .*studio/none.*404"):
        folder_of(missing, shelf=shelf(tmp_path, str(tmp_path), mirror.url))


def test_a_mirror_that_is_down_is_a_loss_not_a_fault(tmp_path: Path):
    with pytest.raises(LostError, match=r"127\.0\.0\.1:9"):
        folder_of(card(), shelf=shelf(tmp_path, "http://127.0.0.1:9"))


def test_a_mirror_that_is_down_is_passed_over_for_one_that_is_up(mirror: Mirror, tmp_path: Path):
    here = shelf(tmp_path, "http://127.0.0.1:9", mirror.url)
    assert (folder_of(card(), shelf=here) / "vae" / "large.safetensors").read_bytes() == LARGE


def test_without_a_pinned_commit_the_hub_is_not_asked(tmp_path: Path):
    one = ONE.model_copy(update={"revision": ""})
    with pytest.raises(TaskError, match="no pinned commit"):
        folder_of(card(one), shelf=shelf(tmp_path, "hub:http://127.0.0.1:9"))


def test_folders_come_before_mirrors_and_mirrors_before_the_hub():
    said = open_shelf({"FARM_WEIGHTS": "hub,https://m /mnt/w", "HOME": "/home/x"})
    assert said.places == ("/mnt/w", "https://m", "hub")


def test_the_hub_is_asked_for_the_pinned_commit(stock: Path, tmp_path: Path):
    pytest.importorskip("huggingface_hub")
    with hub_of(stock / ONE.hub / COMMIT, repo=ONE.hub, commit=COMMIT) as hub:
        here = shelf(tmp_path, f"hub:{hub.url}")
        folder = folder_of(card(), shelf=here)
        assert (folder / "vae" / "large.safetensors").read_bytes() == LARGE
        assert whole(folder, here, thorough=True)
        assert not any(COMMIT not in path for path in hub.asked)
        hub.damage.add("vae/large.safetensors")
        shutil.rmtree(folder / "vae")
        with pytest.raises(TaskError, match="never what its digest says"):
            folder_of(card(), shelf=here)
