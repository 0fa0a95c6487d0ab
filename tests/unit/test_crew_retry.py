"""What to do about a failure, as values."""

import pytest

from farm.crew.retry import Again, Failures, GiveUp, backoff, decide, escalate
from farm.errors import (
    CrashError,
    LostError,
    ModeratedError,
    OutOfMemoryError,
    ShortageError,
    TaskError,
    UnsureError,
)
from farm.executors.base import Offer
from farm.task import Needs

OFFER = Offer(cpu=8, memory_gb=64, gpus={"L4": 4, "H100": 2})
NEEDS = Needs(memory_gb=8)


def after(*errors: TaskError) -> Again | GiveUp:
    failures = Failures()
    for error in errors:
        failures = failures.and_(error)
    return decide(failures, errors[-1], needs=NEEDS, offer=OFFER)


def test_the_three_ledgers_are_never_mixed() -> None:
    lost, fault = LostError("gone"), TaskError("broke")
    assert isinstance(after(*[lost] * 60, fault), Again)
    assert isinstance(after(fault, fault, *[lost] * 60), Again)
    assert isinstance(after(*[ShortageError("none")] * 500, fault), Again)
    assert isinstance(after(fault, *[lost] * 60, fault, fault), GiveUp)


@pytest.mark.parametrize(
    ("error", "tries"), [(TaskError("x"), 3), (LostError("x"), 100), (CrashError("x"), 3)]
)
def test_each_ledger_has_its_own_end(error: TaskError, tries: int) -> None:
    assert isinstance(after(*[error] * (tries - 1)), Again)
    assert isinstance(after(*[error] * tries), GiveUp)


def test_refused_content_is_final() -> None:
    assert isinstance(after(ModeratedError("refused")), GiveUp)


def test_what_may_have_been_paid_for_is_not_asked_for_again() -> None:
    assert isinstance(after(UnsureError("no answer came")), GiveUp)


def test_a_shortage_consumes_nothing() -> None:
    assert Failures().and_(ShortageError("none")) == Failures()
    assert after(ShortageError("none")) == Again(after_seconds=0, needs=NEEDS, cause="shortage")


def test_waits_double_up_to_five_minutes() -> None:
    waits = [backoff(n, first_seconds=0.5) for n in range(1, 13)]
    assert waits == [0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert backoff(5000, first_seconds=0.5) == 300


def test_memory_doubles_up_to_all_there_is() -> None:
    assert escalate(NEEDS, OFFER) == Needs(memory_gb=16)
    assert escalate(Needs(memory_gb=40), OFFER) == Needs(memory_gb=64)
    assert escalate(Needs(memory_gb=64), OFFER) is None
    assert isinstance(after(OutOfMemoryError("full")), Again)


def test_a_gpu_gives_way_to_the_next_bigger_kind_on_offer() -> None:
    bigger = escalate(Needs(gpu="L4", gpu_memory_gb=20, memory_gb=8), OFFER)
    assert bigger == Needs(gpu="H100", gpu_memory_gb=80, memory_gb=16)
    assert escalate(bigger, OFFER) is None
