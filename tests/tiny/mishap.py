"""Mishaps on purpose, in real worker processes: a module that every Python under a folder imports.

The folder goes on PYTHONPATH. When a denoising reaches its step `FARM_MISHAP_STEP` for the first
time of all, the process is killed, or runs out of memory, as `FARM_MISHAP` says. Every step that
was really taken is written down, with the process that took it.
"""

from collections import defaultdict
from pathlib import Path

STEPS = "steps"
CODE = """
import importlib.abc, importlib.util, os, signal, sys

WATCHED = "functions.models.diffusion.steps"
HERE = os.path.dirname(__file__)


def disturb(steps):
    own = steps._Watch.__call__

    def call(self, pipe, index, t, loop):
        over = self._kept is not None
        result = own(self, pipe, index, t, loop)
        if not over:
            with open(f"{HERE}/steps", "a") as file:
                file.write(f"{os.getpid()} {index + 1} {self._how.total}\\n")
        if index + 1 == int(os.environ["FARM_MISHAP_STEP"]):
            try:
                os.close(os.open(f"{HERE}/done", os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                return result
            if os.environ["FARM_MISHAP"] == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            raise steps.torch.OutOfMemoryError("CUDA out of memory, on purpose")
        return result

    steps._Watch.__call__ = call


class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name != WATCHED:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        own = spec.loader.exec_module
        spec.loader.exec_module = lambda module: (own(module), disturb(module))
        return spec


if os.environ.get("FARM_MISHAP"):
    sys.meta_path.insert(0, Finder())
"""


def lay_mishap(folder: Path, *, kind: str, step: int) -> dict[str, str]:
    """Write the module into a folder; return the environment that brings it about."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(CODE)
    return {"PYTHONPATH": str(folder), "FARM_MISHAP": kind, "FARM_MISHAP_STEP": str(step)}


def steps_taken(folder: Path) -> dict[str, list[tuple[int, int]]]:
    """Return the steps that every process took: which, of how many."""
    taken: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for line in (folder / STEPS).read_text().splitlines():
        process, step, total = line.split()
        taken[process].append((int(step), int(total)))
    return taken
