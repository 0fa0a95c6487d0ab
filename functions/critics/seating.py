"""Who sits beside the metrics: the vision critic and the embedding model that a task names."""

from collections.abc import Mapping

from farm.digest import Plain
from farm.errors import TaskError
from farm.shots.request import Request
from functions.critics.embedder import Embedder, open_embedder
from functions.critics.endpoint import Endpoint
from functions.critics.eyes import Eyes, Silence
from functions.critics.resident import open_resident
from functions.critics.vision import Seer


def seat_seer(
    named: Mapping[str, Plain] | None, request: Request, *, environ: Mapping[str, str]
) -> Seer | None:
    """Seat the vision critic that `named` names by `model` and `door`; None where none is.

    One that cannot be reached is seated and silent, so that the verdict says why.
    """
    if not named or not named.get("model"):
        return None
    model = str(named["model"])
    seer = Seer(model=model, request=request)
    if seer.notes:
        return seer
    try:
        seer.eyes = _open(model, str(named.get("door", "")), environ)
    except Silence as why:
        seer.close(str(why))
    return seer


def _open(model: str, door: str, environ: Mapping[str, str]) -> Eyes:
    if door == "endpoint":
        return Endpoint.of(model, environ)
    return open_resident(model)


def seat_embedder(name: str) -> tuple[Embedder | None, str]:
    """Load the embedding model, or say why it is not there; nothing where none is named."""
    if not name:
        return None, ""
    try:
        return open_embedder(name), ""
    except TaskError as fault:
        return None, fault.problem
