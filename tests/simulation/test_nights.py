"""Whole nights on a virtual clock: whatever strikes, the laws hold; planted bugs are found."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.lists import LISTS
from tests.simulation.planted import BUGS
from tests.simulation.world import calm_night, run_night

SEEDS = 200
GROUP = 25
ENOUGH = {
    "settle twice": 5,
    "lease without expiry check": 40,
    "outcome before artifact": 5,
    "cap of its own": 40,
}
"""Within how many seeds each planted bug must be found."""


@pytest.mark.parametrize("first", range(0, SEEDS, GROUP))
def test_the_laws_hold_in_every_night(first):
    for seed in range(first, first + GROUP):
        night = run_night(seed)
        assert not night.broken, (
            f"{night.broken[0]}\nreplay: python -m bench.simulation --seed {seed}"
        )


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_found(bug):
    with BUGS[bug]():
        found = any(_breaks(seed) for seed in range(ENOUGH[bug]))
    assert found, f"{bug} was not found in {ENOUGH[bug]} seeds"


def _breaks(seed: int) -> bool:
    """Tell whether a night breaks a law, or does not get through at all."""
    try:
        return bool(run_night(seed).broken)
    except BaseException as error:  # noqa: BLE001  # a bug may end a night in any way
        return not isinstance(error, KeyboardInterrupt)


def test_a_night_replays_exactly_from_its_seed():
    first, again = run_night(7), run_night(7)
    assert first.log
    assert first == again


def test_a_night_is_the_same_in_another_program():
    """Python's hashes differ from program to program; nothing may follow from them."""
    code = (
        "import json; from tests.simulation.world import run_night; "
        "print(json.dumps(run_night(7).log))"
    )
    said = []
    for salt in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True,
            cwd=Path(__file__).parents[2], env={**os.environ, "PYTHONHASHSEED": salt},
        )  # fmt: skip
        said.append(json.loads(done.stdout))
    assert said[0] == said[1]


def test_calm_nights_deliver_all_that_can_be_made():
    nights = [calm_night(number) for number in range(LISTS)]
    assert sum(bool(night.digests) for night in nights) > LISTS * 0.7
