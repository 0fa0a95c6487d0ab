"""The house rules that a linter cannot see."""

import ast
import inspect
import re
import shlex
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from farm import errors
from farm.cards import load_cards
from farm.cli.verbs import app
from farm.executors import EXECUTORS
from farm.registry import Registry
from farm.route.refusals import refusals
from farm.shots.load import load_shot_list
from farm.store import STORES
from functions.critics import CRITICS, GATES, METRICS
from functions.models import MODELS
from functions.stages import STAGES

ROOT = Path(__file__).parent.parent
SOURCES = sorted(p for room in ("farm", "functions") for p in (ROOT / room).rglob("*.py"))
GUEST_LISTS = {
    "critics": CRITICS, "executors": EXECUTORS, "models": MODELS, "stages": STAGES,
    "stores": STORES,
}  # fmt: skip
VERBS = {c.callback.__name__: c.callback for c in app.registered_commands if c.callback}
README = (ROOT / "README.md").read_text("utf-8")
DOCUMENTS = README + "".join(
    path.read_text("utf-8") for path in [ROOT / "ARCHITECTURE.md", *(ROOT / "docs").rglob("*.md")]
)
BANNED = {
    "util", "utils", "helper", "helpers", "manager", "handler", "common", "misc", "data", "info",
    "process", "job", "workflow", "pipeline",
}  # fmt: skip
HEAVY = {
    "accelerate", "av", "boto3", "cv2", "diffusers", "jinja2", "modal", "numba", "numpy", "OpenEXR",
    "pydantic", "PyOpenColorIO", "ray", "rich", "torch", "transformers",
}  # fmt: skip
READER = {"pydantic"}  # reads lists and cards


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize(
    ("registry", "name"),
    [(r, n) for r, table in GUEST_LISTS.items() for n in table.names()],
)
def test_every_name_on_a_guest_list_can_be_fetched(registry: str, name: str):
    table: Registry[object] = GUEST_LISTS[registry]
    assert callable(table.get(name))


def test_every_critic_is_a_gate_or_a_metric():
    assert set(GATES) | set(METRICS) == set(CRITICS.names())


def test_every_family_has_a_card_and_every_card_a_family():
    assert {card.family for card in load_cards().values()} == set(MODELS.names())


@pytest.mark.parametrize(
    ("contract", "registry", "room"),
    [
        ("Critics are strangers", CRITICS, "functions.critics"),
        ("Stages are strangers", STAGES, "functions"),
        ("Executors are strangers", EXECUTORS, "farm.executors"),
    ],
)
def test_every_member_of_a_family_is_under_the_import_law(contract, registry, room):
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = {each["name"]: each for each in pyproject["tool"]["importlinter"]["contracts"]}
    assert set(contracts[contract]["modules"]) == {f"{room}.{name}" for name in registry.names()}


@pytest.mark.parametrize(
    ("room", "needed"),
    [("farm.cli.verbs", set()), ("farm.cli.plans", READER), ("farm.run", READER)],
)
def test_the_command_line_and_a_plan_start_without_a_heavy_library(room, needed):
    code = f"import sys, {room}; print(*sorted(set(sys.modules) & set(sys.argv[1:])))"
    words = [sys.executable, "-c", code, *(HEAVY - needed)]
    said = subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT)
    assert said.stdout.split() == []


@pytest.mark.parametrize("path", SOURCES, ids=place)
def test_every_room_says_what_it_is_for_and_stays_short(path: Path):
    text = path.read_text("utf-8")
    caption = ast.get_docstring(ast.parse(text))
    assert caption
    assert caption != "To be written."
    assert len(text.splitlines()) <= 400


@pytest.mark.parametrize("path", SOURCES, ids=place)
def test_names_say_something(path: Path):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    names = [path.stem, *(node.name for node in nodes if isinstance(node, kinds))]
    words = {word.lower() for name in names for word in re.findall(r"[A-Z]?[a-z]+", name)}
    meant = {"process", "processes"} if path.is_relative_to(ROOT / "farm/executors") else set()
    assert not (BANNED - meant) & words  # an executor's processes are the operating system's


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_and_is_in_the_readme(verb: str):
    assert inspect.getdoc(VERBS[verb])
    assert f"farm {verb}" in README


def all_errors() -> list[str]:
    for path in SOURCES:
        if "Error" in path.read_text("utf-8"):
            import_module(
                ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            )
    found, waiting = {errors.FarmError.__name__}, [errors.FarmError]
    while waiting:
        below = waiting.pop().__subclasses__()
        waiting += below
        found |= {
            each.__name__ for each in below if each.__module__.startswith(("farm", "functions"))
        }
    return sorted(found)


def test_every_error_is_documented():
    assert [name for name in all_errors() if f"`{name}`" not in DOCUMENTS] == []


def test_every_error_of_the_tree_is_drawn_in_it():
    tree = errors.__doc__ or ""
    assert [n for n, c in vars(errors).items() if isinstance(c, type) and n not in tree] == []


@pytest.mark.parametrize("registry", GUEST_LISTS)
def test_every_name_on_a_guest_list_is_documented(registry: str):
    names = GUEST_LISTS[registry].names()
    assert [name for name in names if f"`{name}`" not in DOCUMENTS] == []


def test_no_document_speaks_of_files_that_are_not_there():
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        links = re.findall(r"\]\(([^)#:]+)\)", path.read_text("utf-8"))
        assert [link for link in links if not (path.parent / link).exists()] == [], path


@pytest.mark.parametrize("text", re.findall(r"```yaml\n(.*?)```", README, re.DOTALL))
def test_the_lists_of_the_readme_are_good(text: str, tmp_path: Path):
    path = tmp_path / "shots.yaml"
    path.write_text(text, encoding="utf-8")
    assert refusals(load_shot_list(path)) == ()


@pytest.mark.parametrize("path", sorted((ROOT / "specs").glob("*.yaml")), ids=place)
def test_the_lists_that_come_with_the_farm_are_good(path: Path):
    assert refusals(load_shot_list(path)) == ()


def commands_of(text: str) -> list[list[str]]:
    """Read the commands of a document's sh blocks, without their comments."""
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = (shlex.split(line, comments=True) for block in blocks for line in block.splitlines())
    return [words for words in lines if words]


def test_the_targets_of_the_readme_are_in_the_makefile():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = [words[1] for words in commands_of(README) if words[0] == "make"]
    assert targets
    assert all(f"\n{target}:" in makefile for target in targets)


def test_the_commands_of_the_readme_run(tmp_path: Path):
    """Run the tour as it stands, on small frames and a third of them."""
    small = [
        "--executor",
        "local",
        "--set",
        "delivery.resolution=192x108",
        "--set",
        "defaults.takes=2",
        "--set",
        "defaults.rate=8",
    ]
    for words in commands_of(README):
        if words[0] != "farm":
            continue
        command = [str(Path(sys.executable).parent / "farm"), *words[1:]]
        command += small if words[1] == "render" else []
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, f"{words}: {ran.stdout}\n{ran.stderr}"
    assert list(tmp_path.rglob("*.exr"))
