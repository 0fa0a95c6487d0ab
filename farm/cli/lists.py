"""Verbs about the list itself: init, check, schema."""

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from farm.cli import Exit, say
from farm.cli.faults import plain_fault
from farm.cli.opening import open_list, settings_for
from farm.cli.options import AsJson, Changes, ListPath, Roots
from farm.errors import SpecError
from farm.shots.faults import ListFaults

if TYPE_CHECKING:
    from farm.cards.stock import Stock

STARTERS = ("shots.yaml", "farm.toml")


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where to write them.", show_default=False)
    ] = Path(),
) -> None:
    """Write a starter list and its farm.toml."""
    there = [name for name in STARTERS if (folder / name).exists()]
    if there:
        hint = "name another folder: farm init my_show"
        raise SpecError(f"{folder / there[0]} is there already and is left as it is", hint=hint)
    folder.mkdir(parents=True, exist_ok=True)
    for name in STARTERS:
        text = resources.files("farm.cli").joinpath(f"starter_{name}").read_text("utf-8")
        (folder / name).write_text(text, encoding="utf-8")
    print(f"wrote {folder / STARTERS[0]} and {folder / STARTERS[1]}")
    print(f"next: farm plan {folder / STARTERS[0]}")


def check(
    shot_list: ListPath, changes: Changes = None, roots: Roots = None, as_json: AsJson = False
) -> None:
    """Say everything that is wrong in a list."""
    from farm.cli.shelves import plain_stock, stock_line, stocks_for
    from farm.report.summary import counted
    from farm.route.refusals import refusals
    from farm.run import policy_of

    stock: tuple[Stock, ...] = ()
    try:
        read, settings = open_list(shot_list, changes, roots), settings_for(shot_list)
        faults = refusals(read, policy_of(settings))
        stock = stocks_for(read, settings)
    except ListFaults as error:
        faults = error.faults
    if as_json:
        say.as_json(
            {
                "ok": not faults,
                "faults": [plain_fault(fault) for fault in faults],
                "weights": [plain_stock(one) for one in stock],
            }
        )
    elif faults:
        say.aside("\n".join(str(fault) for fault in faults))
    else:
        takes = sum(shot.takes.min for shot in read.shots)
        shots = counted(len(read.shots), "shot")
        print(f"{shot_list}: good: {shots}, {counted(takes, 'take')} in the first round")
        for one in stock:
            print(stock_line(one))
    raise typer.Exit(Exit.WRONG if faults else Exit.DELIVERED)


def schema() -> None:
    """Print the JSON schema of lists, for editors."""
    from farm.shots.schema import schema as list_schema

    say.as_json(list_schema())
