"""The card index: every model that this farm knows, and what it is good for."""

import os
from functools import cache
from importlib import resources
from pathlib import Path

import yaml

from farm.cards.card import Card
from farm.errors import PlanError
from farm.registry import nearest


@cache
def load_cards() -> dict[str, Card]:
    """Read every card, by name: the farm's own, then those in the folder FARM_CARDS, which win."""
    ours = [file for file in resources.files(__name__).iterdir() if file.name.endswith(".yaml")]
    folder = os.environ.get("FARM_CARDS")
    theirs = list(Path(folder).glob("*.yaml")) if folder else []
    texts = [
        file.read_text("utf-8")
        for files in (ours, theirs)
        for file in sorted(files, key=lambda file: file.name)
    ]
    cards = [Card.model_validate(yaml.load(text, yaml.CSafeLoader)) for text in texts]
    return {card.name: card for card in cards}


def card_for(model: str) -> Card:
    """Return a model's card; raises PlanError with the nearest name if there is none."""
    cards = load_cards()
    if model not in cards:
        raise PlanError(f"there is no model named {model!r}", hint=nearest(model, cards))
    return cards[model]
