"""Shot lists to shoot in simulated nights, and which of their tasks can never be done."""

import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from farm.shots.load import load_shot_list
from farm.shots.shot_list import ShotList

LISTS = 24
Label = tuple[str, str, str]
"""Shot, stage and part, as a task is labelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A list, and what of it is beyond any machine: by label, how it fails."""

    shot_list: ShotList
    poison: dict[Label, str]


@cache
def wish(number: int) -> Wish:
    """Draw the list of that number."""
    chance = random.Random(f"list {number}")
    raw = _list(chance)
    with TemporaryDirectory(prefix="farm-list-") as folder:
        path = Path(folder, "night.yaml")
        path.write_text(yaml.safe_dump(raw))
        shot_list = load_shot_list(path)
    poison: dict[Label, str] = {}
    if number % 3 == 0:
        shot = chance.choice(raw["shots"])["shot"]
        label = chance.choice([("draft", "t01"), ("judge", "r1"), ("master", "0-7"), ("sheet", "")])
        poison[(shot, *label)] = chance.choice(["fault", "crash", "moderated"])
    return Wish(shot_list=shot_list, poison=poison)


def _list(chance: random.Random) -> dict[str, Any]:
    shots = [_shot(number, chance) for number in range(1, chance.randint(1, 4) + 1)]
    raw: dict[str, Any] = {
        "show": "night",
        "defaults": {"takes": chance.randint(1, 3), "rate": 8},
        "delivery": {"resolution": "1080p", "handles": chance.choice([0, 0, 2])},
        "shots": shots,
    }
    return raw


def _shot(number: int, chance: random.Random) -> dict[str, Any]:
    shot: dict[str, Any] = {
        "shot": f"sh{number:03}",
        "prompt": f"a red ball rolls past {number} crates",
        "duration": chance.choice(["1s", "1s", "2s"]),
        "judge": {"rounds": chance.choice([1, 1, 2]), "accept": 0.5},
    }
    kind = chance.choice(["plain", "plain", "longer", "loop", "continues"])
    if kind == "longer":
        shot["extend"] = {"to": "8s"}
    elif kind == "loop":
        shot["loop"] = True
    elif kind == "continues" and number > 1:
        shot["continues"] = f"sh{number - 1:03}"
    return shot
