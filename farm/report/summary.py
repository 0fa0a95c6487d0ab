"""How a run ends, in numbers: one closing line for people, one object for programs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from farm.digest import Plain
from farm.route.shoot import ShotResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a run amounts to; `exit_code` as the command line ends with it."""

    shots: tuple[ShotResult, ...]
    takes: int
    tasks_made: int
    tasks_reused: int
    tasks_failed: int
    usd: float
    seconds: float
    exit_code: int
    costs: Mapping[str, Plain] = field(default_factory=dict)

    def count(self, state: str) -> int:
        """Count the shots in a state."""
        return sum(shot.state == state for shot in self.shots)


def closing_line(summary: Summary) -> str:
    """Write the one line: `3 shots, 12 takes, 41 tasks made, 7 reused, 0 failed, $1.84, 2m11s`."""
    words = [
        counted(len(summary.shots), "shot"),
        counted(summary.takes, "take"),
        f"{counted(summary.tasks_made, 'task')} made",
        f"{summary.tasks_reused:,} reused",
        f"{summary.tasks_failed:,} failed",
        money(summary.usd),
        duration(summary.seconds),
    ]
    return ", ".join(words)


def plain(summary: Summary) -> dict[str, Plain]:
    """Return the closing object of `--json`."""
    return {
        "shots": [plain_shot(shot) for shot in summary.shots],
        "delivered": summary.count("delivered"),
        "failed": summary.count("failed"),
        "waiting": summary.count("waiting"),
        "stopped": summary.count("stopped"),
        "takes": summary.takes,
        "tasks_made": summary.tasks_made,
        "tasks_reused": summary.tasks_reused,
        "tasks_failed": summary.tasks_failed,
        "usd": round(summary.usd, 6),
        "seconds": round(summary.seconds, 3),
        "exit_code": summary.exit_code,
        "costs": summary.costs,
    }


def plain_shot(shot: ShotResult) -> dict[str, Plain]:
    """Return what became of one shot as a plain value."""
    return {
        "shot": shot.shot,
        "variant": shot.variant,
        "state": shot.state,
        "take": shot.take,
        "score": round(shot.score, 4),
        "version": shot.version,
        "folder": str(shot.folder) if shot.folder else None,
        "problem": shot.problem,
        "hint": shot.hint,
    }


def counted(number: int, word: str) -> str:
    """Write `1 shot` or `3 shots`."""
    return f"{number:,} {word}" + ("" if number == 1 else "s")


def money(usd: float) -> str:
    """Write dollars: `$1.84`, and what is under a cent as `<$0.01`."""
    return "<$0.01" if 0 < usd < 0.005 else f"${usd:,.2f}"


def duration(seconds: float) -> str:
    """Write a time as people say it: `0.8s`, `45s`, `2m11s`, `3h05m`."""
    if seconds < 10:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes}m{rest:02}s" if minutes < 60 else f"{minutes // 60}h{minutes % 60:02}m"
