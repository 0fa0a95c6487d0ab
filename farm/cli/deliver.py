"""Verbs about what is kept: verify checks deliveries, gc makes room in the store."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from farm.cli import Exit, say
from farm.cli.options import AsJson, Store
from farm.digest import Plain
from farm.errors import DeliveryError

if TYPE_CHECKING:
    from farm.delivery.verify import Verified


def verify(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER", help="A version's folder, or any above it.", show_default=False
        ),
    ],
    pixels: Annotated[
        bool, typer.Option("--pixels", help="Decode every frame too, and look at its numbers.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check deliveries against their manifests."""
    from farm.delivery.verify import deliveries_under
    from farm.delivery.verify import verify as check

    folders = deliveries_under(folder)
    if not folders:
        hint = "name a folder that farm render delivered into"
        raise DeliveryError(f"there is no delivery in {folder}", hint=hint)
    results = []
    for each in folders:
        results.append(check(each, pixels=pixels))
        if not as_json:
            _tell(results[-1])
    if as_json:
        say.as_json([_plain(result) for result in results])
    faulty = any(result.faults for result in results)
    raise typer.Exit(Exit.SOME_FAILED if faulty else Exit.DELIVERED)


def gc(
    store: Store = None,
    keep_days: Annotated[
        float | None,
        typer.Option(
            metavar="DAYS", min=0, help="First forget work that was not used for so long."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go; remove nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Remove what nobody needs from the store.

    Bytes that no finished work names go, and with --keep-days also work that was not used for
    that long. Deliveries stay.
    """
    from farm.cli.opening import settings_for
    from farm.store import open_store
    from farm.store.gc import collect_garbage

    settings = settings_for(Path("list.yaml"), store=store)
    swept = collect_garbage(open_store(settings.store), keep_days=keep_days, dry_run=dry_run)
    if as_json:
        say.as_json(
            {
                "store": settings.store,
                "dry_run": dry_run,
                "outcomes": swept.outcomes,
                "artifacts": swept.artifacts,
                "desks": swept.desks,
                "freed_bytes": swept.freed,
                "kept": swept.kept,
            }
        )
        return
    would = "would be " if dry_run else ""
    print(
        f"{settings.store}: {swept.outcomes:,} outcomes and {swept.artifacts:,} artifacts "
        f"{would}removed, {say.size(swept.freed)} {would}freed, {swept.kept:,} artifacts kept"
    )


def _tell(result: "Verified") -> None:
    size = f"{result.files} files, {result.frames} frames, {say.size(result.size)}"
    if not result.faults:
        print(f"whole   {result.folder}  {size}")
        return
    print(f"faulty  {result.folder}  {size}")
    for fault in result.faults:
        say.aside(f"  {fault}")


def _plain(result: "Verified") -> dict[str, Plain]:
    return {
        "folder": str(result.folder),
        "whole": not result.faults,
        "files": result.files,
        "frames": result.frames,
        "size": result.size,
        "faults": [{"path": fault.path, "problem": fault.problem} for fault in result.faults],
    }
