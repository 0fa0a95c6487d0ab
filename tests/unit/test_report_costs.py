"""Costs: the same dollars by shot, take, stage and pool."""

from farm.ledger import Event
from farm.report.costs import NO_POOL, Costs


def told(kind: str, shot: str, stage: str, part: str, usd: float, *, pool: str = "") -> Event:
    body = {"usd": usd, "pool": pool}
    return Event(at=0.0, kind=kind, shot=shot, stage=stage, part=part, body=body)


def test_the_same_dollars_are_added_up_in_every_way():
    costs = Costs()
    for event in (
        told("made", "a", "draft", "t01", 1.0, pool="spot"),
        told("burnt", "a", "draft", "t02", 0.25),
        told("made", "a", "draft", "t02", 1.0, pool="spot"),
        told("made", "b", "master", "0-7", 4.0, pool="big"),
        told("reused", "b", "draft", "t01", 9.0),
        told("progress", "b", "draft", "t01", 9.0),
    ):
        costs.hear(event)
    assert costs.plain() == {
        "usd": 6.25,
        "burnt": 0.25,
        "by_shot": {"a": 2.25, "b": 4.0},
        "by_take": {"a t01": 1.0, "a t02": 1.25},
        "by_stage": {"draft": 2.25, "master": 4.0},
        "by_pool": {NO_POOL: 0.25, "big": 4.0, "spot": 2.0},
    }
