"""One generation under one key: written down, asked for, adopted after a crash, fetched, kept."""

from collections.abc import Generator, Mapping

from farm.digest import Plain
from farm.errors import FarmError, LostError, ShortageError, TaskError, UnsureError
from farm.task import Progress
from functions.models.base import Bills
from functions.models.luma.service import Service, failure

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 10.0
PATIENCE_SECONDS = 3600.0
MOST_LOSSES = 5
"""How many looks in a row may go unanswered before the task is handed back."""

SHARES = {"queued": 1, "processing": 2, "completed": 3}
ASKED, MADE, FAILED = "asked", "made", "failed"


def generate(
    service: Service, bills: Bills, wish: Mapping[str, Plain]
) -> Generator[Progress, None, tuple[str, bytes]]:
    """Return a generation's id and what was made, asking for it only if nobody ever did.

    That is its movie, or the EXRs where it has some. The wish is written down before the call and
    the id after it. Whoever finds an id adopts that generation; whoever finds a wish without one
    knows that it may be on the bill, and stops.
    """
    bill = bills.read()
    if bill.get("state") == FAILED:
        raise failure(str(bill["code"]), str(bill["reason"]))
    generation = str(bill.get("generation", ""))
    if generation and (movie := bills.kept()) is not None:
        return generation, movie
    if not generation:
        generation = _create(service, bills, wish, asked=bill.get("state") == ASKED)
    urls = yield from _watch(service, bills, generation)
    movie = _fetch(service, generation, urls)
    bills.keep(movie, kind="movie")
    return generation, movie


def _create(service: Service, bills: Bills, wish: Mapping[str, Plain], *, asked: bool) -> str:
    if asked:
        raise UnsureError(
            "luma was asked for this before, and the worker died before the answer was kept",
            hint="it may be on the bill, so it is not asked again; change the seed to pay for "
            "another",
        )
    bills.write({"state": ASKED, "service": "luma", "wish": _brief(wish)})
    try:
        generation = service.create(wish)
    except UnsureError:
        raise
    except FarmError:
        bills.write({})
        raise
    bills.write({"state": MADE, "service": "luma", "generation": generation})
    return generation


def _watch(
    service: Service, bills: Bills, generation: str
) -> Generator[Progress, None, tuple[str, ...]]:
    """Look at it until it is there; yields at least as often as it looks."""
    waited, pause, losses = 0.0, FIRST_PAUSE_SECONDS, 0
    while waited < PATIENCE_SECONDS:
        try:
            look = service.look(generation)
            losses = 0
        except LostError:
            losses += 1
            if losses >= MOST_LOSSES:
                raise
        else:
            if look.state == "completed" and look.urls:
                return look.urls
            if look.state == "failed":
                raise _failed(bills, look.code, look.reason)
            yield Progress(done=SHARES.get(look.state, 0), total=4, note=f"luma: {look.state}")
        service.pause(pause)
        waited += pause
        pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)
    raise LostError(
        f"luma's generation {generation} is not done after {PATIENCE_SECONDS / 60:.0f} minutes",
        hint="it is looked at again; nothing is paid twice",
    )


def _failed(bills: Bills, code: str, reason: str) -> FarmError:
    """Write down what can only fail again; after a shortage nothing was made: ask anew."""
    fault = failure(code, reason)
    if isinstance(fault, ShortageError):
        bills.write({})
    else:
        bills.write({**bills.read(), "state": FAILED, "code": code, "reason": reason})
    return fault


def _fetch(service: Service, generation: str, urls: tuple[str, ...]) -> bytes:
    """Fetch what was made; a dead address is asked for anew, once."""
    made = service.fetch(urls[-1])
    if made is None and (anew := service.look(generation).urls):
        made = service.fetch(anew[-1])
    if not made:
        raise TaskError(
            f"luma's generation {generation} is done, but its movie is not there any more",
            hint="change the seed to pay for another",
        )
    return made


def _brief(wish: Mapping[str, Plain]) -> Plain:
    """Write a wish without the bytes of its pictures."""
    if isinstance(wish, Mapping):
        return {k: "..." if k == "data" else _brief_value(v) for k, v in wish.items()}
    return wish


def _brief_value(value: Plain) -> Plain:
    if isinstance(value, Mapping):
        return _brief(value)
    if isinstance(value, list | tuple):
        return [_brief_value(item) for item in value]
    return value
