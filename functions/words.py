"""Encode the words of a request, once for all of its takes."""

from collections.abc import Generator

from farm.errors import TaskError
from farm.shots.request import Request
from farm.task import Made, Progress
from functions.bench import Bench
from functions.footage import open_model
from functions.models.base import Encoding


def words(bench: Bench) -> Generator[Progress, None, Made]:
    """Encode param `request`; the output is `words`."""
    request = Request.model_validate(bench.task.params["request"])
    model = open_model(bench)
    if not isinstance(model, Encoding):
        raise TaskError(f"{bench.task.label}: the model does not encode words by themselves")
    part = yield from model.encode(request)
    return Made(outputs={"words": bench.store.put(part.data, kind=part.kind)})
