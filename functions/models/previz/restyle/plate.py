"""A plate on its way into a shot: its frames as light, and how its camera turned."""

import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from farm.errors import TaskError
from farm.media.colorspace import ACES2065_1, ACESCG, SRGB, convert
from farm.media.plates import Plate, open_plate
from functions.hdr.reconstructed import from_display

Float = NDArray[np.float32]
Size = tuple[int, int]
Offset = tuple[float, float]

LOOK: Final = 320
"""A plate's statistics and its motion are taken from pictures of this width."""

STILL: Final = 5.0


class Footage:
    """The frames of a plate, by number from 0; raises TaskError where it has too few."""

    def __init__(self, data: bytes, *, frames: int, aspect: float, named: str = "") -> None:
        self._data = data
        self._named = named
        self._frames = frames
        self._aspect = aspect
        self.small = self._looked_over()
        self.offsets = _offsets(self.small)
        with self._opened() as plate:
            self.told = f"{plate.colorspace}, {plate.told}"
            self.reconstructed = plate.sdr

    def frames(self, first: int, last: int, *, size: Size) -> Iterator[Float]:
        """Yield frames as float32 (height, width, 3), scene-linear ACEScg, scaled to a size."""
        with self._opened() as plate:
            for light in islice(plate.frames(), first, last + 1):
                yield self._light(plate, light, size)

    def _looked_over(self) -> list[Float]:
        size = (LOOK, max(2, round(LOOK / self._aspect / 2) * 2))
        with self._opened() as plate:
            read = islice(plate.frames(), self._frames)
            small = [self._light(plate, light, size) for light in read]
        if len(small) < self._frames:
            hint = f"ask for {len(small)} frames, or give a longer plate"
            raise TaskError(
                f"the plate has {len(small)} frames, and the shot {self._frames}", hint=hint
            )
        return small

    def _light(self, plate: Plate, light: Float, size: Size) -> Float:
        """Cut to the shot's aspect and scale; what was made for a screen is reconstructed."""
        height, width = light.shape[:2]
        wide = min(width, round(height * self._aspect))
        tall = min(height, round(width / self._aspect))
        left, top = (width - wide) // 2, (height - tall) // 2
        cut = light[top : top + tall, left : left + wide]
        how = cv2.INTER_AREA if size[0] < wide else cv2.INTER_LANCZOS4
        scaled = np.asarray(cv2.resize(cut, size, interpolation=how), np.float32)
        if plate.sdr:
            scaled = from_display(convert(np.maximum(scaled, 0), ACES2065_1, SRGB))
        return convert(scaled, ACES2065_1, ACESCG)

    def _opened(self) -> "_Opened":
        return _Opened(self._data, self._named)


class _Opened:
    """A plate's bytes as a file, for as long as it is read."""

    def __init__(self, data: bytes, named: str) -> None:
        self._named = named
        self._file = tempfile.NamedTemporaryFile(prefix="plate-")  # noqa: SIM115  # __exit__ closes it
        self._file.write(data)
        self._file.flush()

    def __enter__(self) -> Plate:
        return open_plate(Path(self._file.name), named=self._named)

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _offsets(small: list[Float]) -> list[Offset]:
    """Return how far the distance has moved since the first frame, in widths and heights.

    Phase correlation of the upper half of each two frames, where what is far away is. A camera
    that is never `STILL` pixels from where it began has stood still: that is error, added up.
    """
    ways = list(_ways(small))
    still = all(abs(x) * LOOK < STILL and abs(y) * LOOK < STILL for x, y in ways)
    return [(0.0, 0.0)] * len(ways) if still else ways


def _ways(small: list[Float]) -> Iterator[Offset]:
    x = y = 0.0
    before = None
    for light in small:
        upper = np.log1p(np.ascontiguousarray(light[: light.shape[0] // 2].mean(axis=2)))
        if before is not None:
            window = cv2.createHanningWindow((upper.shape[1], upper.shape[0]), cv2.CV_32F)
            (dx, dy), _ = cv2.phaseCorrelate(before, upper, window)
            x, y = x + dx / upper.shape[1], y + dy / light.shape[0]
        yield x, y
        before = upper
