"""The farm on Modal: one class for each grade of machine, each running the same worker.

    modal deploy functions/modal_app.py

    FARM_MODAL_SECRET      a Modal secret with the store's credentials ("farm-store")
    FARM_MODAL_VOLUME      the volume that holds the weights ("farm-weights")
    FARM_MODAL_SNAPSHOT    1 keeps a snapshot of a started worker, GPU memory included (alpha)

Results go to the S3 store that a task names; nothing is returned but references.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import modal

from farm.gpus import GRADES
from farm.task import Progress

MINUTES, HOURS = 60, 3600
APP = "farm"
HOME = Path(__file__).parent.parent
SNAPSHOT = os.environ.get("FARM_MODAL_SNAPSHOT") == "1"
WEIGHTS = "/weights"

app = modal.App(APP)
weights = modal.Volume.from_name(
    os.environ.get("FARM_MODAL_VOLUME", "farm-weights"), create_if_missing=True
)
secret = modal.Secret.from_name(os.environ.get("FARM_MODAL_SECRET", "farm-store"))
told = modal.Queue.from_name("farm-progress", create_if_missing=True)
image = modal.Image.debian_slim(python_version="3.11").env(
    {
        "FARM_WEIGHTS": f"{WEIGHTS} hub",  # what is not on the volume is fetched to it
        "FARM_WEIGHTS_CACHE": WEIGHTS,
        "HF_HOME": f"{WEIGHTS}/hub",
        "FARM_MODAL_SNAPSHOT": str(int(SNAPSHOT)),
    }
)
if modal.is_local():
    image = image.pip_install_from_pyproject(
        str(HOME / "pyproject.toml"), optional_dependencies=["diffusers"]
    ).add_local_python_source("farm", "functions", ignore=["**/__pycache__/**"])

EVERY: dict[str, Any] = {  # as many types as modal's decorator has parameters
    "image": image,
    "volumes": {WEIGHTS: weights},
    "secrets": [secret],
    "timeout": 4 * HOURS,
    "startup_timeout": 20 * MINUTES,
    "scaledown_window": 2 * MINUTES,
    "enable_memory_snapshot": SNAPSHOT,
    "experimental_options": {"enable_gpu_snapshot": True} if SNAPSHOT else {},
}


def perform(body: bytes, store_uri: str) -> bytes:
    """Do one task, telling its progress through the queue."""
    from functions.modal_body import run  # noqa: PLC0415  # on the machine that runs it

    return run(body, store_uri, call=modal.current_function_call_id() or "local", tell=_teller())


def _teller() -> Callable[[Progress], None]:
    """Tell how far the present call is, in a part of the queue of its own; locally, nobody."""
    call = modal.current_function_call_id()

    def tell(step: Progress) -> None:
        if call:
            told.put((step.done, step.total, step.note), partition=call, partition_ttl=1 * HOURS)

    return tell


class _Warm:
    """What every grade does when its container starts: load the worker once."""

    @modal.enter(snap=SNAPSHOT)
    def load(self) -> None:
        """Import the worker, which is what a snapshot keeps."""
        import functions.worker  # noqa: F401, PLC0415  # seconds that only the first call pays

    @modal.method()
    def perform(self, body: bytes, store_uri: str) -> bytes:
        """Do one task."""
        return perform(body, store_uri)


@app.cls(cpu=4, memory=16 << 10, **EVERY)
class Cpu(_Warm):
    """Judging, encoding, packing: what needs no GPU."""


@app.cls(gpu=list(GRADES["Gpu16"]), cpu=4, memory=16 << 10, **EVERY)
class Gpu16(_Warm):
    """16 GB and more."""


@app.cls(gpu=list(GRADES["Gpu24"]), cpu=4, memory=32 << 10, **EVERY)
class Gpu24(_Warm):
    """24 GB and more: drafts of small models."""


@app.cls(gpu=list(GRADES["Gpu48"]), cpu=8, memory=64 << 10, **EVERY)
class Gpu48(_Warm):
    """48 GB and more."""


@app.cls(gpu=list(GRADES["Gpu80"]), cpu=8, memory=96 << 10, **EVERY)
class Gpu80(_Warm):
    """80 GB and more: masters."""


@app.cls(gpu=list(GRADES["Gpu141"]), cpu=8, memory=128 << 10, **EVERY)
class Gpu141(_Warm):
    """141 GB and more."""


@app.cls(gpu=list(GRADES["Gpu180"]), cpu=8, memory=128 << 10, **EVERY)
class Gpu180(_Warm):
    """180 GB and more."""
