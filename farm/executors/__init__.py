"""The ways to carry a task to a machine; nothing heavy is imported before one is opened."""

from collections.abc import Callable

from farm.executors.base import Executor
from farm.executors.machine import cores
from farm.registry import Registry

EXECUTORS: Registry[Callable[..., Executor]] = Registry(
    "executor",
    {
        "local": "farm.executors.local:LocalExecutor",
        "ray": "farm.executors.ray:RayExecutor",
    },
)


def open_executor(name: str, *, store_uri: str, workers: int | None = None) -> Executor:
    """Choose an executor by name; it starts nothing before its own `open`.

    `workers` is how many tasks may run at once on this machine: as many as there are cores, if
    not given.
    """
    return EXECUTORS.get(name)(store_uri, workers=workers or cores())
