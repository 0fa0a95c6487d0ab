"""Verbs about the farm itself: models, doctor."""

from pathlib import Path
from typing import Annotated

import typer

from farm.cli import Exit, say
from farm.cli.options import AllowedLicences, AsJson, Executor, Revenue, Store, Territory


def models(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="MODEL", help="Which ones [all].")
    ] = None,
    fetch: Annotated[
        list[str] | None,
        typer.Option(metavar="MODEL", help="Fetch this model's weights onto this machine."),
    ] = None,
    pin: Annotated[
        list[str] | None,
        typer.Option(metavar="MODEL", help="Put the content of its weights here into its keys."),
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read every byte of the weights that are here.")
    ] = False,
    licences: AllowedLicences = None,
    revenue: Revenue = None,
    territory: Territory = None,
    as_json: AsJson = False,
) -> None:
    """List the models: what each can do and needs.

    Its licence, its size, its GPU, and whether its weights are here.
    """
    from farm.cards import card_for, load_cards
    from farm.cli import shelves
    from farm.cli.opening import settings_for
    from farm.run import policy_of

    settings = settings_for(
        Path("list.yaml"), licences=licences, revenue=revenue, territory=territory
    )
    shelf = shelves.shelf_for(settings)
    for name in fetch or ():
        shelves.fetch(name, shelf, quiet=as_json)
    for name in pin or ():
        shelves.pin(name, shelf, quiet=as_json)
    policy = policy_of(settings)
    cards = {name: card_for(name) for name in names or load_cards()}
    rows = {name: shelves.row(card, shelf, policy) for name, card in cards.items()}
    broken = shelves.broken(cards, shelf) if verify else []
    if as_json:
        say.as_json(
            {name: {**card.model_dump(mode="json"), **rows[name]} for name, card in cards.items()}
        )
    else:
        for name, card in cards.items():
            shelves.tell(card, rows[name])
    for place in broken:
        say.aside(f"damaged: {place}\n  hint: farm models --fetch brings it back")
    raise typer.Exit(Exit.SOME_FAILED if broken else Exit.DELIVERED)


def doctor(
    store: Store = None,
    executor: Executor = None,
    as_json: AsJson = False,
) -> None:
    """Check that this machine can do the work."""
    from farm.cli.checkup import checkup

    findings = []
    for finding in checkup(store=store, executor=executor):
        findings.append(finding)
        if not as_json:
            print(finding.line, flush=True)
    if as_json:
        say.as_json([finding.plain for finding in findings])
    unwell = any(finding.needed and not finding.ok for finding in findings)
    raise typer.Exit(Exit.SOME_FAILED if unwell else Exit.DELIVERED)
