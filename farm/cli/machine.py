"""Verbs about the farm itself: models, doctor."""

import typer

from farm.cli import Exit, say
from farm.cli.options import AsJson, Executor, Store


def models(as_json: AsJson = False) -> None:
    """List the models, and what each can do."""
    from farm.cards import load_cards

    cards = load_cards()
    if as_json:
        say.as_json({name: card.model_dump(mode="json") for name, card in cards.items()})
        return
    for name, card in cards.items():
        abilities = card.can.model_dump()
        can = [word.replace("_", " ") for word, value in abilities.items() if value is True]
        use = "commercial use allowed" if card.licence.commercial else "no commercial use"
        print(f"{name}  {card.title}")
        print(f"  can       {', '.join(can)}")
        print(f"  camera    {', '.join(card.can.camera) or 'no moves'}")
        print(
            f"  light     {card.can.hdr}; a master from its draft by {card.can.master_from_draft}"
        )
        print(
            f"  limits    {card.limits.frames} frames, {card.limits.segment_frames} a step of an "
            f"extension, masters up to {card.limits.master_edge} pixels wide"
        )
        print(f"  licence   {card.licence.name}, {use}; revision {card.revision}")
        for source in card.sources:
            print(f"  source    {source.figure}: {source.said_by}, {source.day}")


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
