"""How far a model goes: rates, aspects, lengths, pictures, and what may not be asked together."""

import importlib.metadata
from collections.abc import Callable, Iterator
from functools import cache, partial

from farm.cards import load_cards
from farm.cards.card import Card
from farm.cards.permits import Refusal
from farm.shots.spec import Shot


def bound_refusals(
    card: Card, shot: Shot, *, frames: int, keyed: tuple[int, ...] = (), references: int = 0
) -> list[Refusal]:
    """List what lies outside the card's limits.

    `frames` counts the draft with its handles, `keyed` are the frames of its keyframes from 0, and
    `references` the pictures of its cast.
    """
    return [
        *_package_refusals(card),
        *_rate_refusals(card, shot),
        *_aspect_refusals(card, shot),
        *_length_refusals(card, shot, frames),
        *_keyframe_refusals(card, keyed, frames),
        *_reference_refusals(card, references),
        *_together_refusals(card, shot),
        *_region_refusals(card, shot),
        *_camera_mark_refusals(card, shot),
    ]


def _package_refusals(card: Card) -> Iterator[Refusal]:
    missing = [name for name in card.pixels if not _installed(name)]
    if missing:
        problem = f"{card.name} needs {', '.join(missing)}, not installed here"
        hint = "install the extras that it needs (see pyproject.toml), here and on the workers"
        yield Refusal(field="model", problem=problem, hint=hint)


def _rate_refusals(card: Card, shot: Shot) -> Iterator[Refusal]:
    rates = card.limits.rates
    if rates and str(shot.rate) not in rates:
        problem = f"{card.name} films at {_words(rates)} frames a second, not {shot.rate}"
        hint = f"write rate: {rates[0]}; {_others(lambda c: _takes_rate(c, shot))}"
        yield Refusal(field="rate", problem=problem, hint=hint)


def _aspect_refusals(card: Card, shot: Shot) -> Iterator[Refusal]:
    aspects = card.limits.aspects
    if aspects and shot.aspect not in aspects:
        problem = f"{card.name} has no aspect {shot.aspect}"
        others = _others(lambda c: not c.limits.aspects or shot.aspect in c.limits.aspects)
        yield Refusal(field="aspect", problem=problem, hint=f"it has {_words(aspects)}; {others}")


def _length_refusals(card: Card, shot: Shot, frames: int) -> Iterator[Refusal]:
    field = "frames" if shot.frames else "duration"
    most = card.limits.draft_frames
    if most and frames > most:
        problem = f"{card.name} makes {most} frames in one go, not {frames}, handles included"
        hint = "make the shot shorter and extend it with extend: {to: ...}"
        if not card.can.extend:
            hint = f"make it shorter; {_others(lambda c: _holds(c, frames))}"
        yield Refusal(field=field, problem=problem, hint=hint)
    loops = card.limits.loops
    if shot.loop and loops and frames not in loops:
        wanted = _words([str(count) for count in loops])
        problem = f"{card.name} closes a loop of {wanted} frames, not {frames}"
        others = _others(lambda c: c.can.loop and not c.limits.loops)
        yield Refusal(field="loop", problem=problem, hint=others)


def _keyframe_refusals(card: Card, keyed: tuple[int, ...], frames: int) -> Iterator[Refusal]:
    if len(keyed) > card.limits.keyframes:
        problem = f"{card.name} takes {card.limits.keyframes} keyframes, not {len(keyed)}"
        others = _others(lambda c: bool(c.can.keyframes) and c.limits.keyframes >= len(keyed))
        yield Refusal(field="keyframes", problem=problem, hint=others)
    places = {0: "first", frames - 1: "last"}
    inner = [i for i, frame in enumerate(keyed) if places.get(frame) not in card.can.keyframes]
    if card.can.keyframes and "any" not in card.can.keyframes and inner:
        problem = f"{card.name} takes keyframes at the {_words(card.can.keyframes)} frame alone"
        others = _others(lambda c: "any" in c.can.keyframes)
        yield Refusal(field=f"keyframes[{inner[0]}]", problem=problem, hint=others)


def _reference_refusals(card: Card, references: int) -> Iterator[Refusal]:
    if card.can.references and references > card.limits.references:
        problem = f"{card.name} takes {card.limits.references} reference pictures, not {references}"
        others = _others(lambda c: c.can.references and c.limits.references >= references)
        yield Refusal(field="characters", problem=problem, hint=others)


def _together_refusals(card: Card, shot: Shot) -> Iterator[Refusal]:
    for one, other in card.limits.apart:
        if getattr(shot, one) and getattr(shot, other):
            problem = f"{card.name} cannot do {one} and {other} in the same shot"
            both = _others(partial(_does_both, pair=(one, other)))
            yield Refusal(field=one, problem=problem, hint=f"leave one out; {both}")


def _region_refusals(card: Card, shot: Shot) -> Iterator[Refusal]:
    if not card.limits.regions_in_edits or shot.edit:
        return
    for i, mark in enumerate(shot.annotations):
        if mark.region is not None:
            problem = f"{card.name} takes a region as the part of a plate to paint anew"
            others = _others(lambda c: "region" in c.can.annotations and not _in_edits(c))
            hint = f"give a plate with edit:; for regions in new footage, {others}"
            yield Refusal(field=f"annotations[{i}].region", problem=problem, hint=hint)


def _camera_mark_refusals(card: Card, shot: Shot) -> Iterator[Refusal]:
    marks = enumerate(shot.annotations) if card.limits.marks_for_subjects else ()
    for i, mark in marks:
        if mark.leads_camera:
            problem = f"{card.name} lets a mark lead a subject, never the camera"
            others = _others(lambda c: "arrow" in c.can.annotations and _leads_cameras(c))
            hint = f"write guides: subject, or name it; or ask for a camera move; {others}"
            yield Refusal(field=f"annotations[{i}]", problem=problem, hint=hint)


def _leads_cameras(card: Card) -> bool:
    return not card.limits.marks_for_subjects


def _in_edits(card: Card) -> bool:
    return card.limits.regions_in_edits


def _does_both(card: Card, *, pair: tuple[str, str]) -> bool:
    apart = {frozenset(two) for two in card.limits.apart}
    return frozenset(pair) not in apart and all(bool(getattr(card.can, name)) for name in pair)


def _holds(card: Card, frames: int) -> bool:
    return frames <= (card.limits.draft_frames or card.limits.frames)


def _takes_rate(card: Card, shot: Shot) -> bool:
    return not card.limits.rates or str(shot.rate) in card.limits.rates


def _others(able: Callable[[Card], bool]) -> str:
    names = [card.name for card in load_cards().values() if able(card)]
    return f"{', '.join(names)} can" if names else "no model of this farm can"


def _words(items: tuple[str, ...] | list[str]) -> str:
    return " or ".join(items)


@cache
def _installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
