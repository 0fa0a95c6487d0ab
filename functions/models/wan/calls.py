"""Wan's calls: which pipeline a wish needs, in how many steps, with which words and likenesses."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from farm.errors import TaskError
from farm.shots.request import Request
from farm.task import Progress
from functions.models.base import CallSheet, Part, State, Steps
from functions.models.diffusion.latents import Array, Latents, Piece
from functions.models.diffusion.levers import pull
from functions.models.diffusion.loading import Loaded, load
from functions.models.diffusion.steps import (
    Denoising,
    StoppedError,
    Tell,
    compute,
    denoise,
    using,
)
from functions.models.diffusion.words import EMBEDS, MASK, pack_words, unpack_words
from functions.models.wan import likeness as looks
from functions.models.wan import pipes
from functions.models.wan.pipes import Codes, Pinned, Pipe
from functions.models.wan.wording import NEGATIVE, words_of
from functions.models.weights import fetch, folder_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What one call must show: frames that are given, pictures of its cast, and a plate's mask."""

    pinned: Sequence[Pinned] = ()
    references: Sequence[Image.Image] = ()
    drafting: bool = True
    likenesses: Sequence[bytes] = ()
    anew: NDArray[np.bool_] | None = None

    @property
    def free(self) -> bool:
        """Tell whether nothing but words is given."""
        return not self.pinned and not self.references


class Calls:
    """The pipelines of one card, as one task uses them."""

    def __init__(self, sheet: CallSheet) -> None:
        self._sheet = sheet
        self._card = sheet.card

    def load(self) -> Steps[Loaded]:
        """Fetch and load the base, and say so."""
        yield from fetch(self._card)
        yield Progress(done=0, total=1, note="loads the model")
        return self.loaded()

    def loaded(self) -> Loaded:
        """Return the base, loaded and warm."""
        return load(self._card, folder_of(self._card), pipes.build)

    def make(
        self,
        loaded: Loaded,
        like: Latents,
        words: Mapping[str, torch.Tensor],
        wish: Wish,
        *,
        frames: int,
    ) -> Steps[Piece]:
        """Make new footage in the mode that the wish needs."""
        whole = longer(frames)
        for name in self._sets(wish):
            yield from fetch(self._card, name)
        pipe, given = self._mode(loaded, like, wish, frames=whole)
        steps, guidance = self._steps(loaded, pipe, wish)
        pipes.shifted(pipe, self.dial("shift"))
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
        return Piece(first=0, own=0, video=array_of(pipes.denormalised(pipe, video)))

    def _mode(
        self, loaded: Loaded, like: Latents, wish: Wish, *, frames: int
    ) -> tuple[Any, dict[str, Any]]:
        """Choose the pipeline for a wish, and what it is given."""
        if wish.free:
            return loaded.pipe, {}
        if "vace" in self._card.weights:
            pictures, masks = pipes.canvas(
                wish.pinned, frames=frames, size=like.size, anew=wish.anew
            )
            given: dict[str, Any] = {"video": pictures, "mask": masks}
            if wish.references:
                given["reference_images"] = list(wish.references)
            return self._other(loaded, "vace", pipes.vace_mode), given
        if "image" in self._card.weights and not wish.references:
            return self._other(loaded, "image", pipes.image_mode), _ends(wish.pinned, frames)
        raise TaskError(f"{self._card.name} has no weights for frames that are given")

    def _sets(self, wish: Wish) -> list[str]:
        """Name the weights that a wish needs beside the base."""
        wanted = [pipes.FEW] if wish.free else ["vace", "image"]
        return [name for name in wanted if name in self._card.weights][:1]

    def _other(self, loaded: Loaded, name: str, opened: Pipe) -> Pipe:  # diffusers carries no types
        folder = folder_of(self._card, name)

        def mode() -> Pipe:
            made = opened(loaded.pipe, folder, loaded.dtype)
            pull(made, loaded.levers, device=loaded.device, dtype=loaded.dtype, beside=loaded.pipe)
            return made

        return loaded.beside(f"{name} {folder}", mode)

    def _steps(
        self, loaded: Loaded, pipe: Pipe, wish: Wish
    ) -> tuple[int, float]:  # diffusers carries no types
        """Say in how many steps and with how much guidance; few, where a LoRA was made for that."""
        wanted = dict(looks.put_on(pipe, wish.likenesses))
        few = pipes.FEW in self._card.weights and wish.free
        if few:
            folder = folder_of(self._card, pipes.FEW)
            add = partial(pipes.add_few_steps, loaded.pipe, folder)
            wanted[loaded.beside(f"{pipes.FEW} {folder}", add)] = 1.0
        pipes.adapters(pipe, wanted)
        if few:
            return int(self.dial("few_steps")), 1.0
        return int(self.dial("steps")), self.dial("guidance")

    def denoised(  # noqa: PLR0913  # one call is these things
        self,
        loaded: Loaded,
        like: Latents,
        words: Mapping[str, torch.Tensor],
        noised: torch.Tensor,
        *,
        strength: float,
        likenesses: Sequence[bytes] = (),
    ) -> Steps[Array]:
        """Take the noise off footage, from the step on whose level that noise has."""
        pipe = loaded.beside("video", lambda: pipes.video_mode(loaded.pipe))
        pipes.adapters(pipe, looks.put_on(pipe, likenesses))
        pipes.shifted(pipe, self.dial("shift"))
        steps, guidance = int(self.dial("master_steps")), self.dial("guidance")
        taken = self._taken(strength)
        how = self._how(loaded, total=taken, drafting=False)
        width, height = like.size
        (video,) = yield from denoise(
            loaded,
            pipe,
            how,
            latents=noised,
            width=width,
            height=height,
            num_inference_steps=steps,
            strength=min(1.0, (taken + 0.5) / steps),
            guidance_scale=guidance,
            output_type="latent",
            return_dict=False,
            **self._said(loaded, words, guidance),
        )
        return array_of(pipes.denormalised(pipe, video))

    def under_noise(
        self, loaded: Loaded, clean: torch.Tensor, *, seed: int, strength: float
    ) -> torch.Tensor:
        """Lay noise over denormalised latents, as one field, at the level of a strength."""
        plain = pipes.normalised(loaded.pipe, clean)
        noise = torch.randn(plain.shape, generator=loaded.noise(seed)).to(plain.device)
        sigma = self.sigma(loaded, strength)
        return sigma * noise + (1 - sigma) * plain

    def sigma(self, loaded: Loaded, strength: float) -> float:
        """Return the level of noise at which a strength begins to denoise."""
        pipe = loaded.beside("video", lambda: pipes.video_mode(loaded.pipe))
        pipes.shifted(pipe, self.dial("shift"))
        steps = int(self.dial("master_steps"))
        pipe.scheduler.set_timesteps(steps)
        return float(pipe.scheduler.sigmas[steps - self._taken(strength)])

    def _taken(self, strength: float) -> int:
        """Count the steps that a strength takes of a master's: one at least.

        The pipeline rounds down, and would take none of few, and leave the noise where it is.
        """
        steps = int(self.dial("master_steps"))
        return max(1, min(steps, int(steps * strength)))

    def _how(self, loaded: Loaded, *, total: int, drafting: bool) -> Denoising:
        return Denoising(
            total=total,
            checkpoints=self._sheet.checkpoints,
            every=loaded.levers.checkpoint_steps,
            blank=pipes.blank,
            drafting=drafting,
        )

    def dial(self, name: str) -> float:
        """Read a number off the card; raises TaskError if it is not there."""
        if name not in self._card.dials:
            raise TaskError(f"{self._card.name}: its card says no {name}")
        return self._card.dials[name]

    def words(
        self, loaded: Loaded, request: Request | None, state: State | None = None
    ) -> Steps[Mapping[str, torch.Tensor]]:
        """Take the words as they were encoded for the shot, or as they lie beside a state."""
        if "words" in self._sheet.files:
            return unpack_words(self._sheet.files["words"].read_bytes())
        if request:
            part = yield from self.encoded(loaded, words_of(request))
            return unpack_words(part.data)
        assert state
        return unpack_words(state.beside["words"].data)

    def encoded(self, loaded: Loaded, text: str) -> Steps[Part]:
        """Encode words as an artifact."""

        def work() -> Part:
            embeds, _ = loaded.pipe.encode_prompt(
                text, do_classifier_free_guidance=False, device=loaded.device
            )
            mask = (embeds != 0).any(dim=-1).to(torch.int64)
            return Part(data=pack_words({EMBEDS: embeds, MASK: mask}), kind="words")

        return (yield from compute(loaded, work))

    def _said(
        self, loaded: Loaded, words: Mapping[str, torch.Tensor], guidance: float
    ) -> dict[str, Any]:
        said: dict[str, Any] = {EMBEDS: words[EMBEDS].to(loaded.device)}
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

    def train(
        self,
        loaded: Loaded,
        frames: Sequence[Codes],
        embeds: torch.Tensor,
        tell: Tell,
        stop: threading.Event,
    ) -> bytes:
        """Train in a thread that can be stopped; the base's weights are left as they were."""
        steps = int(self.dial("likeness_steps"))
        with using(loaded), torch.inference_mode(mode=False), torch.enable_grad():
            pipes.adapters(loaded.pipe, looks.put_on(loaded.pipe, ()))
            losses = looks.learn(
                loaded.pipe, frames, embeds.clone(), steps=steps, shift=self.dial("shift"),
                noise=loaded.noise(looks.SEED),
            )  # fmt: skip
            try:
                for step, loss in enumerate(losses, 1):
                    tell(Progress(done=step, total=steps, note=f"steps, loss {loss:.3f}"))
                    if stop.is_set():
                        raise StoppedError
                return looks.taken(loaded.pipe)
            finally:
                looks.dropped(loaded.pipe)


def longer(frames: int) -> int:
    """Return the next length that the model makes: 4k + 1."""
    return -(-(frames - 1) // 4) * 4 + 1


def shorter(frames: int) -> int:
    """Return the length before: 4k + 1."""
    return (frames - 1) // 4 * 4 + 1


def tensor_of(array: Array, loaded: Loaded) -> torch.Tensor:
    """Put an array where the pipeline runs."""
    return torch.from_numpy(array.copy()).to(loaded.device)


def array_of(tensor: torch.Tensor) -> Array:
    """Bring a tensor back as float32."""
    return tensor.detach().float().cpu().numpy()


def _ends(pinned: Sequence[Pinned], frames: int) -> dict[str, Any]:
    """Give the image mode its first picture, and its last if there is one."""
    first = [one for one in pinned if one.at == 0]
    rest = [one for one in pinned if one.at > 0]
    if not first or len(rest) > 1 or (rest and rest[0].at < frames - 4):
        raise TaskError("this mode of Wan takes the first frame, and the last, and no other")
    last = {"last_image": Image.fromarray(rest[0].frames[0])} if rest else {}
    return {"image": Image.fromarray(first[0].frames[-1]), **last}
