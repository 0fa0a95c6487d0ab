"""Estimates learn from what tasks took, cautiously; sums come with an interval that holds."""

import math
import random
import re
from pathlib import Path

import pytest

from farm.errors import SpecError
from farm.estimates import Estimates, learn, total
from farm.gpus import GRADES
from farm.ledger import Event
from farm.prices import Prices, price_tables, table_of
from farm.task import Needs

KIND = ("draft", "previz", "cpu")


def made(seconds: float, expected: float = 100.0) -> Event:
    body = {"seconds": seconds, "card_seconds": expected, "model": "previz", "machine": "cpu"}
    return Event(at=0.0, kind="made", stage="draft", body=body)


def test_one_odd_task_changes_little_and_many_change_what_the_card_said():
    assert learn([made(300)]).factor(*KIND) < 1.3
    assert learn([made(300)] * 100).factor(*KIND) == pytest.approx(3, rel=0.05)


def test_what_was_never_measured_costs_what_its_card_says():
    assert learn([made(300)]).factor("master", "previz", "cpu") == 1.0
    assert learn([Event(at=0.0, kind="made", stage="draft")]).factor(*KIND) == 1.0


def test_the_interval_holds_four_times_in_five():
    chance = random.Random(4)
    inside = 0
    for _ in range(300):
        true = chance.gauss(0, 0.3)
        past = [made(100 * math.exp(chance.gauss(true, 0.4))) for _ in range(20)]
        estimates = learn(past)
        sums = total([(KIND, estimates.factor(*KIND))] * 30, estimates)
        actual = sum(math.exp(chance.gauss(true, 0.4)) for _ in range(30))
        inside += sums.low <= actual <= sums.high
    assert 0.7 < inside / 300 < 0.95


def test_the_interval_narrows_with_what_is_measured():
    chance = random.Random(5)
    some = learn([made(100 * math.exp(chance.gauss(0, 0.2))) for _ in range(50)])
    parts = [(KIND, 1.0)] * 50
    few, many = total(parts, Estimates()), total(parts, some)
    assert few.low < many.low < many.likely < many.high < few.high
    assert total([], some).high == 0.0


def test_a_gpu_costs_what_its_table_says_and_a_core_what_the_farm_says():
    prices = Prices(usd_per_core_hour=0.1, usd_per_gpu_hour=table_of("modal").usd_per_gpu_hour)
    assert prices.per_hour(Needs(gpu="H100", gpus=2)) == pytest.approx(2 * 3.9492)
    assert prices.per_hour(Needs(cpu=4)) == pytest.approx(0.4)
    assert prices.per_hour(Needs(gpu="B300", cpu=4)) == pytest.approx(0.4)


def test_every_table_has_its_day_and_its_source():
    assert all(table.source and table.usd_per_gpu_hour for table in price_tables().values())
    with pytest.raises(SpecError, match="modal"):
        table_of("modl")


def test_the_machines_that_infra_starts_have_prices():
    text = (Path(__file__).parents[2] / "infra" / "ray" / "aws.yaml").read_text("utf-8")
    started = set(re.findall(r'"accelerator_type:([\w-]+)"', text))
    region = re.search(r"region: (\S+)", text)[1]
    assert started
    assert started <= set(table_of(f"aws-{region}").usd_per_gpu_hour)
    on_modal = {kind for grade in GRADES.values() for kind in grade}
    assert on_modal <= set(table_of("modal").usd_per_gpu_hour)
