"""The purse: what one driver may spend of a show's money, when several spend it, and some die.

The account of a show is a note in the store. Before a driver spends, it draws an allowance there;
what all have drawn together never passes the cap. What a dead driver had drawn and not told to be
left over counts as spent: a machine may have worked on for it. So the cap holds at any concurrency
and after any crash, without a look into anybody's ledger.

The account stays open over interrupted, stopped and crashed runs, whoever starts the next one; it
is closed by the run that ends with nothing left to do for money.
"""

import asyncio
from collections.abc import Mapping

from farm.crew.budget import Budget
from farm.crew.clock import Clock
from farm.crew.lanes import Lanes
from farm.crew.leases import Leases
from farm.digest import Plain, digest_value
from farm.errors import StoreError
from farm.store.base import Store

CHUNK, MOST_AHEAD = 0.02, 0.1
"""Which share of the cap is drawn at least, and at most, beyond what is needed now."""

AHEAD_SECONDS = 60
"""How long all that runs can go on with that; half of it is always there if the store is not."""

POLL_SECONDS = 0.1
ROLL_CALL_SECONDS = 0.001


class Purse:
    """One driver's way to the account.

    `pace` is what all that runs costs a second, in millionths of a dollar; `others_hold` tells
    whether others may yet give back.
    """

    def __init__(  # noqa: PLR0913  # an account, its holder, and what they work with
        self, store: Store, *, show: str, owner: str, budget: Budget, lanes: Lanes, clock: Clock,
        leases: Leases,
    ) -> None:  # fmt: skip
        self.others_hold = False
        self.before = 0
        self.finished = False
        self._store = store
        self._note = f"accounts/{show}"
        self._mutex = digest_value(["account", show])
        self._show = show
        self._owner = owner
        self._budget = budget
        self._cap = budget.money.cap
        self.pace = 0
        self._lanes = lanes
        self._clock = clock
        self._leases = leases
        self._drawn = 0
        self._opened = False
        self._alone = asyncio.Lock()

    def covers(self, micro: int) -> bool:
        """Tell whether a price is drawn already."""
        return self._budget.used + micro <= self._drawn

    @property
    def is_low(self) -> bool:
        """Tell whether hardly anything that is drawn is left."""
        return not self.covers(self._spare // 2)

    @property
    def _spare(self) -> int:
        """Return how much is drawn beyond what is needed now."""
        ahead = min(AHEAD_SECONDS * self.pace, int(MOST_AHEAD * self._cap))
        return max(int(CHUNK * self._cap), ahead)

    async def draw(self, micro: int) -> None:
        """Draw what covers a price, as far as there is any, and learn what is left for all."""
        async with self._alone:
            if not self._opened:
                await self._leases.claim(seat(self._show, self._owner))
                self._opened = True
            if not self.covers(micro + self._spare // 2):
                await self._change(micro + self._spare)

    async def close(self) -> None:
        """Give back what was not spent; a run with nothing left to do closes the account."""
        if self._opened:
            try:
                await self._change(0, leave=True)
            finally:
                await self._leases.release(seat(self._show, self._owner))

    async def _change(self, micro: int, *, leave: bool = False) -> None:
        await self._enter()
        try:
            account = await self._lanes.call(self._store.read_note, self._note)
            closed, drivers = _read(account)
            dead = [other for other in drivers if await self._is_dead(other)]
            closed += sum(drivers.pop(other) for other in dead)
            drivers.pop(self._owner, None)
            left = self._cap - closed - sum(drivers.values())
            drawn = max(self._budget.used, min(left, self._budget.used + micro))
            note = _written(closed, {**drivers, self._owner: drawn})
            if leave:
                closed += self._budget.used
                note = _written(0 if self.finished and not drivers else closed, drivers)
            await self._lanes.call(self._store.write_note, self._note, note)
            self.before, self.others_hold, self._drawn = closed, bool(drivers), drawn
            self._budget.set_cap(max(left, self._budget.used))
        finally:
            await self._leases.release(self._mutex)

    async def _enter(self) -> None:
        """Take the account for this driver alone."""
        while not (await self._leases.claim(self._mutex))[0]:
            await self._clock.sleep(POLL_SECONDS)

    async def _is_dead(self, other: str) -> bool:
        """Tell whether a driver is gone: its seat can be taken."""
        if other == self._owner:
            return False
        key = seat(self._show, other)
        taken = await self._lanes.call(
            self._store.claim, key, owner=self._owner, seconds=ROLL_CALL_SECONDS
        )
        if taken:
            await self._lanes.call(self._store.release, key, owner=self._owner)
        return bool(taken)


def seat(show: str, owner: str) -> str:
    """Name the lease by which a driver shows that it lives."""
    return digest_value(["seat", show, owner])


def _written(spent: int, drawn: Mapping[str, int]) -> dict[str, Plain]:
    """Write an account as a note."""
    return {"spent": spent, "drawn": dict(drawn)}


def _read(account: Plain) -> tuple[int, dict[str, int]]:
    """Read an account: what is spent for good, and what each driver has drawn."""
    if account is None:
        return 0, {}
    try:
        drawn = {str(owner): int(micro) for owner, micro in account["drawn"].items()}  # type: ignore[index,call-overload,union-attr,arg-type]  # a note has no static type; what is wrong raises
        return int(account["spent"]), drawn  # type: ignore[index,call-overload,arg-type]  # as above
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise StoreError(
            f"the account of the show cannot be read: {account!r}",
            hint="somebody wrote to the note accounts/SHOW in the store; remove it",
        ) from error
