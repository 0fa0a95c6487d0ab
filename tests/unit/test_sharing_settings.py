"""Deadlines on the command line; limits, weights and prices in farm.toml."""

from datetime import datetime, timezone
from pathlib import Path

import pytest

from farm.cli.opening import time_of
from farm.errors import SpecError
from farm.settings import Settings, find_settings
from farm.sharing import Limit

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=timezone.utc)  # noqa: UP017  # any zone will do


def settings(folder: Path, text: str) -> Settings:
    (folder / "farm.toml").write_text(text)
    return find_settings(folder / "list.yaml", environ={})


def test_a_time_of_day_is_the_next_one_that_comes():
    assert time_of("13:30", now=NOON) - NOON.timestamp() == 1.5 * 3600
    assert time_of("07:00", now=NOON) - NOON.timestamp() == 19 * 3600


def test_a_date_with_a_time_is_meant_as_it_stands():
    assert time_of("2026-11-23T12:00", now=NOON) - NOON.timestamp() == 48 * 3600
    assert time_of("2026-11-21T14:00+01:00", now=NOON) - NOON.timestamp() == 3600


@pytest.mark.parametrize("words", ["25:00", "soon", "2026-11-20T12:00"])
def test_what_is_no_time_to_come_is_refused(words):
    with pytest.raises(SpecError, match="--by"):
        time_of(words, now=NOON)


def test_limits_weight_priority_and_prices_are_read(tmp_path):
    text = 'weight = 2\npriority = 1\nprices = "modal"\n[limits]\nluma = "4 per minute"\n'
    found = settings(tmp_path, text)
    assert found.limits == (Limit(name="luma", slots=4, seconds=60.0),)
    assert (found.weight, found.priority, found.prices) == (2, 1, "modal")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('[limits]\nluma = "four"\n', "4 per minute"),
        ('limits = "4 per minute"\n', "table"),
        ("weight = 0\n", "above 0"),
        ("priority = 9\n", "from -3 to 3"),
        ('prices = "modl"\n', "modal"),
    ],
)
def test_what_is_wrong_is_refused_with_what_would_be_right(tmp_path, text, word):
    with pytest.raises(SpecError, match=word) as refused:
        settings(tmp_path, text)
    assert "farm.toml" in str(refused.value)
