"""Sequences as stages read them: frame numbers, the artifacts behind them, and their sound."""

from fractions import Fraction

from farm.errors import TaskError
from farm.frames import Rate
from farm.media.sound import Sound, read_wav
from farm.task import Artifact
from functions.bench import Bench

Numbered = list[tuple[int, Artifact]]


def read_sequence(bench: Bench, prefix: str = "frames") -> Numbered:
    """Read every input whose name begins with `prefix` as one run of frames, in order.

    Raises TaskError where a frame is missing between two others, or is there twice.
    """
    frames = sorted(
        (
            row
            for name in bench.task.inputs
            if name.startswith(prefix)
            for row in _rows(bench, name)
        ),
        key=lambda row: row[0],
    )
    if not frames:
        raise TaskError(f"{bench.task.label}: there are no frames to work on")
    numbers = [number for number, _ in frames]
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        raise TaskError(f"{bench.task.label}: the frames {_brief(numbers)} are not one whole run")
    return frames


def sound_of(bench: Bench, *, frames: int, rate: Rate) -> Sound | None:
    """Read the sound that belongs to the frames, if the clip has any."""
    if "audio" not in bench.task.inputs:
        return None
    start = float(str(bench.task.params["sound_from"]))
    return read_wav(bench.path("audio")).cut(start, float(Fraction(frames) / rate.value))


def _rows(bench: Bench, name: str) -> Numbered:
    rows = bench.read_json(name)["frames"]
    assert isinstance(rows, list)
    return [
        (row["frame"], Artifact(digest=row["digest"], size=row["size"], kind=row["kind"]))
        for row in rows
    ]


def _brief(numbers: list[int]) -> str:
    return f"{numbers[0]} to {numbers[-1]} ({len(numbers)} of them)"
