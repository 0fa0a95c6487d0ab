"""Sound that a model makes with its pictures: it lies beside a state, from frame 0 to the end."""

import tempfile
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from farm.errors import TaskError
from farm.media.sound import Sound, read_wav, write_wav
from functions.models.base import Part

KIND = "wav"


def join(  # noqa: PLR0913  # a joint is these things
    before: Part | None,
    samples: NDArray[np.float32],
    *,
    hertz: int,
    at: Fraction,
    skip: Fraction,
    until: Fraction,
) -> Sound:
    """Put new sound behind what was heard before, up to `until` seconds.

    The new sound is (samples, channels) and begins `skip` seconds before `at`, where it takes over.
    """
    new = Sound(np.asarray(samples, np.float32), hertz).cut(float(skip), float(until - at))
    if before is None:
        return new
    old = _read(before)
    if old.rate != hertz or old.samples.shape[1] != new.samples.shape[1]:
        raise TaskError(f"sound of {old.rate} Hz cannot go on at {hertz} Hz")
    heard = old.cut(0.0, float(at))
    return Sound(np.concatenate([heard.samples, new.samples]), hertz)


def sound_part(sound: Sound) -> Part:
    """Write a sound down as it lies beside a state."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound.wav"
        write_wav(path, sound)
        return Part(data=path.read_bytes(), kind=KIND)


def _read(part: Part) -> Sound:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound.wav"
        path.write_bytes(part.data)
        return read_wav(path)
