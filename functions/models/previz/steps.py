"""When each deed of a reading happens: the steps of a prompt in time, for the scene and the judge.

What one body does happens in the order in which it is told, and what is done to it comes before
what it does next; bodies that have nothing to do with each other act at the same time.
"""

from functions.models.previz.reading import Deed, Reading

STATES = frozenset({"still", "glow", "eat"})
"""What lasts and is no step: standing, shining, looking."""

Window = tuple[float, float]
"""When a deed begins and ends, as parts of the take."""


def windows(reading: Reading) -> tuple[Window, ...]:
    """Return the window of every deed, in the order of the deeds; a state has the whole take."""
    places = _places(reading.deeds)
    count = max([place for place in places if place is not None], default=0) + 1
    return tuple(
        (0.0, 1.0) if place is None else (place / count, (place + 1) / count) for place in places
    )


def _places(deeds: tuple[Deed, ...]) -> list[int | None]:
    """Give every deed its place in time, from 0; a state has none."""
    places: list[int | None] = []
    busy: dict[int, int] = {}  # by body: the place after its last deed
    last = 0
    for deed in deeds:
        if deed.verb in STATES:
            places.append(None)
            continue
        place = last if deed.beside else max((busy.get(body, 0) for body in deed.actors), default=0)
        for body in (*deed.actors, *((deed.target,) if deed.target >= 0 else ())):
            busy[body] = max(busy.get(body, 0), place + 1)
        places.append(place)
        last = place
    return places
