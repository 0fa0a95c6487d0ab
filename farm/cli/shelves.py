"""How models and their weights are shown, fetched and looked through on this machine."""

import os
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from farm.cards import card_for, load_cards
from farm.cards.card import Card, Cost, Fees
from farm.cards.policy import Policy, way_out
from farm.cards.reach import wishes_of
from farm.cards.shelf import (
    MANIFEST,
    PLACES,
    Shelf,
    content_of,
    is_there,
    open_shelf,
    standing,
)
from farm.cards.stock import Stock, stocks
from farm.digest import Plain
from farm.report.summary import duration

if TYPE_CHECKING:
    from farm.settings import Settings
    from farm.shots.shot_list import ShotList

WEIGHTS = "functions.models.weights"
"""Reached by its name: the command line imports nothing of what a worker runs."""


def shelf_for(settings: "Settings") -> Shelf:
    """Open the shelf of weights as the environment says, or else farm.toml."""
    places = os.environ.get(PLACES) or " ".join(settings.weights)
    return open_shelf({**os.environ, PLACES: places})


def stock_line(stock: Stock) -> str:
    """Say in one line what of a model's weights is here, and what would be fetched."""
    words = []
    if stock.here:
        words.append(f"{sum(stock.here.values()):,.1f} GB here")
    if stock.to_fetch:
        places = ", ".join(sorted(set(stock.places.values())))
        took = duration(60 * stock.minutes)
        words.append(
            f"{stock.gb_to_fetch:,.1f} GB to fetch from {places} ({', '.join(stock.to_fetch)}), "
            f"about {took} at a gigabit a second"
        )
    if stock.nowhere:
        words.append(f"in no place that is seen from here: {', '.join(stock.nowhere)}")
    if stock.unpinned:
        words.append(f"in no key: the content of {', '.join(stock.unpinned)}")
    return f"weights of {stock.model}: {'; '.join(words)}"


def plain_stock(stock: Stock) -> dict[str, Plain]:
    """Return the same as a plain value."""
    return {
        "model": stock.model,
        "here": dict(stock.here),
        "to_fetch": dict(stock.to_fetch),
        "places": dict(stock.places),
        "nowhere": list(stock.nowhere),
        "unpinned": list(stock.unpinned),
        "minutes": round(stock.minutes, 2),
    }


def stocks_for(shot_list: "ShotList", settings: "Settings") -> tuple[Stock, ...]:
    """Look at the weights that the shots of a list need, on this machine."""
    cards = load_cards()
    wishes: dict[str, frozenset[str]] = {}
    for shot in shot_list.shots:
        asked = wishes_of(shot, references=shot_list.pictured(shot))
        wishes[shot.model] = asked | wishes.get(shot.model, frozenset())
    models = sorted(wishes.keys() & cards.keys())
    return stocks([cards[model] for model in models], shelf_for(settings), wishes)


def fetch(name: str, shelf: Shelf, *, quiet: bool) -> None:
    """Fetch every set of a model's weights, and say how far it is."""
    card, work = card_for(name), cast("Any", import_module(WEIGHTS))
    for part in card.weights:
        for progress in work.fetch(card, part, shelf=shelf):
            if not quiet:
                print(f"\r{name} {part}  {progress.done:,} of {progress.total:,} MB", end="")
        if not quiet:
            print(f"\r{name} {part}  here: {work.folder_of(card, part, shelf=shelf)}")


def pin(name: str, shelf: Shelf, *, quiet: bool) -> None:
    """Hold every set of a model's weights that no commit pins to what it is here and now."""
    card, work = card_for(name), cast("Any", import_module(WEIGHTS))
    for part, one in card.weights.items():
        if not one.revision:
            folder = work.pin(card, part, shelf=shelf)
            if not quiet:
                print(f"{name} {part}  {content_of(one, shelf)[:12]}  {folder}")


def broken(cards: Mapping[str, Card], shelf: Shelf) -> list[str]:
    """List the folders on this machine whose bytes are not what their digests say."""
    work = cast("Any", import_module(WEIGHTS))
    folders = {shelf.folder(one) for card in cards.values() for one in card.weights.values()}
    return [
        str(folder)
        for folder in sorted(folders)
        if (folder / MANIFEST).is_file() and not work.whole(folder, shelf, thorough=True)
    ]


def row(card: Card, shelf: Shelf, policy: Policy) -> dict[str, Plain]:
    """Say what holds on this machine and for this studio."""
    return {
        "permissive": card.licence.permissive,
        "refused": policy.fault(card),
        "way_out": way_out(card, policy),
        "gb": round(card.gb, 3),
        "unpinned": list(card.unpinned(shelf)),
        "here": standing(card.weights.values(), shelf) if card.weights else "needs none",
        "sets": {name: is_there(one, shelf) for name, one in card.weights.items()},
    }


def tell(card: Card, said: Mapping[str, Plain]) -> None:
    """Print one model."""
    abilities = card.can.model_dump()
    can = [word.replace("_", " ") for word, value in abilities.items() if value is True]
    named = [word for word in ("keyframes", "annotations", "layers") if abilities[word]]
    can += [f"{word} ({', '.join(abilities[word])})" for word in named]
    frames = f"{card.limits.frames} frames"
    if card.can.extend:
        frames += f", {card.limits.segment_frames} a step of an extension"
    rates = f", {' or '.join(card.limits.rates)} a second" if card.limits.rates else ""
    print(f"{card.name}  {card.title}")
    print(f"  can       {', '.join(can)}")
    print(f"  camera    {', '.join(card.can.camera) or 'no moves'}")
    print(f"  light     {card.can.hdr}; a master from its draft by {card.can.master_from_draft}")
    print(f"  limits    {frames}{rates}, masters up to {card.limits.master_edge} pixels wide")
    print(f"  licence   {_licence(card)}; revision {card.pinned}")
    if card.licence.terms:
        print(f"  terms     {card.licence.terms}")
    print(f"  machine   draft {_needs(card.draft)}; master {_needs(card.master)}")
    print(f"  weights   {_weights(card, said)}")
    if said["unpinned"]:
        sets = ", ".join(map(str, cast("list[str]", said["unpinned"])))
        print(f"  unpinned  {sets}: their content is in no key; farm models --pin {card.name}")
    if said["refused"]:
        print(f"  refused   {said['refused']}")
        if said["way_out"]:
            print(f"  way out   {said['way_out']}")
    for source in card.sources:
        print(f"  source    {source.figure}: {source.said_by}, {source.day}")


def _licence(card: Card) -> str:
    licence = card.licence
    words = ["commercial use allowed" if licence.commercial else "no commercial use"]
    if licence.unread:
        words = ["not read for this card"]
    if licence.permissive:
        words.append("permissive")
    if licence.revenue_cap_usd is not None:
        words.append(f"free below {licence.revenue_cap_usd:,.0f} dollars a year")
    if licence.territories_excluded:
        words.append(f"not in {', '.join(licence.territories_excluded)}")
    return f"{licence.name}, {', '.join(words)}"


def _needs(cost: Cost) -> str:
    gpu = f"{cost.gpu} GPU of {cost.gpu_memory_gb:g} GB" if cost.gpu else f"{cost.cpu:g} CPU"
    return f"{gpu}, {_asks(cost.fees)}" if cost.fees else gpu


def _asks(fees: Fees) -> str:
    """Name the least that a service asks for each size: `$0.15 for 5 s at 540p`."""
    rows = [(edge, *min(by_length.items())) for edge, by_length in sorted(fees.new.items())]
    return ", ".join(f"${usd:,.2f} for {seconds:g} s at {edge}p" for edge, seconds, usd in rows)


def _weights(card: Card, said: Mapping[str, Plain]) -> str:
    if not card.weights:
        return "none"
    there = said["sets"]
    assert isinstance(there, Mapping)
    absent = ", ".join(name for name, here in there.items() if not here)
    lacks = f", without {absent}" if said["here"] == "partly" else ""
    return f"{card.gb:,.1f} GB, {said['here']}{lacks}"
