"""A container of the stand-in for Modal: does one call after the other, as its real one would.

Run as `python -m farm.executors.modal_container`, with a pipe from and to the stand-in.
"""

import contextlib
import os
from importlib import import_module

from farm.executors.wire import pack, receive
from farm.task import Progress


def main() -> None:
    """Serve calls, each a pair of its id, its body and its store, until there are no more."""
    orders, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a stage prints must not be taken for an answer
    body_of = import_module("functions.modal_body")

    def tell(step: Progress) -> None:
        answers.write(pack(step))
        answers.flush()

    with contextlib.suppress(EOFError, BrokenPipeError):
        while isinstance(order := receive(orders), tuple):
            call, body, store_uri = order
            answers.write(pack(body_of.run(body, store_uri, call=call, tell=tell)))
            answers.flush()


if __name__ == "__main__":
    main()
