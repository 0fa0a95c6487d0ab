"""Everything in a list that no model or stage of this farm can do, each with its place."""

from farm.cards import card_for, load_cards
from farm.cards.permits import (
    Refusal,
    delivery_refusals,
    length_refusal,
    shot_refusals,
    size_refusal,
)
from farm.route.extend import frames_to_add
from farm.shots.faults import Fault
from farm.shots.request import delivery_size, shot_frames
from farm.shots.shot_list import ShotList
from farm.shots.spec import Shot


def refusals(shot_list: ShotList) -> tuple[Fault, ...]:
    """List what cannot be made; an empty answer means that the list can be rendered."""
    faults = [
        shot_list.fault(None, refusal.field, refusal.problem, refusal.hint)
        for refusal in delivery_refusals(shot_list.delivery)
    ]
    for shot in shot_list.shots:
        faults += [
            shot_list.fault(shot, refusal.field, refusal.problem, refusal.hint)
            for refusal in _of_shot(shot_list, shot)
        ]
    return tuple(dict.fromkeys(faults))


def _of_shot(shot_list: ShotList, shot: Shot) -> list[Refusal]:
    references = any(shot_list.characters[name].references for name in shot.characters)
    found = shot_refusals(shot, references=references)
    if shot.model not in load_cards():
        return found
    card = card_for(shot.model)
    handles = 0 if shot.loop else shot_list.delivery.handles
    base = len(shot_frames(shot)) + 2 * handles
    total = base + frames_to_add(shot, frames=base, handles=handles)
    more = [
        length_refusal(card, frames=total, field="extend.to" if shot.extend else "duration"),
        size_refusal(card, delivery_size(shot_list.delivery.resolution, shot.aspect)),
    ]
    return found + [refusal for refusal in more if refusal]
