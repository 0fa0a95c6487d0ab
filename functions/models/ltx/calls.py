"""What is asked of LTX's pipelines: footage, light, words, and canvases that are twice as large."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from diffusers.pipelines.ltx2.utils import DISTILLED_SIGMA_VALUES

from farm.frames import Rate
from farm.shots.request import Request
from farm.task import Progress
from functions.models.base import CallSheet, Part, State, Steps
from functions.models.diffusion.latents import Latents, Piece
from functions.models.diffusion.loading import Loaded, load
from functions.models.diffusion.pictures import coded
from functions.models.diffusion.steps import Denoising, compute, denoise
from functions.models.diffusion.words import EMBEDS, MASK, pack_words, unpack_words
from functions.models.ltx import footage, pipes
from functions.models.ltx.controls import Control, reference_factor
from functions.models.ltx.pipes import Pinned
from functions.models.ltx.wording import words_of
from functions.models.weights import fetch, folder_of

PLAIN = {
    "guidance_scale": 1.0, "stg_scale": 0.0, "modality_scale": 1.0, "guidance_rescale": 0.0,
    "audio_guidance_scale": 1.0, "audio_stg_scale": 0.0, "audio_modality_scale": 1.0,
    "audio_guidance_rescale": 0.0, "spatio_temporal_guidance_blocks": None,
}  # fmt: skip
"""The distilled model takes no guidance of any kind."""


class Calls:
    """The calls of one task."""

    def __init__(self, sheet: CallSheet) -> None:
        self._sheet = sheet
        self._card = sheet.card

    def load(self) -> Steps[Loaded]:
        """Fetch and load the model, or take it warm, and say so first."""
        yield from fetch(self._card)
        yield Progress(done=0, total=1, note="loads the model")
        return self.loaded()

    def loaded(self) -> Loaded:
        """Load the model, or take it warm."""
        return load(self._card, folder_of(self._card), pipes.build)

    def made(  # noqa: PLR0913  # one call of a pipeline is these things
        self,
        loaded: Loaded,
        like: Latents,
        words: Mapping[str, torch.Tensor],
        pinned: Sequence[Pinned],
        *,
        frames: int,
        sigmas: Sequence[float],
        start: Piece | None = None,
        noised: bool = False,
        control: Control | None = None,
    ) -> Steps[Piece]:
        """Denoise once; from `start`, with the noise of the first sigma unless it is `noised`."""
        pipe, ratio = loaded.pipe, footage.ratio(loaded)
        width, height = like.size
        length = -(-(frames - 1) // ratio) * ratio + 1
        how = self._how(loaded, like, total=len(sigmas), drafting=not noised)
        lora = yield from self._folders(() if noised else like.adapters)
        given: dict[str, Any] = {}
        if control:
            lora |= yield from self._folders([control.adapter])
            factor = reference_factor(lora[control.adapter])
            pipe = pipes.following_mode(loaded)
            given, tokens = pipes.followed(pipe, control, frames=length, factor=factor)
            how = replace(how, meanwhile=partial(pipes.reaching, pipe, tokens))
        if start:
            given |= {
                "latents": footage.tensor(start.video, loaded),
                "audio_latents": footage.tensor(start.audio, loaded),
                "noise_scale": 0.0 if noised else sigmas[0],
            }
        video, audio = yield from denoise(
            loaded,
            pipe,
            how,
            lora,
            conditions=pipes.conditions(pipe, pinned) or None,
            width=width,
            height=height,
            num_frames=length,
            frame_rate=float(Rate.parse(like.rate).value),
            sigmas=list(sigmas),
            use_cross_timestep=self._crossed,
            generator=loaded.noise(like.seed),
            output_type="latent",
            return_dict=False,
            **{name: tensor.to(loaded.device) for name, tensor in words.items()},
            **given,
            **PLAIN,
        )
        return Piece(first=0, own=0, video=footage.array(video), audio=footage.array(audio))

    def relit(
        self, loaded: Loaded, latents: Latents, words: Mapping[str, torch.Tensor]
    ) -> Steps[Latents]:
        """Make display footage again as logarithmic codes, which hold light past white."""
        pipe, lora = pipes.hdr_mode(loaded), (yield from self._folders(("hdr",)))
        width, height = latents.size
        how = self._how(loaded, latents, total=len(DISTILLED_SIGMA_VALUES), drafting=False)
        pieces = []
        for piece in latents.pieces:
            shown = yield from compute(loaded, partial(footage.decode, loaded, piece.video))
            video, _ = yield from denoise(
                loaded,
                pipe,
                how,
                lora,
                reference_conditions=[pipes.reference(coded(shown))],
                width=width,
                height=height,
                num_frames=len(shown),
                frame_rate=float(Rate.parse(latents.rate).value),
                sigmas=list(DISTILLED_SIGMA_VALUES),
                use_cross_timestep=self._crossed,
                generator=loaded.noise(latents.seed),
                output_type="latent",
                return_dict=False,
                **{name: tensor.to(loaded.device) for name, tensor in words.items()},
            )
            pieces.append(replace(piece, video=footage.array(video)))
        return replace(latents, pieces=tuple(pieces), light="logc3")

    @property
    def _crossed(self) -> bool:
        """Tell whether sound and picture are modulated by each other's noise, as since LTX-2.3."""
        return bool(self._card.dials.get("cross_timestep", 1))

    def _how(self, loaded: Loaded, latents: Latents, *, total: int, drafting: bool) -> Denoising:
        """Watch one denoising; a task with several of them cannot go on from a checkpoint."""
        alone = len(latents.pieces) <= 1
        return Denoising(
            total=total,
            checkpoints=self._sheet.checkpoints,
            every=loaded.levers.checkpoint_steps if alone else 0,
            tensors=("latents", "audio_latents"),
            blank=pipes.blank,
            drafting=drafting,
        )

    def _folders(self, adapters: Sequence[str]) -> Steps[dict[str, Path]]:
        for name in adapters:
            yield from fetch(self._card, name)
        return {name: folder_of(self._card, name) for name in adapters}

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
        """Encode a text; its padding is left out."""
        pipe, folder = loaded.pipe, folder_of(self._card)

        def work() -> Part:
            with pipes.reading(pipe, folder, loaded.device, loaded.dtype):
                embeds, mask, _, _ = pipe.encode_prompt(
                    text, do_classifier_free_guidance=False, device=loaded.device
                )
            return Part(
                data=pack_words({EMBEDS: embeds, MASK: mask}),
                kind="words",
            )

        return (yield from compute(loaded, work))

    def enlarged(self, loaded: Loaded, latents: Latents, seed: int, sigma: float) -> Latents:
        """Double latents, and lay noise of a level on them and on their sound."""
        upsample = loaded.beside(
            pipes.UPSAMPLER,
            lambda: pipes.upsampler(self._upsampler(), loaded.pipe, loaded.device, loaded.dtype),
        )
        noise = loaded.noise(seed)
        pieces = []
        for piece in latents.pieces:
            (large,) = upsample(
                latents=footage.tensor(piece.video, loaded), output_type="latent", return_dict=False
            )
            video = pipes.noised_video(loaded.pipe, large.float(), sigma, noise)
            audio = pipes.noised_audio(
                loaded.pipe, footage.tensor(piece.audio, loaded), sigma, noise
            )
            pieces.append(replace(piece, video=footage.array(video), audio=footage.array(audio)))
        width, height = latents.size
        wide, high = latents.picture
        return replace(
            latents,
            size=(2 * width, 2 * height),
            picture=(2 * wide, 2 * high),
            seed=seed,
            pieces=tuple(pieces),
            noise=sigma,
        )

    def _upsampler(self) -> Path:
        """Find the upsampler: weights of its own, or in the folder of all the others."""
        apart = pipes.UPSAMPLER in self._card.weights
        return folder_of(self._card, pipes.UPSAMPLER if apart else "base")
