"""What all drivers of a cluster ask of its autoscaler, added up in one place.

Ray keeps one request for the whole cluster, and keeps it for ever: a second driver's would take
the place of the first's, and a driver that is killed would leave its machines running. So an
actor on the head holds a wish for every driver, lets go of those whose time is over, and ends
with the last of them.
"""

import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Bundles = list[dict[str, float]]

NAME, NAMESPACE = "farm-demand", "farm"
ON_THE_HEAD = {"node:__internal_head__": 0.001}  # a machine that it kept busy would never go
LOOK_SECONDS = 1.0
ANSWER_SECONDS = 60.0  # it starts in seconds where there is a head at all
TRIES = 3  # it may be about to end as it is spoken to


@dataclass(slots=True)
class Wishes:
    """What each driver asks for, and until when."""

    _wishes: dict[str, tuple[Bundles, float]] = field(default_factory=dict)

    def keep(self, driver: str, bundles: Bundles, *, until: float) -> None:
        """Put a driver's wish in the place of its last; an empty one is no wish."""
        self._wishes.pop(driver, None)
        if bundles:
            self._wishes[driver] = (bundles, until)

    def standing(self, *, now: float) -> Bundles:
        """Let go of wishes whose time is over; return all that is asked for by the others."""
        self._wishes = {who: wish for who, wish in self._wishes.items() if wish[1] > now}
        return [bundle for bundles, _ in self._wishes.values() for bundle in bundles]


class Demand:
    """The actor: tells the autoscaler the sum of all wishes whenever it changes."""

    def __init__(
        self,
        *,
        request: Callable[[Bundles], None] | None = None,
        end: Callable[[int], None] = os._exit,
    ) -> None:
        self._request = request or _request
        self._end = end
        self._wishes = Wishes()
        self._told: Bundles = []
        self._lock = threading.Lock()
        threading.Thread(target=self._look_after, daemon=True).start()

    def ask(self, driver: str, bundles: Bundles, seconds: float) -> None:
        """Hold a driver's wish for so many seconds, in the place of its last."""
        with self._lock:
            self._wishes.keep(driver, bundles, until=time.monotonic() + seconds)
            self._tell()

    def _look_after(self) -> None:
        """Let go of what is over in time, and end when nothing is asked for any more."""
        while True:
            time.sleep(LOOK_SECONDS)
            with self._lock:
                self._tell()
                if not self._told:
                    self._end(0)
                    return

    def _tell(self) -> None:
        standing = self._wishes.standing(now=time.monotonic())
        if standing != self._told:
            self._request(standing)
            self._told = standing


def ask(ray: Any, bundles: Sequence[dict[str, float]], *, driver: str, seconds: float) -> None:  # noqa: ANN401  # ray has no types
    """Have the cluster hold a driver's wish; raises a RayError if nobody there takes it."""
    actor = ray.remote(Demand).options(
        name=NAME,
        namespace=NAMESPACE,
        lifetime="detached",
        get_if_exists=True,
        num_cpus=0,
        resources=ON_THE_HEAD,
    )
    for tries_left in reversed(range(TRIES)):
        try:
            answer = actor.remote().ask.remote(driver, list(bundles), seconds)
            ray.get(answer, timeout=ANSWER_SECONDS)
        except ray.exceptions.ActorDiedError:
            if not tries_left:
                raise
            time.sleep(LOOK_SECONDS)
        else:
            return


def _request(bundles: Bundles) -> None:
    from ray.autoscaler.sdk import request_resources  # noqa: PLC0415  # on the head alone

    request_resources(bundles=bundles)
