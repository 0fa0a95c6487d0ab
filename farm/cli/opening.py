"""What most verbs begin with: the list that is meant, and the settings that hold for it."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from farm.errors import SpecError
from farm.registry import nearest
from farm.settings import Choices, Licences, Settings, Until, find_settings

if TYPE_CHECKING:
    from farm.shots.shot_list import ShotList


def open_list(
    path: Path, changes: Sequence[str] | None = None, roots: Sequence[Path] | None = None
) -> "ShotList":
    """Read a list with the changes of `--set`; raises ListFaults with every fault."""
    from farm.shots.load import load_shot_list

    return load_shot_list(path, settings=_changes(changes or ()), roots=tuple(roots or ()))


def _changes(words: Sequence[str]) -> dict[str, str]:
    pairs = [word.partition("=") for word in words]
    for field, equals, _ in pairs:
        if not equals or not field.strip():
            hint = "write --set FIELD=VALUE, as in --set defaults.takes=2"
            raise SpecError(f"--set {field}: there is no value", hint=hint)
    return {field.strip(): value for field, _, value in pairs}


def settings_for(
    path: Path,
    *,
    store: str | None = None,
    out: Path | None = None,
    executor: str | None = None,
    workers: int | None = None,
    until: Until = "collect",
    only: Sequence[str] = (),
    licences: Licences | None = None,
    revenue: float | None = None,
    territory: str | None = None,
    cluster: str | None = None,
    by: str | None = None,
) -> Settings:
    """Settle where this command keeps, delivers and runs."""
    flags = Choices(
        store=store,
        out=str(out) if out else None,
        executor=executor,
        workers=workers,
        licences=licences,
        revenue_usd=revenue,
        territory=territory,
        cluster=cluster,
    )
    at = time_of(by, now=datetime.now().astimezone()) if by else None
    return find_settings(path, flags, until=until, only=tuple(only), by=at)


def time_of(words: str, *, now: datetime) -> float:
    """Read a deadline: a time of day, the next one that comes, or a date with a time.

    Returns seconds of the epoch. Raises SpecError for what is no time, or is over.
    """
    try:
        if "T" in words or " " in words:
            at = datetime.fromisoformat(words)
            at = at if at.tzinfo else at.replace(tzinfo=now.tzinfo)
        else:
            at = datetime.combine(now.date(), time.fromisoformat(words), tzinfo=now.tzinfo)
            at += timedelta(days=at <= now)
    except ValueError:
        hint = "write --by 07:00 or --by 2026-11-22T07:00"
        raise SpecError(f"--by {words}: that is no time", hint=hint) from None
    if at <= now:
        raise SpecError(f"--by {words}: that time is over", hint="name one that is still to come")
    return at.timestamp()


def names_of(shot_list: "ShotList") -> list[str]:
    """Name every shot of a list as people do: `tonic_9x16/sq010_sh0010`."""
    return ["/".join(w for w in (s.variant, s.shot) if w) for s in shot_list.shots]


def check_only(shot_list: "ShotList", only: Sequence[str]) -> None:
    """Raise SpecError for a name that no shot of the list has."""
    known = {*names_of(shot_list), *(shot.shot for shot in shot_list.shots)}
    for name in only:
        if name not in known:
            raise SpecError(
                f"{shot_list.source}: there is no shot named {name!r}", hint=nearest(name, known)
            )
