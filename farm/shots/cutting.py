"""What must be true of a cut: its shots are there, follow each other, and overlap by enough."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from farm.frames import Rate
from farm.shots.checks import Complaint
from farm.shots.faults import nearest, shown
from farm.shots.spec import Cut, Shot, Transition

NAME = "cut"
"""What the cut's own folder is named by, so that no shot may have the name."""


def order(cut: Cut, shots: Iterable[str]) -> list[str]:
    """Return the names of the shots in the order of the cut."""
    return list(cut.shots or dict.fromkeys(shots))


def complaints(cut: Cut, shots: Mapping[str, Shot], *, known: Iterable[str]) -> Iterator[Complaint]:
    """Check a cut against the shots of a list; `known` are also those with faults of their own."""
    names = set(known)
    for index, name in enumerate(cut.shots):
        if name not in names:
            problem = f"there is no shot {shown(name)}"
            yield Complaint(f"cut.shots[{index}]", problem, nearest(name, names))
    for name, count in Counter(cut.shots).items():
        if count > 1:
            at = cut.shots.index(name)
            yield Complaint(f"cut.shots[{at}]", f"{name} is there twice", "a shot is shown once")
    if NAME in names:
        problem = f"a shot named {NAME} would lie where the cut does"
        yield Complaint("cut", problem, "give the shot another name")
    yield from _rates(order(cut, shots), shots)
    yield from _transitions(cut, shots, names)


def _rates(names: Iterable[str], shots: Mapping[str, Shot]) -> Iterator[Complaint]:
    rates = {shots[name].rate: name for name in names if name in shots}
    if len(rates) > 1:
        (one, first), (other, second) = list(rates.items())[:2]
        problem = f"{first} has rate {one}, {second} has {other}"
        yield Complaint("cut", problem, "one sequence has one rate")


def _transitions(cut: Cut, shots: Mapping[str, Shot], names: set[str]) -> Iterator[Complaint]:
    shown_in = order(cut, shots)
    for index, change in enumerate(cut.transitions):
        field = f"cut.transitions[{index}]"
        if change.into not in shown_in:
            problem = f"{shown(change.into)} is no shot of the cut"
            yield Complaint(f"{field}.into", problem, nearest(change.into, names))
        elif change.into == shown_in[0]:
            yield Complaint(f"{field}.into", "nothing comes before the first shot", "name another")
    for name, count in Counter(change.into for change in cut.transitions).items():
        if count > 1:
            problem = f"{count} transitions lead into {name}"
            yield Complaint("cut.transitions", problem, "keep one")


def length_of(change: Transition, rate: Rate) -> int:
    """Count a transition's frames at a rate."""
    return 0 if change.kind == "cut" else rate.frames_in(change.duration)
