"""Wan as a model of the farm: a draft in few steps, longer, closed, and mastered as a plate."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from PIL import Image

from farm.cards.card import Tiling
from farm.errors import TaskError
from farm.frames import FrameRange
from farm.media.colorspace import ACES2065_1
from farm.shots.request import Request
from farm.task import Progress
from farm.tiles import Tile, on_grid
from functions.hdr.reconstructed import from_display
from functions.models.base import CallSheet, Part, Pixels, State, Steps
from functions.models.diffusion import latents as kept
from functions.models.diffusion.latents import Array, Latents, Piece
from functions.models.diffusion.loading import Loaded, load
from functions.models.diffusion.pictures import coded, middle, read_picture
from functions.models.diffusion.steps import Denoising, compute, denoise, using
from functions.models.diffusion.words import EMBEDS, MASK, pack_words, unpack_words
from functions.models.wan import pipes
from functions.models.wan.pipes import Codes, Pinned
from functions.models.wan.plates import plate_frames, strength_of
from functions.models.wan.wording import NEGATIVE, words_of
from functions.models.weights import folder_of
from functions.upscalers.lanczos import enlarged

TAIL = 17
"""Frames of what is there that VACE goes on from; the image mode goes on from one."""

BEND = 40
"""The most frames of a loop's end that are painted anew, so that they lead to its beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What one call must show: frames that are given, pictures of its cast, and a plate's mask."""

    pinned: Sequence[Pinned] = ()
    references: Sequence[Image.Image] = ()
    drafting: bool = True
    lora: Mapping[str, float] = field(default_factory=dict)

    @property
    def free(self) -> bool:
        """Tell whether nothing but words is given."""
        return not self.pinned and not self.references


def open_wan(sheet: CallSheet) -> "Wan":
    """Open the family for a task; its weights are loaded by whoever needs them first."""
    return Wan(sheet)


class Wan:
    """Wan 2.x. Its card says which modes there are: `base`, and `vace` or `image`."""

    colorspace = ACES2065_1

    def __init__(self, sheet: CallSheet) -> None:
        self._sheet = sheet
        self._card = sheet.card

    # What every model does

    def encode(self, request: Request) -> Steps[Part]:
        """Encode the words of a request, once for all of its takes."""
        loaded = yield from self._load()
        return (yield from self._encoded(loaded, words_of(request)))

    def draft(self, request: Request, *, seed: int) -> Steps[State]:
        """Turn a request and a seed into one take; a plate is remade, everything else is new."""
        loaded = yield from self._load()
        words = yield from self._words(loaded, request)
        blank = self._blank(request, seed)
        if request.plate:
            piece = yield from self._remade(loaded, blank, words, request)
        else:
            wish = Wish(
                pinned=[
                    Pinned(at=key.frame, frames=self._picture(blank, key.file))
                    for key in sorted(request.keyframes, key=lambda key: key.frame)
                ],
                references=[self._reference(one.file) for one in request.references],
            )
            piece = yield from self._call(loaded, blank, words, wish, frames=request.frames)
        made = replace(blank, frames=request.frames, pieces=(piece,))
        return self._state(made, words)

    def extend(
        self, state: State, *, frames: int, seed: int, request: Request | None = None
    ) -> Steps[State]:
        """Go on from the last frames of `state`; those before stay as they are, to the bit."""
        loaded = yield from self._load()
        old = kept.read(state, self._card.name)
        words = yield from self._words(loaded, request, state)
        count = self._whole(min(self._tail, old.frames))
        tail = yield from compute(
            loaded, partial(self._frames, loaded, old, old.frames - count, old.frames)
        )
        blank = self._blank(request, seed) if request else replace(old, seed=seed)
        wish = Wish(pinned=[Pinned(at=0, frames=tail)])
        piece = yield from self._call(loaded, blank, words, wish, frames=count + frames)
        piece = replace(piece, first=old.frames - count, own=old.frames)
        made = replace(blank, frames=old.frames + frames, pieces=(*old.pieces, piece))
        return self._state(made, words)

    def loop(self, state: State) -> Steps[State]:
        """Paint the last frames anew, so that they lead to the first ones, which follow them."""
        loaded = yield from self._load()
        old = kept.read(state, self._card.name)
        words = yield from self._words(loaded, None, state)
        bend = min(BEND, old.frames // 2)
        start = old.frames - bend
        count = self._whole(min(self._tail, start))
        before, after = yield from compute(
            loaded,
            lambda: (
                self._frames(loaded, old, start - count, start),
                self._frames(loaded, old, 0, count),
            ),
        )
        wish = Wish(
            pinned=[Pinned(at=0, frames=before), Pinned(at=count + bend, frames=after)]
        )
        piece = yield from self._call(
            loaded, old, words, wish, frames=count + bend + len(after)
        )
        piece = replace(piece, first=start - count, own=start)
        held = tuple(one for one in old.pieces if one.own < start)
        return self._state(replace(old, pieces=(*held, piece)), words)

    def render(
        self, state: State, frames: FrameRange, *, size: tuple[int, int]
    ) -> Iterator[Pixels]:
        """Yield each frame, counted from 0, as ACES2065-1, its light reconstructed."""
        latents = kept.read(state, self._card.name)
        if latents.noise:
            raise TaskError("this is a canvas with noise on it: merge its refined tiles first")
        loaded = self._loaded()
        for piece, own in _shares(latents, frames):
            with using(loaded):
                decoded = pipes.decode(loaded.pipe, _tensor(piece.video, loaded))
            for frame in own:
                codes = middle(decoded[frame - piece.first], latents.picture)
                yield enlarged(from_display(np.ascontiguousarray(codes)), size)

    # From a draft to its master

    def enlarge(self, state: State, *, frames: FrameRange, seed: int) -> Steps[State]:
        """Return the canvas of the next level: the plate twice as large, under low noise.

        The noise is one field over the whole canvas, so that tiles agree where they overlap.
        """
        loaded = yield from self._load()
        latents = kept.read(state, self._card.name).of(frames)
        made = yield from compute(loaded, partial(self._enlarged, loaded, latents, seed))
        return made.state(state.beside)

    def refine(self, canvas: State, *, tile: Tile) -> Steps[State]:
        """Denoise one tile of a canvas, as a video of its own."""
        loaded = yield from self._load()
        whole = kept.read(canvas, self._card.name)
        piece_of = kept.cut(whole, tile)
        words = unpack_words(canvas.beside["words"].data)
        pieces = []
        for piece in piece_of.pieces:
            video = yield from self._refined(loaded, piece_of, words, piece.video)
            pieces.append(replace(piece, video=video))
        return replace(piece_of, pieces=tuple(pieces), noise=0.0).state({})

    # The calls

    def _load(self) -> Steps[Loaded]:
        yield Progress(done=0, total=1, note="loads the model")
        return self._loaded()

    def _loaded(self) -> Loaded:
        return load(self._card, folder_of(self._card), pipes.build)

    def _call(
        self,
        loaded: Loaded,
        like: Latents,
        words: Mapping[str, torch.Tensor],
        wish: Wish,
        *,
        frames: int,
    ) -> Steps[Piece]:
        """Make new footage in the mode that the wish needs."""
        whole = self._up(frames)
        pipe, given = self._mode(loaded, like, wish, frames=whole)
        steps, guidance = self._steps(loaded, wish)
        pipes.shifted(pipe, self._dial("shift"))
        width, height = like.size
        how = self._how(loaded, total=steps, drafting=wish.drafting)
        (video,) = yield from denoise(
            loaded,
            pipe,
            how,
            width=width,
            height=height,
            num_frames=whole,
            num_inference_steps=steps,
            guidance_scale=guidance,
            generator=loaded.noise(like.seed),
            output_type="latent",
            return_dict=False,
            **self._said(loaded, words, guidance),
            **given,
        )
        video = video[:, :, len(wish.references) :]
        return Piece(first=0, own=0, video=_array(pipes.denormalised(pipe, video)))

    def _mode(
        self, loaded: Loaded, like: Latents, wish: Wish, *, frames: int
    ) -> tuple[Any, dict[str, Any]]:
        """Choose the pipeline for a wish, and what it is given."""
        if wish.free:
            return loaded.pipe, {}
        if "vace" in self._card.weights:
            pictures, masks = pipes.canvas(wish.pinned, frames=frames, size=like.size)
            given: dict[str, Any] = {"video": pictures, "mask": masks}
            if wish.references:
                given["reference_images"] = list(wish.references)
            return self._other(loaded, "vace", pipes.vace_mode), given
        if "image" in self._card.weights and not wish.references:
            return self._other(loaded, "image", pipes.image_mode), _ends(wish.pinned, frames)
        raise TaskError(f"{self._card.name} has no weights for frames that are given")

    def _other(self, loaded: Loaded, name: str, opened: Any) -> Any:  # noqa: ANN401  # diffusers carries no types
        return loaded.beside(
            name,
            lambda: opened(loaded.pipe, folder_of(self._card, name), loaded.dtype, loaded.device),
        )

    def _steps(self, loaded: Loaded, wish: Wish) -> tuple[int, float]:
        """Say in how many steps and with how much guidance; few, where a LoRA was made for that."""
        wanted = dict(wish.lora)
        few = pipes.FEW in self._card.weights and wish.free
        if few:
            loaded.beside(
                pipes.FEW,
                lambda: pipes.add_few_steps(loaded.pipe, folder_of(self._card, pipes.FEW)),
            )
            wanted[pipes.FEW] = 1.0
        pipes.adapters(loaded.pipe, wanted)
        if few:
            return int(self._dial("few_steps")), 1.0
        return int(self._dial("steps")), self._dial("guidance")

    def _remade(
        self,
        loaded: Loaded,
        like: Latents,
        words: Mapping[str, torch.Tensor],
        request: Request,
    ) -> Steps[Piece]:
        """Remake a plate, as far from it as was asked."""
        assert request.plate
        plate = plate_frames(
            self._sheet.files[request.plate.file], frames=request.frames,
            picture=like.picture, size=like.size,
        )  # fmt: skip
        strength = strength_of(request.plate.strength)
        plate = _lengthened(plate, self._up(request.frames))
        clean = yield from compute(
            loaded, lambda: pipes.encode(loaded.pipe, plate.astype(np.float32) / 255)
        )
        noised = self._under_noise(loaded, clean, seed=like.seed, strength=strength)
        video = yield from self._denoised(loaded, like, words, noised, strength=strength)
        return Piece(first=0, own=0, video=video)

    def _refined(
        self, loaded: Loaded, like: Latents, words: Mapping[str, torch.Tensor], video: Array
    ) -> Steps[Array]:
        noised = pipes.normalised(loaded.pipe, _tensor(video, loaded))
        strength = self._dial("strength")
        return (yield from self._denoised(loaded, like, words, noised, strength=strength))

    def _denoised(
        self,
        loaded: Loaded,
        like: Latents,
        words: Mapping[str, torch.Tensor],
        noised: torch.Tensor,
        *,
        strength: float,
    ) -> Steps[Array]:
        """Take the noise off footage, from the step on whose level that noise has."""
        pipe = loaded.beside("video", lambda: pipes.video_mode(loaded.pipe))
        pipes.adapters(loaded.pipe, {})
        pipes.shifted(pipe, self._dial("shift"))
        steps, guidance = int(self._dial("master_steps")), self._dial("guidance")
        how = self._how(loaded, total=max(1, int(steps * strength)), drafting=False)
        width, height = like.size
        (video,) = yield from denoise(
            loaded,
            pipe,
            how,
            latents=noised,
            width=width,
            height=height,
            num_inference_steps=steps,
            strength=strength,
            guidance_scale=guidance,
            output_type="latent",
            return_dict=False,
            **self._said(loaded, words, guidance),
        )
        return _array(pipes.denormalised(pipe, video))

    def _under_noise(
        self, loaded: Loaded, clean: torch.Tensor, *, seed: int, strength: float
    ) -> torch.Tensor:
        """Lay noise over denormalised latents, as one field, at the level of a strength."""
        plain = pipes.normalised(loaded.pipe, clean)
        noise = torch.randn(plain.shape, generator=loaded.noise(seed)).to(plain.device)
        sigma = self._sigma(loaded, strength)
        return sigma * noise + (1 - sigma) * plain

    def _sigma(self, loaded: Loaded, strength: float) -> float:
        pipe = loaded.beside("video", lambda: pipes.video_mode(loaded.pipe))
        pipes.shifted(pipe, self._dial("shift"))
        steps = int(self._dial("master_steps"))
        pipe.scheduler.set_timesteps(steps)
        return float(pipe.scheduler.sigmas[steps - max(1, min(steps, int(steps * strength)))])

    def _enlarged(self, loaded: Loaded, latents: Latents, seed: int) -> Latents:
        strength = self._dial("strength")
        width, height = (2 * edge for edge in latents.size)
        pieces = []
        for number, piece in enumerate(latents.pieces):
            frames = pipes.decode(loaded.pipe, _tensor(piece.video, loaded))
            large = np.stack([enlarged(frame, (width, height)) for frame in frames])
            clean = pipes.encode(loaded.pipe, large)
            noised = self._under_noise(loaded, clean, seed=seed + number, strength=strength)
            video = pipes.denormalised(loaded.pipe, noised)
            pieces.append(replace(piece, video=_array(video)))
        wide, high = latents.picture
        return replace(
            latents,
            size=(width, height),
            picture=(2 * wide, 2 * high),
            seed=seed,
            pieces=tuple(pieces),
            noise=self._sigma(loaded, strength),
        )

    def _how(self, loaded: Loaded, *, total: int, drafting: bool) -> Denoising:
        return Denoising(
            total=total,
            checkpoints=self._sheet.checkpoints,
            every=loaded.levers.checkpoint_steps,
            blank=pipes.blank,
            drafting=drafting,
        )

    def _dial(self, name: str) -> float:
        if name not in self._card.dials:
            raise TaskError(f"{self._card.name}: its card says no {name}")
        return self._card.dials[name]

    # Words

    def _words(
        self, loaded: Loaded, request: Request | None, state: State | None = None
    ) -> Steps[Mapping[str, torch.Tensor]]:
        """Take the words as they were encoded for the shot, or as they lie beside a state."""
        if "words" in self._sheet.files:
            return unpack_words(self._sheet.files["words"].read_bytes())
        if request:
            part = yield from self._encoded(loaded, words_of(request))
            return unpack_words(part.data)
        assert state
        return unpack_words(state.beside["words"].data)

    def _encoded(self, loaded: Loaded, text: str) -> Steps[Part]:
        def work() -> Part:
            embeds, _ = loaded.pipe.encode_prompt(
                text, do_classifier_free_guidance=False, device=loaded.device
            )
            mask = (embeds != 0).any(dim=-1).to(torch.int64)
            return Part(data=pack_words({EMBEDS: embeds, MASK: mask}), kind="words")

        return (yield from compute(loaded, work))

    def _said(
        self, loaded: Loaded, words: Mapping[str, torch.Tensor], guidance: float
    ) -> dict[str, torch.Tensor]:
        said = {EMBEDS: words[EMBEDS].to(loaded.device)}
        if guidance > 1:
            said["negative_prompt_embeds"] = loaded.beside(
                "negative", partial(self._negative, loaded)
            )
        return said

    def _negative(self, loaded: Loaded) -> torch.Tensor:
        with using(loaded):
            embeds, _ = loaded.pipe.encode_prompt(
                NEGATIVE, do_classifier_free_guidance=False, device=loaded.device
            )
        kept_embeds: torch.Tensor = embeds
        return kept_embeds

    # Frames and their latents

    @property
    def _tail(self) -> int:
        return TAIL if "vace" in self._card.weights else 1

    def _up(self, frames: int) -> int:
        """Return the next length that the model makes: 4k + 1."""
        return -(-(frames - 1) // 4) * 4 + 1

    def _whole(self, frames: int) -> int:
        """Return the length before: 4k + 1."""
        return (frames - 1) // 4 * 4 + 1

    def _blank(self, request: Request, seed: int) -> Latents:
        assert isinstance(self._card.tiling, Tiling)
        return Latents(
            model=self._card.name,
            frames=0,
            size=on_grid(request.size, self._card.tiling.cell),
            picture=request.size,
            rate=str(request.rate),
            seed=seed,
            words=words_of(request),
            pieces=(),
        )

    def _state(self, made: Latents, words: Mapping[str, torch.Tensor]) -> State:
        return made.state({"words": Part(data=pack_words(words), kind="words")})

    def _picture(self, latents: Latents, file: str) -> Codes:
        return read_picture(self._sheet.files[file], picture=latents.picture, size=latents.size)

    def _reference(self, file: str) -> Image.Image:
        with Image.open(self._sheet.files[file]) as picture:
            return picture.convert("RGB")

    def _frames(self, loaded: Loaded, latents: Latents, first: int, stop: int) -> Codes:
        """Decode some frames at the size of the latents, in 8 bits, as the model is given them."""
        frames = []
        for piece, own in _shares(latents, FrameRange(first, stop - 1)):
            decoded = pipes.decode(loaded.pipe, _tensor(piece.video, loaded))
            frames += [coded(decoded[frame - piece.first]) for frame in own]
        return np.stack(frames)


def _ends(pinned: Sequence[Pinned], frames: int) -> dict[str, Any]:
    """Give the image mode its first picture, and its last if there is one."""
    first = [one for one in pinned if one.at == 0]
    rest = [one for one in pinned if one.at > 0]
    if not first or len(rest) > 1 or (rest and rest[0].at < frames - 4):
        raise TaskError("this mode of Wan takes the first frame, and the last, and no other")
    last = {"last_image": Image.fromarray(rest[0].frames[0])} if rest else {}
    return {"image": Image.fromarray(first[0].frames[-1]), **last}


def _shares(latents: Latents, frames: FrameRange) -> Iterator[tuple[Piece, FrameRange]]:
    """Yield each piece with those of the frames that are its own."""
    ends = [piece.own for piece in latents.pieces[1:]] + [latents.frames]
    for piece, end in zip(latents.pieces, ends, strict=True):
        first, last = max(piece.own, frames.first), min(end - 1, frames.last)
        if first <= last:
            yield piece, FrameRange(first, last)


def _lengthened(frames: Codes, count: int) -> Codes:
    """Hold the last frame until there are enough."""
    return np.concatenate([frames, np.repeat(frames[-1:], count - len(frames), axis=0)])


def _tensor(array: Array, loaded: Loaded) -> torch.Tensor:
    return torch.from_numpy(array.copy()).to(loaded.device)


def _array(tensor: torch.Tensor) -> Array:
    return tensor.detach().float().cpu().numpy()
