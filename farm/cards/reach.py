"""Which weights a shot needs, and whether they can be had: said before any work is begun."""

from pathlib import Path

from farm.cards.card import Card
from farm.cards.permits import Refusal
from farm.cards.sets import FIELDS, Weights
from farm.cards.shelf import PLACES, Shelf, is_folder, is_hub, is_there
from farm.shots.spec import Shot


def wishes_of(shot: Shot, *, references: bool) -> frozenset[str]:
    """List what a shot asks, in the words of a set's `asked_by`; `references` as in permits."""
    wishes = {field for field in FIELDS if getattr(shot, field)}
    wishes |= {f"camera.{move}" for move in shot.camera.moves}
    if shot.edit:
        wishes.add(f"edit.{shot.edit.strength.partition('_')[0]}")
    if references:
        wishes.add("references")
    return frozenset(wishes)


def weight_refusals(card: Card, shelf: Shelf, wishes: frozenset[str]) -> list[Refusal]:
    """Refuse a model if no place has the weights for such a shot, as far as this machine can tell.

    A mirror is taken at its word, and the hub for what is pinned to a commit. A folder that this
    machine does not see may be one of the workers', and is not held against the model.
    """
    needed = [one for one in card.weights.values() if one.serves(wishes)]
    missing = [one.hub for one in needed if not _within_reach(one, shelf)]
    if not missing:
        return []
    hint = (
        f"fetch them from huggingface.co/{missing[0]} into FOLDER/{missing[0]}, and set "
        f"{PLACES}=FOLDER, or to a mirror that has them; `farm models` shows what is here"
    )
    problem = f"the weights of {card.name} are not to be had: {', '.join(missing)}"
    return [Refusal(field="model", problem=problem, hint=hint)]


def _within_reach(one: Weights, shelf: Shelf) -> bool:
    return is_there(one, shelf) or any(may_have(place, one) for place in shelf.places)


def may_have(place: str, one: Weights) -> bool:
    """Tell whether a place could have a set of weights, as far as this machine can tell."""
    if is_hub(place):
        return bool(one.revision)
    return not is_folder(place) or not Path(place).is_dir()
