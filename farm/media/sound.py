"""Sound that belongs to a clip: samples in WAV files, as the store keeps them."""

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from farm.errors import TaskError

FULL_SCALE = {2: 2**15, 3: 2**23, 4: 2**31}


@dataclass(frozen=True, slots=True)
class Sound:
    """Samples of -1 to 1, (samples, channels) with one or two channels, and how many a second."""

    samples: NDArray[np.float32]
    rate: int

    @property
    def seconds(self) -> float:
        """Return how long it lasts."""
        return len(self.samples) / self.rate

    def cut(self, start: float, seconds: float) -> "Sound":
        """Take a piece; where it reaches beyond the sound there is silence."""
        first, count = round(start * self.rate), round(seconds * self.rate)
        result = np.zeros((count, self.samples.shape[1]), np.float32)
        low, high = max(0, first), min(len(self.samples), first + count)
        if high > low:
            result[low - first : high - first] = self.samples[low:high]
        return Sound(result, self.rate)


def write_wav(path: Path, sound: Sound) -> None:
    """Write a sound as 24-bit PCM."""
    whole = np.clip(np.round(sound.samples.astype(np.float64) * 2**23), -(2**23), 2**23 - 1)
    packed = whole.astype("<i4").reshape(-1, 1).view(np.uint8).reshape(-1, 4)[:, :3]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(sound.samples.shape[1])
        file.setsampwidth(3)
        file.setframerate(sound.rate)
        file.writeframes(packed.tobytes())


def read_wav(path: Path) -> Sound:
    """Read 16, 24 or 32-bit PCM of one or two channels; raises TaskError for anything else."""
    try:
        with wave.open(str(path), "rb") as file:
            channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            raw = np.frombuffer(file.readframes(file.getnframes()), np.uint8)
    except (wave.Error, EOFError, OSError) as error:
        raise TaskError(f"{path.name} cannot be read as sound: {error}") from error
    if width not in FULL_SCALE or channels not in (1, 2):
        raise TaskError(f"{path.name} has {channels} channels of {8 * width} bits")
    high = raw.reshape(-1, width)
    wide = np.zeros((len(high), 4), np.uint8)
    wide[:, 4 - width :] = high
    samples = wide.view("<i4").reshape(-1, channels) / 2**31
    return Sound(samples.astype(np.float32), rate)
