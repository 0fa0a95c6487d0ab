"""The laws of every night: what must hold whatever strikes, checked while it happens."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from farm.crew.budget import MICRO
from farm.crew.leases import LEASE_SECONDS
from farm.ledger import Event
from farm.route.shoot import ShotResult
from farm.store.leases import Lease
from farm.task import Outcome

if TYPE_CHECKING:
    from tests.simulation.doors import Door
    from tests.simulation.driver import Driver
    from tests.simulation.machines import Life
    from tests.simulation.world import World

CENT = 1e-4
MICROS = 10
MOST_SKEW = 4.0
"""With clocks further apart than two of these, a lease may end before its holder renews it."""

Digests = dict[str, str]


@dataclass
class Laws:
    """Watches one world and writes down what is against the law."""

    world: "World"
    broken: list[str] = field(default_factory=list)
    completions: Counter[str] = field(default_factory=Counter)
    allowed: Counter[str] = field(default_factory=Counter)

    def claimed(self, door: "Door", key: str, before: Lease | None, *, granted: bool) -> None:
        """Refuse that a lease is granted while another's is good by every clock."""
        if not granted or before is None or before.owner == door.name:
            return
        if before.until > self.world.clock.now() + 2 * self.world.weather.skew_seconds:
            self._say(f"{door.name} was granted the lease on {key[:8]} that {before.owner} holds")

    def making(self, life: "Life", beside: list["Life"]) -> None:
        """Refuse that finished work is begun again, or by two living farms at once."""
        task, weather = life.task, self.world.weather
        if self.world.truth.recall(task.key):
            self._say(f"{task.label} is finished, and is being made again")
        self.allowed[task.key] += len(beside)
        steady = weather.skew_seconds < MOST_SKEW and not weather.store_errors
        for other in beside:
            rival = other.driver is not life.driver and other.driver.works_on(task.key)
            if steady and rival and life.driver.works_on(task.key):
                self._say(f"{task.label} is made by two farms at once")

    def remembering(self, outcome: Outcome) -> None:
        """Refuse an outcome whose artifacts are not in the store."""
        for name, artifact in outcome.outputs.items():
            shelf = Path(self.world.truth.place, "cas", artifact.digest[:2], artifact.digest)
            if not shelf.exists() and artifact.digest not in self.world.spoilt:
                self._say(f"outcome {outcome.key[:8]} is kept before its artifact {name}")

    def remembered(self, outcome: Outcome) -> None:
        """Count what was made."""
        self.completions[outcome.key] += 1

    def heard(self, driver: "Driver", event: Event) -> None:
        """Check the money whenever anything is told."""
        money = driver.budget.money
        claimed = money.settled + money.reserved + money.held
        if claimed > money.cap:
            self._say(f"{driver.plan.name}: {claimed} of {money.cap} is claimed at {event.kind}")
        if (cap := driver.plan.cap_usd) is not None:
            used = sum(d.budget.used for d in self.world.drivers if d.plan.cap_usd is not None)
            if used > cap * MICRO + MICROS:
                self._say(f"{used} of the show's {cap * MICRO:.0f} is paid or reserved")
        if money.overrun > MICROS:
            self._say(f"{driver.plan.name}: {money.overrun} was paid beyond the cap")
        if min(money.settled, money.reserved, money.held) < 0:
            self._say(f"{driver.plan.name}: money is negative: {money}")

    def left(self, driver: "Driver") -> None:
        """Check a driver that ended by itself: nothing is left reserved or leased."""
        money, name = driver.budget.money, driver.plan.name
        if money.reserved:
            self._say(f"{name} left {money.reserved} reserved")
        if driver.budget.spent_usd > driver.burnt + CENT:
            self._say(f"{name} paid ${driver.budget.spent_usd:.6f} for ${driver.burnt:.6f}")
        left = [lease.key[:8] for lease in self.world.truth.leases.all() if lease.owner == name]
        if left and not self.world.weather.store_errors:
            self._say(f"{name} left leases behind: {left}")
        for shot in driver.results:
            self._check_state(driver, shot)

    def at_dawn(self) -> None:
        """Check the store when the night is over: no lease is held by the dead."""
        for lease in self.world.truth.leases.live():
            self._say(f"{lease.owner} is gone and holds {lease.key[:8]}")
        for key, count in self.completions.items():
            if not self.world.weather.spoils and count > 1 + self.allowed[key]:
                self._say(f"{key[:8]} was made {count} times")

    def same_as_calm(self, driver: "Driver", calm: dict[str, Digests]) -> None:
        """Compare what was delivered with what a calm night delivers."""
        states = {"/".join(filter(None, (s.variant, s.shot))): s for s in driver.results}
        for shot, digests in calm.items():
            if states[shot].state != "delivered":
                self._say(f"{shot} is {states[shot].state}: {states[shot].problem}")
            elif self.world.digests(states[shot]) != digests:
                self._say(f"{shot} was delivered with other bytes than on a calm night")
        for shot, result in states.items():
            if shot not in calm and result.state == "delivered":
                self._say(f"{shot} was delivered, which a calm night cannot")

    def _check_state(self, driver: "Driver", shot: ShotResult) -> None:
        name, held = driver.plan.name, driver.plan.cap_usd is not None
        good = shot.state == "delivered" or (shot.state == "failed" and shot.problem and shot.hint)
        if not good and not (shot.state == "stopped" and held):
            self._say(f"{name}: {shot.shot} ended {shot.state}: {shot.problem}")

    def _say(self, what: str) -> None:
        self.broken.append(f"at {self.world.clock.now():.1f} s: {what}")


def delivered(result: ShotResult) -> Digests:
    """Read the digest of every file of a delivery from its manifest."""
    assert result.folder
    files = json.loads((result.folder / "manifest.json").read_bytes())["files"]
    return {f"{result.version}/{file['path']}": file["sha256"] for file in files}


GRACE = LEASE_SECONDS + 1.0
