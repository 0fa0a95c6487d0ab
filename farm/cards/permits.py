"""What a shot asks that its model, or this farm, cannot do: said by name, before money is spent."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from farm.cards import load_cards
from farm.cards.card import Card
from farm.frames import FrameRange
from farm.registry import nearest
from farm.shots.spec import Delivery, Shot

DNX_LEAST = (256, 120)
"""The smallest picture that DNxHR has (SMPTE ST 2019-1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One thing that cannot be done: the field that asks it, why not, and what to do instead."""

    field: str
    problem: str
    hint: str


def shot_refusals(shot: Shot, *, references: bool) -> list[Refusal]:
    """List what its model cannot do; `references`: one of its characters has pictures."""
    cards = load_cards()
    if shot.model not in cards:
        hint = nearest(shot.model, cards)
        return [Refusal(field="model", problem=f"there is no model {shot.model!r}", hint=hint)]
    card = cards[shot.model]
    asked = [*_asked(shot)]
    if references:
        asked.append(
            ("characters", "characters with reference pictures", lambda c: c.can.references)
        )
    return [
        Refusal(field=field, problem=f"{card.name} cannot do {what}", hint=_who_can(able))
        for field, what, able in asked
        if not able(card)
    ] + [*_beyond_farm(shot)]


def delivery_refusals(delivery: Delivery) -> list[Refusal]:
    """List what of a delivery does not go together."""
    layers, refusals = set(delivery.exr.layers), []
    if "beauty" not in layers:
        problem = "every EXR holds the picture itself, and beauty is not among the layers"
        hint = f"write [{', '.join(['beauty', *delivery.exr.layers])}]"
        refusals.append(Refusal(field="delivery.exr.layers", problem=problem, hint=hint))
    if layers - {"beauty"} and delivery.exr.container == "st2065-4":
        problem = "a strict ACES container holds the picture and nothing else"
        hint = "leave container at plain, or ask for beauty alone"
        refusals.append(Refusal(field="delivery.exr.layers", problem=problem, hint=hint))
    return refusals


def layer_refusals(card: Card, shot: Shot, delivery: Delivery) -> list[Refusal]:
    """List the layers that a shot's model does not render, or not of footage of this kind."""
    layers = [name for name in delivery.exr.layers if name != "beauty"]
    refusals = [
        Refusal(
            field="delivery.exr.layers",
            problem=f"{card.name} does not render the layer {name}",
            hint=_who_can(partial(_renders, layer=name)),
        )
        for name in layers
        if not _renders(card, layer=name)
    ]
    retimed = delivery.rate is not None and delivery.rate != shot.rate
    reasons = [
        ("keyframes", shot.keyframes, "what a given picture shows has no bodies and no faces"),
        ("edit", shot.edit, "where in space a plate's things are is not known"),
        ("reframe", shot.reframe and retimed, "a window is taken of frames at the shot's own rate"),
    ]
    for field, why in [(field, why) for field, wish, why in reasons if layers and wish]:
        problem = f"{shot.shot} has {field}, and {why}"
        hint = f"ask for beauty alone, or leave {field} away"
        refusals.append(Refusal(field="delivery.exr.layers", problem=problem, hint=hint))
    return refusals


def _renders(card: Card, *, layer: str) -> bool:
    return layer in card.can.layers


Able = Callable[[Card], bool]
Wish = tuple[str, str, Able]
"""A field that asks something special, the thing in words, and which cards are able to do it."""


def _asked(shot: Shot) -> Iterator[Wish]:
    for i, move in enumerate(shot.camera.moves):
        yield f"camera.moves[{i}]", f"the camera move {move}", partial(_moves, move=move)
    for i, mark in enumerate(shot.annotations):
        for kind in ("arrow", "path", "region", "gaze"):
            if getattr(mark, kind) is not None:
                yield f"annotations[{i}].{kind}", f"{kind} annotations", partial(_marks, kind=kind)
    for field in ("characters", "keyframes", "extend", "loop", "continues", "edit"):
        if getattr(shot, field):
            yield field, field, partial(_can, field=field)


def _moves(card: Card, *, move: str) -> bool:
    return move in card.can.camera


def _marks(card: Card, *, kind: str) -> bool:
    return kind in card.can.annotations


def _can(card: Card, *, field: str) -> bool:
    return bool(getattr(card.can, field))


def _beyond_farm(shot: Shot) -> Iterator[Refusal]:
    if shot.loop and shot.continues:
        yield Refusal(
            field="loop",
            problem="a shot that continues another cannot be a loop as well",
            hint="loop the shot that it continues, or drop `continues`",
        )


def length_refusal(card: Card, *, frames: int, field: str) -> Refusal | None:
    """Refuse footage that is longer than the model can make."""
    if frames <= card.limits.frames:
        return None
    problem = f"{card.name} makes at most {card.limits.frames} frames, not {frames}"
    longest = FrameRange.of(card.limits.frames)
    return Refusal(field=field, problem=problem, hint=f"{longest} is the longest, handles included")


def movie_refusals(movies: Iterable[str], size: tuple[int, int]) -> list[Refusal]:
    """Refuse movies whose codec has no pictures so small."""
    small = size[0] < DNX_LEAST[0] or size[1] < DNX_LEAST[1]
    problem = f"{{}} has no pictures under {DNX_LEAST[0]}x{DNX_LEAST[1]}"
    return [
        Refusal(field="delivery.movies", problem=problem.format(movie), hint="ask for ProRes")
        for movie in movies
        if small and movie.startswith("dnxhr")
    ]


def size_refusal(card: Card, size: tuple[int, int]) -> Refusal | None:
    """Refuse masters that are larger than the model can make."""
    if max(size) <= card.limits.master_edge:
        return None
    problem = f"{card.name} makes masters of at most {card.limits.master_edge} pixels an edge"
    return Refusal(field="delivery.resolution", problem=problem, hint="ask for 8k or less")


def _who_can(able: Able) -> str:
    names = [card.name for card in load_cards().values() if able(card)]
    return f"{', '.join(names)} can" if names else "no model of this farm can yet; leave it out"
