"""The ways to carry a task to a machine; nothing heavy is imported before one is opened."""

from collections.abc import Callable, Sequence
from functools import partial

from farm.executors.base import Executor
from farm.executors.machine import cores
from farm.executors.terms import MachinePool, patience_of, together
from farm.registry import Registry

EXECUTORS: Registry[Callable[..., Executor]] = Registry(
    "executor",
    {
        "local": "farm.executors.local:LocalExecutor",
        "modal": "farm.executors.modal:ModalExecutor",
        "pools": "farm.executors.pools:PoolsExecutor",
        "ray": "farm.executors.ray:RayExecutor",
    },
)


def open_executor(  # noqa: PLR0913  # what farm.toml and the command line may say
    name: str,
    *,
    store_uri: str,
    workers: int | None = None,
    cluster: str = "",
    ship: bool = True,
    pools: Sequence[MachinePool] = (),
    deadline: float | None = None,
) -> Executor:
    """Choose an executor by name; it starts nothing before its own `open`.

    `workers` is how many tasks may run at once on this machine: as many as there are cores, if
    not given. `cluster` is where Ray runs, and `ship` sends our code there; `pools` say what a
    mixed farm is made of; `deadline` is when all must be done, in seconds of the epoch.
    """
    make = EXECUTORS.get(name)
    if name == "pools":
        open_member = partial(_open_member, store_uri=store_uri, ship=ship)
        return make(store_uri, pools=pools, open_member=open_member, deadline=deadline)
    if name == "ray":
        return make(store_uri, workers=workers or cores(), address=cluster or None, ship=ship)
    return make(store_uri, workers=workers or cores())


def _open_member(pools: Sequence[MachinePool], *, store_uri: str, ship: bool) -> Executor:
    """Make the executor for pools of one place."""
    make = EXECUTORS.get(pools[0].executor)
    if pools[0].executor == "ray":
        setup = tuple(dict.fromkeys(hook for pool in pools for hook in pool.node_setup))
        address = pools[0].cluster or None
        return make(
            store_uri,
            address=address,
            promised=together(pools),
            ship=ship,
            node_setup=setup,
            **patience_of(pools),
        )
    if pools[0].executor == "modal":
        return make(store_uri, promised=together(pools))
    workers = sum(max(1, int((pool.limit or 1) * pool.cpu)) for pool in pools)
    return make(store_uri, workers=workers)
