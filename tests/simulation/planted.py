"""Bugs planted on purpose, to see that the laws find them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest.mock import patch

from farm.crew import crew as crew_room
from farm.crew.budget import Budget
from farm.digest import digest_bytes
from farm.store.leases import Lease, Leases
from farm.task import Artifact, Outcome
from tests.simulation.doors import Door


@contextmanager
def settle_twice() -> Iterator[None]:
    """Pay every task twice, as when its answer is counted again."""
    settle = Budget.settle

    def twice(budget: Budget, key: str, usd: float) -> None:
        settle(budget, key, 2 * usd)

    with patch.object(Budget, "settle", twice):
        yield


@contextmanager
def lease_without_expiry_check() -> Iterator[None]:
    """Take every lease over, without a look at whether it is still good."""

    def claim(leases: Leases, key: str, *, owner: str, seconds: float) -> bool:
        now = leases._clock()
        leases._write(Lease(key=key, owner=owner, since=now, until=now + seconds))
        return True

    with patch.object(Leases, "claim", claim):
        yield


@contextmanager
def outcome_before_artifact() -> Iterator[None]:
    """Remember the outcome first, and put its artifacts afterwards."""
    put, remember = Door.put, Door.remember
    pending: dict[Door, list[tuple[bytes, str]]] = {}

    def later(door: Door, data: bytes, *, kind: str) -> Artifact:
        pending.setdefault(door, []).append((data, kind))
        return Artifact(digest=digest_bytes(data), size=len(data), kind=kind)

    def first(door: Door, outcome: Outcome) -> None:
        remember(door, outcome)
        for data, kind in pending.pop(door, []):
            put(door, data, kind=kind)

    with patch.object(Door, "put", later), patch.object(Door, "remember", first):
        yield


@contextmanager
def cap_of_its_own() -> Iterator[None]:
    """Let every driver count its own money only, whoever else spends on the show."""
    with patch.object(crew_room, "Purse", _NoPurse):
        yield


class _NoPurse:
    """Covers everything, and asks nobody."""

    others_hold = is_low = finished = False

    def __init__(self, *_: Any, **__: Any) -> None: ...

    def covers(self, _micro: int) -> bool:
        return True

    async def close(self) -> None: ...


BUGS: Mapping[str, Callable[[], AbstractContextManager[None]]] = {
    "settle twice": settle_twice,
    "lease without expiry check": lease_without_expiry_check,
    "outcome before artifact": outcome_before_artifact,
    "cap of its own": cap_of_its_own,
}
