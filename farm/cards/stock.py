"""What of a model's weights a machine has, what it would fetch, from where, and for how long."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from farm.cards.card import Card
from farm.cards.reach import may_have
from farm.cards.sets import Weights
from farm.cards.shelf import Shelf, is_folder, is_there

LINE_MB_PER_SECOND = 125
"""A line of a gigabit a second: what a fetch is reckoned at, since nobody has measured it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """The weights of one model here: gigabytes by set, and the sets that nothing pins.

    `to_fetch` is what a place has that this machine sees, `places` which one by set; what is
    `nowhere` has none.
    """

    model: str
    here: Mapping[str, float]
    to_fetch: Mapping[str, float]
    places: Mapping[str, str]
    nowhere: tuple[str, ...]
    unpinned: tuple[str, ...]

    @property
    def gb_to_fetch(self) -> float:
        """Sum up what would be fetched."""
        return sum(self.to_fetch.values())

    @property
    def minutes(self) -> float:
        """Say how long the fetch takes, on a line of a gigabit a second."""
        return self.gb_to_fetch * 1000 / LINE_MB_PER_SECOND / 60


def stock_of(card: Card, shelf: Shelf, wishes: frozenset[str] | None = None) -> Stock:
    """Look at a model's weights by name and size alone: those for some wishes, or all of them."""
    sets = {name: one for name, one in card.weights.items() if wishes is None or one.serves(wishes)}
    here = {name: one.gb for name, one in sets.items() if is_there(one, shelf)}
    places = {name: _place(one, shelf) for name, one in sets.items() if name not in here}
    return Stock(
        model=card.name,
        here=here,
        to_fetch={name: sets[name].gb for name, place in places.items() if place},
        places={name: place for name, place in places.items() if place},
        nowhere=tuple(name for name, place in places.items() if not place),
        unpinned=tuple(name for name in card.unpinned(shelf) if name in sets),
    )


def _place(one: Weights, shelf: Shelf) -> str:
    networks = (place for place in shelf.places if not is_folder(place))
    return next((place for place in networks if may_have(place, one)), "")


def stocks(
    cards: Iterable[Card], shelf: Shelf, wishes: Mapping[str, frozenset[str]] | None = None
) -> tuple[Stock, ...]:
    """Look at the weights of every model that has any; `wishes` say, by model, what is asked."""
    asked = wishes or {}
    return tuple(stock_of(card, shelf, asked.get(card.name)) for card in cards if card.weights)
