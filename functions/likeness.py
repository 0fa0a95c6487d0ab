"""Learn what a character looks like, once for every shot that names it."""

from collections.abc import Generator

from farm.errors import TaskError
from farm.task import Made, Progress
from functions.bench import Bench
from functions.footage import open_model
from functions.models.base import Learning


def likeness(bench: Bench) -> Generator[Progress, None, Made]:
    """Learn from the inputs `reference.0` ... with params `words` and `size`; output `likeness`."""
    params = bench.task.params
    model = open_model(bench)
    if not isinstance(model, Learning):
        raise TaskError(f"{bench.task.label}: the model does not learn likenesses")
    pictures = [bench.path(name) for name in sorted(bench.task.inputs, key=_number)]
    size = params["size"]
    assert isinstance(size, list | tuple)
    width, height = (int(str(edge)) for edge in size)
    part = yield from model.learn(pictures, words=str(params["words"]), size=(width, height))
    return Made(outputs={"likeness": bench.store.put(part.data, kind=part.kind)})


def _number(name: str) -> int:
    return int(name.rpartition(".")[2])
