"""Luma's Ray: every take is bought once, kept as the movie that came, and mastered from that."""

from collections.abc import Iterator
from io import BytesIO

import numpy as np
from PIL import Image

from farm.digest import Plain
from farm.errors import TaskError
from farm.frames import FrameRange
from farm.media.colorspace import ACES2065_1
from farm.shots.request import Request
from functions.hdr.bands import open_reading
from functions.models.base import Bills, CallSheet, Model, Pixels, State, Steps
from functions.models.luma.footage import Bought, Picture, as_state, read_bought, roll_of
from functions.models.luma.generation import generate
from functions.models.luma.service import LumaService, Service
from functions.models.luma.wishes import inline, new_wish, next_wish, wants_light
from functions.upscalers import UPSCALERS

SEGMENT = 119
"""Frames of a continuation that count: its first is the last of what it continues."""

LOOP_FRAMES = 120
"""A loop is all of a generation of five seconds."""


class Luma:
    """The service as a model. It has no seeds: takes differ, and none can be made again."""

    colorspace = ACES2065_1

    def __init__(self, sheet: CallSheet, service: Service | None = None) -> None:
        if sheet.bills is None:
            raise TaskError("luma is paid for, and this task has no place to write its bill")
        self._sheet = sheet
        self._bills: Bills = sheet.bills
        self._service = service

    def draft(self, request: Request, *, seed: int) -> Steps[State]:  # noqa: ARG002  # it has none
        """Buy one take."""
        if request.loop and request.frames != LOOP_FRAMES:
            raise TaskError(f"luma makes loops of {LOOP_FRAMES} frames, not {request.frames}")
        lit = wants_light(self._sheet.card)
        wish = new_wish(self._sheet.card, request, self._sheet.files)
        generation, made = yield from self._buy(wish)
        roll = roll_of(generation, made, skip=0, frames=request.frames, lit=lit)
        return as_state(Bought(request=request, rolls=(roll,), closed=request.loop, lit=lit))

    def extend(
        self,
        state: State,
        *,
        frames: int,
        seed: int,  # noqa: ARG002  # it has none
        request: Request | None = None,
    ) -> Steps[State]:
        """Buy what follows; a generation that is used to its end is continued as such."""
        before = read_bought(state)
        if frames > SEGMENT:
            raise TaskError(f"luma goes on for {SEGMENT} frames at a time, not {frames}")
        last = before.rolls[-1]
        start = (
            {"generation_id": last.generation}
            if last.to_its_end
            else _picture(before, before.frames - 1)
        )
        asked = request or before.request
        generation, made = yield from self._buy(next_wish(self._sheet.card, asked, start))
        roll = roll_of(generation, made, skip=1, frames=frames, lit=False)
        return as_state(Bought(request=asked, rolls=(*before.rolls, roll)))

    def loop(self, state: State) -> State:
        """Return footage that was bought as a loop; raises TaskError for any other."""
        if not read_bought(state).closed:
            hint = f"a loop of luma's is {LOOP_FRAMES} frames long, without keyframes or extension"
            raise TaskError("luma closes a loop when it makes it, not after", hint=hint)
        return state

    def render(
        self, state: State, frames: FrameRange, *, size: tuple[int, int]
    ) -> Iterator[Pixels]:
        """Yield frames at a size as ACES2065-1; light that was not generated is reconstructed."""
        upscaler = UPSCALERS.get(self._sheet.card.upscaler)(self._sheet.card)
        bought = read_bought(state)
        light = open_reading(self._sheet.card.reading, threads=self._sheet.threads)
        pictures = (covering(picture, size) for picture in bought.pictures(frames))
        if upscaler.light == "linear" and upscaler.reach == 0:
            for picture in pictures:
                yield from upscaler.enlarge(light(picture)[None], size=size)
        elif bought.lit:
            raise TaskError(f"{self._sheet.card.upscaler} enlarges pictures of a screen, not light")
        else:
            for picture in upscaler.enlarge(np.stack(list(pictures)), size=size):
                yield light(picture)

    def _buy(self, wish: dict[str, Plain]) -> Steps[tuple[str, bytes]]:
        if self._service is None:
            self._service = LumaService()
        return (yield from generate(self._service, self._bills, wish))


def open_luma(sheet: CallSheet) -> Model:
    """Open the service for one task."""
    return Luma(sheet)


def _picture(bought: Bought, frame: int) -> dict[str, Plain]:
    """Send one frame of footage as a picture."""
    (codes,) = bought.pictures(FrameRange(frame, frame))
    return inline(_png(codes), "image/png")


def covering(picture: Picture, size: tuple[int, int]) -> Picture:
    """Cut from the middle what has the aspect of a size: a plate remade has its plate's own."""
    height, width = picture.shape[:2]
    scale = min(width / size[0], height / size[1])
    wide, high = min(width, round(size[0] * scale)), min(height, round(size[1] * scale))
    left, top = (width - wide) // 2, (height - high) // 2
    return np.ascontiguousarray(picture[top : top + high, left : left + wide])


def _png(codes: Picture) -> bytes:
    packed = BytesIO()
    Image.fromarray(np.rint(codes * 255).astype(np.uint8)).save(packed, "PNG")
    return packed.getvalue()
