"""A few frames at once, in order."""

import threading

import pytest

from farm.media.flight import in_flight


def test_results_come_in_order() -> None:
    gate = threading.Event()

    def work(number: int) -> int:
        if number == 0:
            gate.wait(5)
        else:
            gate.set()
        return number * 2

    assert list(in_flight(work, range(20), at_once=3)) == [n * 2 for n in range(20)]


def test_no_more_than_asked_are_taken_ahead() -> None:
    taken = []

    def items() -> object:
        for number in range(100):
            taken.append(number)
            yield number

    results = in_flight(lambda n: n, items(), at_once=2)  # type: ignore[arg-type]
    assert next(results) == 0
    assert len(taken) <= 3
    results.close()  # type: ignore[attr-defined]


def test_a_fault_in_the_work_is_the_callers() -> None:
    def work(number: int) -> int:
        if number == 3:
            raise ValueError("three")
        return number

    with pytest.raises(ValueError, match="three"):
        list(in_flight(work, range(10), at_once=2))


def test_nothing_to_do_is_done_at_once() -> None:
    assert list(in_flight(str, [], at_once=2)) == []
