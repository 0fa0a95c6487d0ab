"""How one command runs: flags first, then the environment, then farm.toml, then the defaults."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import partial
from math import inf
from pathlib import Path
from typing import Literal, get_args

from farm.errors import SpecError
from farm.executors import EXECUTORS
from farm.executors.terms import MachinePool, read_pools
from farm.registry import nearest
from farm.sharing import Limit

Until = Literal["draft", "judge", "master", "collect"]
UNTIL: tuple[Until, ...] = get_args(Until)
FILE = "farm.toml"
Licences = Literal["any", "permissive"]
LICENCES: tuple[Licences, ...] = get_args(Licences)
ENVIRONMENT = {
    "FARM_STORE": "store",
    "FARM_OUT": "out",
    "FARM_EXECUTOR": "executor",
    "FARM_CLUSTER": "cluster",
}
MEMBERS = [name for name in EXECUTORS.names() if name != "pools"]
_REMOTE = re.compile(r"(?!file:)[a-z][a-z0-9+.-]+:")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_count(value: object) -> bool:
    return type(value) is int and value > 0


def _is_price(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < inf


def _is_licences(value: object) -> bool:
    return value in LICENCES


def _is_territory(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch("[A-Za-z]{2}", value) is not None


def _are_words(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) and word for word in value)


def _is_weight(value: object) -> bool:
    return _is_price(value) and value != 0


def _is_step(value: object) -> bool:
    return type(value) is int and abs(value) <= 3


_KINDS = {
    "priority": (_is_step, "a whole number from -3 to 3"),
    "weight": (_is_weight, "a number above 0, as in 2"),
    "licences": (_is_licences, '"any" or "permissive"'),
    "ship": (lambda value: isinstance(value, bool), "true or false"),
    "revenue_usd": (_is_price, "dollars a year, as in 2_000_000"),
    "licences_read": (_are_words, 'models whose licences you have read, as in ["skyreels-v2"]'),
    "territory": (_is_territory, 'two letters of ISO 3166, as in "DE"'),
    "weights": (_are_words, 'places in brackets, as in ["/mnt/weights", "hub"]'),
    "workers": (_is_count, "a whole number from 1 on"),
    "usd_per_hour": (_is_price, "dollars, as in 0.05"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the farm keeps, delivers and runs.

    `store` is `file:/...` or another URI; `workers` is how many cores to use at once, None for
    all there are; `only` names the shots to make, all when empty; `usd_per_hour` is what an
    hour of one core costs. `licences`, `licences_read` (models whose licence the studio has
    read), `revenue_usd` and `territory` say which models may be used, and `weights` where their
    weights come from. `cluster` is the address of a Ray that is not our own, to which our code
    is sent unless `ship` is false; `pools` are the machines of a mixed farm. `limits`, `weight`
    and `priority` say how this farm shares with others. `prices` names the table by which GPUs
    are priced that no pool prices; `by` is the time when all must be done, in seconds of the
    epoch.
    """

    store: str
    out: Path
    ledger: Path
    executor: str = "ray"
    workers: int | None = None
    until: Until = "collect"
    only: tuple[str, ...] = ()
    usd_per_hour: float = 0.0
    licences: Licences = "any"
    licences_read: tuple[str, ...] = ()
    revenue_usd: float | None = None
    territory: str = ""
    weights: tuple[str, ...] = ()
    cluster: str = ""
    ship: bool = True
    pools: tuple[MachinePool, ...] = ()
    limits: tuple[Limit, ...] = ()
    weight: float = 1.0
    priority: int = 0
    prices: str = ""
    by: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What one place (flags, environment or farm.toml) says; None where it says nothing."""

    store: str | None = None
    out: str | None = None
    ledger: str | None = None
    executor: str | None = None
    workers: int | None = None
    usd_per_hour: float | None = None
    licences: Licences | None = None
    licences_read: tuple[str, ...] | None = None
    revenue_usd: float | None = None
    territory: str | None = None
    weights: tuple[str, ...] | None = None
    cluster: str | None = None
    ship: bool | None = None
    pools: tuple[MachinePool, ...] | None = None
    limits: tuple[Limit, ...] | None = None
    weight: float | None = None
    priority: int | None = None
    prices: str | None = None


def find_settings(  # noqa: PLR0913  # what the command line may say
    shot_list: Path,
    flags: Choices = Choices(),
    *,
    until: Until = "collect",
    only: tuple[str, ...] = (),
    by: float | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """Settle every setting for a list; raises SpecError for what farm.toml says wrongly."""
    beside = shot_list.absolute().parent
    said = _first_of(_from_flags(flags), _from_environment(environ), read_choices(beside))
    store = said.store or local_uri(beside / ".farm")
    home = local_path(store) or beside / ".farm"
    return Settings(
        store=store,
        out=Path(said.out) if said.out else beside / "renders",
        ledger=Path(said.ledger) if said.ledger else home / "ledger.sqlite",
        executor=_executor_of(said),
        workers=said.workers,
        until=until,
        only=only,
        usd_per_hour=said.usd_per_hour or 0.0,
        licences=said.licences or "any",
        licences_read=tuple(said.licences_read or ()),
        revenue_usd=said.revenue_usd,
        territory=said.territory or "",
        weights=tuple(said.weights or ()),
        cluster=said.cluster or "",
        ship=said.ship is not False,
        pools=said.pools or (),
        limits=said.limits or (),
        weight=said.weight or 1.0,
        priority=said.priority or 0,
        prices=said.prices or "",
        by=by,
    )


def read_choices(folder: Path) -> Choices:
    """Read the nearest farm.toml in `folder` or above it; its paths count from where it lies."""
    path = next((p / FILE for p in (folder, *folder.parents) if (p / FILE).is_file()), None)
    if path is None:
        return Choices()
    text = _text(path)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SpecError(f"{path}: {error}", hint="farm.toml is written in TOML 1.0") from error
    pools, limits = raw.pop("pools", None), raw.pop("limits", None)
    for name, value in raw.items():
        _check(name, value, where=f"{path}:{_line(text, name)}")
    if pools is not None:
        raw["pools"] = read_pools(pools, where=partial(_place_of, path, text), executors=MEMBERS)
    if limits is not None:
        raw["limits"] = _limits(limits, where=f"{path}:{_line(text, 'limits')}")
    return _anchored(Choices(**raw), path.parent)


def _limits(raw: object, *, where: str) -> tuple[Limit, ...]:
    """Read the table [limits]: a name, and how much of it."""
    if not isinstance(raw, Mapping):
        hint = 'write [limits] and below it luma = "4 per minute"'
        raise SpecError(f"{where}: limits are a table", hint=hint)
    try:
        return tuple(Limit.parse(str(name), str(words)) for name, words in raw.items())
    except SpecError as error:
        raise SpecError(f"{where} {error.problem}", hint=error.hint) from None


def local_path(uri: str) -> Path | None:
    """Return the folder of a store that lies on this machine, or None."""
    path = _path_in(uri)
    return Path(path).absolute() if path else None


def local_uri(path: Path) -> str:
    """Write a folder as a store's URI."""
    return f"file:{path.absolute()}"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SpecError(f"{path}: not UTF-8", hint="save the file as UTF-8") from error


def _check(name: str, value: object, *, where: str) -> None:
    names = [field.name for field in fields(Choices)]
    if name not in names:
        raise SpecError(f"{where} {name}: there is no such setting", hint=nearest(name, names))
    right, wanted = _KINDS.get(name, (_is_text, "text in quotes"))
    if not right(value):
        raise SpecError(f"{where} {name}: {value!r} is not right here", hint=f"write {wanted}")
    if name == "executor":
        _check_executor(str(value), where=f"{where} {name}")
    if name == "prices":
        _check_prices(str(value), where=where)


def _check_prices(name: str, *, where: str) -> None:
    from farm.prices import price_tables  # noqa: PLC0415  # pydantic is heavy, prices are rare

    if name not in (tables := price_tables()):
        problem = f"{where}: there are no prices of {name!r}"
        raise SpecError(problem, hint=nearest(name, tables))


def _check_executor(name: str, *, where: str) -> None:
    known = EXECUTORS.names()
    if name not in known:
        hint = nearest(name, known)
        raise SpecError(f"{where}: there is no executor named {name!r}", hint=hint)


def _line(text: str, name: str) -> int:
    """Find the line that sets a name; TOML's reader does not tell."""
    match = re.search(rf'^[ \t\["\']*{re.escape(name)}\b', text, re.MULTILINE)
    return text.count("\n", 0, match.start()) + 1 if match else 1


def _place_of(path: Path, text: str, name: str) -> str:
    """Find where a pool, or `pool.field` of one, is written."""
    pool, _, field = name.partition(".")
    table = re.search(rf'^[ \t]*\[pools\.["\']?{re.escape(pool)}["\']?\]', text, re.MULTILINE)
    start = table.start() if table else 0
    line = re.compile(rf'^[ \t"\']*{re.escape(field)}\b', re.MULTILINE).search(text, start)
    found = line if field else table
    return f"{path}:{text.count(chr(10), 0, found.start()) + 1 if found else 1}"


def _executor_of(said: Choices) -> str:
    """Choose who carries the work: what is said, else the pools, else Ray."""
    if said.executor == "pools" and not said.pools:
        raise SpecError(
            "farm.toml names no pools", hint="write some, as [pools.drafts], or choose another way"
        )
    if said.cluster and said.executor not in (None, "ray"):
        raise SpecError(
            f"{said.executor} knows no clusters", hint="--cluster goes with `--executor ray`"
        )
    return said.executor or ("pools" if said.pools and not said.cluster else "ray")


def _from_environment(environ: Mapping[str, str]) -> Choices:
    said = {field: environ[name] for name, field in ENVIRONMENT.items() if environ.get(name)}
    store, out, executor, cluster = (
        said.get(name) for name in ("store", "out", "executor", "cluster")
    )
    if executor:
        _check_executor(executor, where="FARM_EXECUTOR")
    said_here = Choices(store=store, out=out, executor=executor, cluster=cluster)
    return _anchored(said_here, Path.cwd())


def _from_flags(flags: Choices) -> Choices:
    if flags.executor:
        _check_executor(flags.executor, where="--executor")
    if flags.territory:
        _check("territory", flags.territory, where="--territory")
    return _anchored(flags, Path.cwd())


def _anchored(said: Choices, folder: Path) -> Choices:
    """Let relative paths count from `folder`."""
    store = said.store
    if store and (path := _path_in(store)):
        store = local_uri(folder / path)
    return replace(
        said,
        store=store,
        out=str(folder / said.out) if said.out else None,
        ledger=str(folder / said.ledger) if said.ledger else None,
        weights=_places(said.weights, folder),
    )


def _places(places: tuple[str, ...] | None, folder: Path) -> tuple[str, ...] | None:
    """Let the folders among places for weights count from `folder`."""
    if places is None:
        return None
    elsewhere = ("hub", "s3:", "http:", "https:")
    return tuple(p if p.startswith(elsewhere) else str(folder / p) for p in places)


def _path_in(uri: str) -> str | None:
    return None if _REMOTE.match(uri) else re.sub(r"^file:(//(?=/))?", "", uri)


def _first_of(*places: Choices) -> Choices:
    """Take each choice from the first place that makes it."""
    names = [field.name for field in fields(Choices)]
    said = {n: [v for p in places if (v := getattr(p, n)) is not None] for n in names}
    return Choices(**{name: values[0] for name, values in said.items() if values})
