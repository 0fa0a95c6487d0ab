"""Everything in a list that no model or stage of this farm can do, each with its place."""

import math
from collections.abc import Iterator

from farm.cards import card_for, load_cards
from farm.cards.bounds import bound_refusals
from farm.cards.permits import (
    Refusal,
    delivery_refusals,
    layer_refusals,
    length_refusal,
    movie_refusals,
    shot_refusals,
    size_refusal,
)
from farm.cards.policy import ANYTHING, Policy, licence_refusals
from farm.cards.reach import weight_refusals, wishes_of
from farm.cards.shelf import Shelf
from farm.delivery import credentials, mhl, timeline
from farm.errors import TaskError
from farm.frames import FrameRange
from farm.media.bundle import sequence_of
from farm.registry import nearest
from farm.route.extend import frames_to_add
from farm.shots.cutting import length_of
from farm.shots.faults import Fault
from farm.shots.request import delivery_size, shot_frames
from farm.shots.shot_list import ShotList
from farm.shots.spec import Shot


def refusals(shot_list: ShotList, policy: Policy = ANYTHING) -> tuple[Fault, ...]:
    """List what cannot be made; an empty answer means that the list can be rendered."""
    faults = [
        shot_list.fault(None, refusal.field, refusal.problem, refusal.hint)
        for refusal in delivery_refusals(shot_list.delivery)
    ]
    for shot in shot_list.shots:
        faults += [
            shot_list.fault(
                None if refusal.field.startswith("delivery.") else shot,
                refusal.field,
                refusal.problem,
                refusal.hint,
            )
            for refusal in [*licence_refusals(shot, policy), *_of_shot(shot_list, shot)]
        ]
    faults += [
        shot_list.fault(None, refusal.field, refusal.problem, refusal.hint)
        for refusal in _not_at_hand(shot_list)
    ]
    return tuple(dict.fromkeys(faults))


def absent_weights(shot_list: ShotList, shelf: Shelf) -> tuple[Fault, ...]:
    """List the shots that need weights of their model which no place has."""
    cards = load_cards()
    return tuple(
        shot_list.fault(shot, refusal.field, refusal.problem, refusal.hint)
        for shot in shot_list.shots
        if shot.model in cards
        for refusal in weight_refusals(
            cards[shot.model], shelf, wishes_of(shot, references=shot_list.pictured(shot))
        )
    )


def _not_at_hand(shot_list: ShotList) -> list[Refusal]:
    """List what is asked of libraries and keys that this machine does not have."""
    found = []
    if shot_list.delivery.mhl and not mhl.available():
        problem = "a media hash list needs ascmhl, which is not installed"
        found.append(Refusal(field="delivery.mhl", problem=problem, hint=mhl.INSTALL))
    if shot_list.delivery.credentials and (why := credentials.missing()):
        hint = f"set {credentials.CERT} and {credentials.KEY} to PEM files, or leave it out"
        field, problem = "delivery.credentials", f"nothing can be signed here: {why}"
        found.append(Refusal(field=field, problem=problem, hint=hint))
    if shot_list.cut and not timeline.available():
        problem = "a cut needs OpenTimelineIO and its adapters, which are not installed"
        found.append(Refusal(field="cut", problem=problem, hint=timeline.INSTALL))
    return [*found, *_short_handles(shot_list)]


def _short_handles(shot_list: ShotList) -> list[Refusal]:
    """Refuse transitions that need more frames than the handles hold; a loop goes round instead."""
    if shot_list.cut is None:
        return []
    delivery, shots = shot_list.delivery, {shot.shot: shot for shot in shot_list.shots}
    found = []
    for index, change in enumerate(shot_list.cut.transitions):
        shot = shots.get(change.into)
        if shot is None:
            continue
        rate = delivery.rate or shot.rate
        half = -(-length_of(change, rate) // 2)
        handles = delivery.handles * rate.value / shot.rate.value
        if half > handles and not shot.loop:
            need = math.ceil(half * shot.rate.value / rate.value)
            problem = f"half of the {change.kind} is {half} frames, and handles are {handles}"
            hint = f"write delivery.handles: {need} or more, or make it shorter"
            found.append(
                Refusal(field=f"cut.transitions[{index}].duration", problem=problem, hint=hint)
            )
    return found


def _between_frames(shot_list: ShotList, shot: Shot) -> list[Refusal]:
    """Refuse handles that are no whole number of frames at the delivered rate."""
    rate, handles = shot_list.delivery.rate, shot_list.delivery.handles
    if rate is None or (rate.value / shot.rate.value * handles).denominator == 1:
        return []
    problem = f"{handles} handles at {shot.rate} are no whole frames at {rate}"
    hint = f"make handles a multiple of {(rate.value / shot.rate.value).denominator}"
    return [Refusal(field="rate", problem=problem, hint=hint)]


def _keyed(shot: Shot, handles: int) -> Iterator[int]:
    """Count the frames of a shot's keyframes from the first of its handles."""
    frames = shot_frames(shot)
    places = {"first": frames.first, "last": frames.last}
    for key in shot.keyframes:
        number = places[key.frame] if isinstance(key.frame, str) else key.frame
        yield number - frames.first + handles


SENT_AS_IT_IS = frozenset({"luma"})
"""Families that hand files on to a service, which reads them as they say themselves."""


def _named_colours(shot: Shot) -> Iterator[tuple[str, str]]:
    """List what the colours of given pictures were named, by the field that names them."""
    if shot.edit and shot.edit.colorspace:
        yield "edit.colorspace", shot.edit.colorspace
    for index, key in enumerate(shot.keyframes):
        if key.colorspace:
            yield f"keyframes[{index}].colorspace", key.colorspace


def _colours(shot: Shot) -> Iterator[Refusal]:
    """Refuse a name that the farm does not know, or that a hosted service would never hear."""
    cards = load_cards()
    for field, named in _named_colours(shot):
        from farm.media.plates import known_names  # noqa: PLC0415  # OpenColorIO, only for names

        if named not in (known := known_names()):
            problem = f"there is no colour space named {named!r}"
            yield Refusal(field=field, problem=problem, hint=nearest(named, known))
        elif shot.model in cards and cards[shot.model].family in SENT_AS_IT_IS:
            problem = "the service reads a file as the file itself says"
            hint = "convert it to sRGB or Rec.709, or leave the name out"
            yield Refusal(field=field, problem=problem, hint=hint)


def _plate_length(shot_list: ShotList, shot: Shot) -> Refusal:
    """Ask for the length of a shot that edits a plate, and say how long the plate is."""
    from farm.media.movie import movie_facts  # noqa: PLC0415  # FFmpeg, only to say how long

    assert shot.edit
    path = shot_list.source.parent / shot.edit.plate
    try:
        length = len(sequence_of(path)) if path.suffix == ".exr" else movie_facts(path).frames
        longest = FrameRange.of(max(1, length))
        hint = f"its plate has {length} frames: write frames: {longest}, or fewer"
    except TaskError:
        hint = "write duration: 5s, no longer than its plate"
    problem = "says neither duration nor frames"
    return Refusal(field="edit.plate", problem=problem, hint=hint)


def _of_shot(shot_list: ShotList, shot: Shot) -> list[Refusal]:
    found = [
        *shot_refusals(shot, references=shot_list.pictured(shot)),
        *_between_frames(shot_list, shot),
    ]
    found += _colours(shot)
    if shot.model not in load_cards():
        return found
    if shot.edit and shot.frames is None and shot.duration is None:
        return [*found, _plate_length(shot_list, shot)]
    card = card_for(shot.model)
    handles = 0 if shot.loop else shot_list.delivery.handles
    base = len(shot_frames(shot)) + 2 * handles
    total = base + frames_to_add(shot, frames=base, handles=handles)
    found += bound_refusals(
        card,
        shot,
        frames=base,
        keyed=tuple(_keyed(shot, handles)),
        references=sum(len(shot_list.characters[name].references) for name in shot.characters),
    )
    found += layer_refusals(card, shot, shot_list.delivery)
    resolution = shot_list.delivery.resolution
    aspects = [shot.aspect, *([shot.reframe.aspect] if shot.reframe else [])]
    sizes = [delivery_size(resolution, aspect) for aspect in aspects]
    more = [
        length_refusal(card, frames=total, field="extend.to" if shot.extend else "duration"),
        size_refusal(card, sizes[0]),
    ]
    small = [r for size in sizes for r in movie_refusals(shot_list.delivery.movies, size)]
    return [*found, *(refusal for refusal in more if refusal), *small]
