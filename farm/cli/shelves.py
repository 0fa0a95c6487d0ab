"""How models and their weights are shown, fetched and looked through on this machine."""

import os
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from farm.cards import card_for
from farm.cards.card import Card, Cost, Fees
from farm.cards.policy import Policy
from farm.cards.shelf import MANIFEST, PLACES, Shelf, is_there, open_shelf, standing
from farm.digest import Plain

if TYPE_CHECKING:
    from farm.settings import Settings

WEIGHTS = "functions.models.weights"
"""Reached by its name: the command line imports nothing of what a worker runs."""


def shelf_for(settings: "Settings") -> Shelf:
    """Open the shelf of weights as the environment says, or else farm.toml."""
    places = os.environ.get(PLACES) or " ".join(settings.weights)
    return open_shelf({**os.environ, PLACES: places})


def fetch(name: str, shelf: Shelf, *, quiet: bool) -> None:
    """Fetch every set of a model's weights, and say how far it is."""
    card, work = card_for(name), cast("Any", import_module(WEIGHTS))
    for part in card.weights:
        for progress in work.fetch(card, part, shelf=shelf):
            if not quiet:
                print(f"\r{name} {part}  {progress.done:,} of {progress.total:,} MB", end="")
        if not quiet:
            print(f"\r{name} {part}  here: {work.folder_of(card, part, shelf=shelf)}")


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
        "gb": round(card.gb, 3),
        "here": standing(card, shelf) if card.weights else "needs none",
        "sets": {name: is_there(one, shelf) for name, one in card.weights.items()},
    }


def tell(card: Card, said: Mapping[str, Plain]) -> None:
    """Print one model."""
    abilities = card.can.model_dump()
    can = [word.replace("_", " ") for word, value in abilities.items() if value is True]
    if card.can.keyframes:
        can.append(f"keyframes ({', '.join(card.can.keyframes)})")
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
    print(f"  machine   draft {_needs(card.draft)}; master {_needs(card.master)}")
    print(f"  weights   {_weights(card, said)}")
    if said["refused"]:
        print(f"  refused   {said['refused']}")
    for source in card.sources:
        print(f"  source    {source.figure}: {source.said_by}, {source.day}")


def _licence(card: Card) -> str:
    licence = card.licence
    words = ["commercial use allowed" if licence.commercial else "no commercial use"]
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
