"""The command line: words become settings, faults become sentences, ends become exit codes."""

import gc
import sys
import traceback
from collections.abc import Sequence
from enum import IntEnum

from farm.errors import BudgetError, FarmError, PlanError, SpecError

SEARCH = (50_000, 5, 5)
"""How many new objects come before Python searches for circles that nobody holds, and its rarer,
wider searches. A show is a large web of which all is held: at Python's own 700, a third of the
time of a plan went into searching it, and nothing was found."""


class Exit(IntEnum):
    """How a command ends."""

    DELIVERED = 0
    SOME_FAILED = 1
    WRONG = 2
    BUDGET = 3
    WAITS = 4
    OWN_FAULT = 70
    INTERRUPTED = 130


def main(words: Sequence[str] | None = None) -> None:
    """Run the command that the words name, and leave with its exit code."""
    given = list(sys.argv[1:] if words is None else words)
    debug = "--debug" in given
    gc.set_threshold(*SEARCH)
    sys.exit(_run([word for word in given if word != "--debug"], debug=debug))


def _run(words: list[str], *, debug: bool) -> int:
    from farm.cli.verbs import app

    try:
        app(words, prog_name="farm")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else Exit.DELIVERED
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        return Exit.SOME_FAILED
    except (FarmError, OSError) as error:
        _say(traceback.format_exc() if debug else f"{error}")
        return _exit_for(error)
    except Exception as error:  # noqa: BLE001  # the outermost edge: a person reads no traceback unasked
        _say(traceback.format_exc() if debug else _own_fault(error))
        return Exit.OWN_FAULT
    return Exit.DELIVERED


def _exit_for(error: FarmError | OSError) -> Exit:
    if isinstance(error, SpecError | PlanError):
        return Exit.WRONG
    return Exit.BUDGET if isinstance(error, BudgetError) else Exit.SOME_FAILED


def _own_fault(error: Exception) -> str:
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    what = " ".join(f"{error}".split())[:300]
    return (
        f"the farm itself failed: {type(error).__name__}: {what}\n"
        "  hint: run the same command with --debug for the trace, and report it"
    )


def _say(text: str) -> None:
    print(text.rstrip(), file=sys.stderr)
