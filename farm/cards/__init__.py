"""The card index: every model that this farm knows, and what it is good for."""

from functools import cache
from importlib import resources

import yaml

from farm.cards.card import Card
from farm.errors import PlanError
from farm.registry import nearest


@cache
def load_cards() -> dict[str, Card]:
    """Read every card, by name."""
    files = sorted(resources.files(__name__).iterdir(), key=lambda file: file.name)
    cards = [
        Card.model_validate(yaml.safe_load(file.read_text("utf-8")))
        for file in files
        if file.name.endswith(".yaml")
    ]
    return {card.name: card for card in cards}


def card_for(model: str) -> Card:
    """Return a model's card; raises PlanError with the nearest name if there is none."""
    cards = load_cards()
    if model not in cards:
        raise PlanError(f"there is no model named {model!r}", hint=nearest(model, cards))
    return cards[model]
