"""When a worker is worn out: decided purely, from its age and from the memory it keeps."""

from dataclasses import dataclass

OLD_SECONDS = 4 * 3600.0  # drivers and libraries leak slowly; a new worker costs a minute
LEAK_FACTOR = 2.0  # of what it held after its first task, and
LEAK_GB = 1.0  # at least so much more


@dataclass(frozen=True, slots=True, kw_only=True)
class Wear:
    """A worker between two tasks: its age, and the memory it holds now and held at first."""

    age_seconds: float
    first_gb: float
    now_gb: float


def worn_out(wear: Wear, *, claim_gb: float) -> str:
    """Say why a worker should go, or nothing; `claim_gb` is the memory that it was promised."""
    grown_gb = wear.now_gb - wear.first_gb
    if wear.age_seconds > OLD_SECONDS:
        return f"it is {wear.age_seconds / 3600:.1f} hours old"
    if grown_gb > LEAK_GB and wear.now_gb > LEAK_FACTOR * wear.first_gb:
        return f"it leaks: {wear.first_gb:.1f} GB after its first task, {wear.now_gb:.1f} GB now"
    if wear.now_gb > claim_gb and grown_gb > LEAK_GB:
        return f"idle, it holds {wear.now_gb:.1f} GB of {claim_gb:.1f} GB"
    return ""
