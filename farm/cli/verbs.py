"""Every verb, in the order in which a person meets them."""

from importlib.metadata import version
from typing import Annotated

import typer

from farm.cli import deliver, far, judge, lists, machine, render, top, watch

app = typer.Typer(
    name="farm",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 all delivered, 1 some shots failed, 2 the list or the command is wrong, "
    "3 stopped by the budget, 4 waits for a person, 130 interrupted.",
)
for verb in (
    lists.init,
    lists.check,
    render.plan,
    render.render,
    watch.status,
    far.submit,
    far.watch,
    far.logs,
    far.cancel,
    top.top,
    judge.takes,
    judge.circle,
    watch.report,
    deliver.verify,
    machine.models,
    lists.schema,
    deliver.gc,
    machine.doctor,
):
    app.command()(verb)


def _tell_version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"farm {version('farm')}")
        raise typer.Exit


@app.callback()
def farm(
    *,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_tell_version, help="Print it.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Print whole traces of faults.")] = False,
) -> None:
    """Take a shot list to delivered frames: shoot drafts, judge, circle, master, collect."""
