"""LTX's footage between latents and frames: what is decoded, held, or encoded again."""

from typing import Any

import numpy as np
import torch

from farm.frames import FrameRange, Rate
from functions.models.diffusion.latents import Array, Latents, Piece
from functions.models.diffusion.loading import Loaded
from functions.models.diffusion.pictures import Codes, coded
from functions.models.ltx import pipes


def tail(loaded: Loaded, latents: Latents, most: int) -> Codes:
    """Decode the last frames, at most so many, and as many as whole latents take."""
    count = (min(most, latents.frames) - 1) // ratio(loaded) * ratio(loaded) + 1
    return frames(loaded, latents, latents.frames - count, latents.frames)


def frames(loaded: Loaded, latents: Latents, first: int, stop: int) -> Codes:
    """Decode some frames at the size of the latents, in 8 bits, as the model is given them."""
    shown = []
    for piece, own in latents.shares(FrameRange(first, min(stop, latents.frames) - 1)):
        decoded = decode(loaded, piece.video)
        shown += [coded(decoded[frame - piece.first]) for frame in own]
    return np.stack(shown)


def whole(loaded: Loaded, latents: Latents, count: int) -> Piece:
    """Return footage as one piece of at least so many frames, its end held where it is short.

    Several pieces are encoded again as one; one piece is taken as it is.
    """
    length = -(-(count - 1) // ratio(loaded)) + 1
    video = _held(latents.pieces[0].video, length)
    if len(latents.pieces) > 1:
        shown = frames(loaded, latents, 0, latents.frames)
        short = (length - 1) * ratio(loaded) + 1 - len(shown)
        held = np.pad(shown, ((0, short), *3 * ((0, 0),)), mode="edge")
        video = array(pipes.encode(loaded.pipe, held))
    audio = _held(_sound(loaded, latents), _moments(loaded, latents, span_of(loaded, length)))
    return Piece(first=0, own=0, video=video, audio=audio)


def decode(loaded: Loaded, video: Array) -> Array:
    """Decode latents to (frames, height, width, 3) of display codes, 0 to 1."""
    return pipes.decode(loaded.pipe, tensor(video, loaded))


def span(loaded: Loaded, piece: Piece) -> int:
    """Count the frames that a piece's latents hold."""
    return span_of(loaded, piece.video.shape[2])


def span_of(loaded: Loaded, length: int) -> int:
    """Count the frames that so many latents hold."""
    return (length - 1) * ratio(loaded) + 1


def ratio(loaded: Loaded) -> int:
    """Count the frames of a latent; the first holds one alone."""
    count: int = loaded.pipe.vae_temporal_compression_ratio
    return count


def tensor(values: Array | None, loaded: Loaded) -> Any:  # noqa: ANN401  # a tensor, or None as diffusers takes it
    """Put an array on the model's device."""
    return None if values is None else torch.from_numpy(values.copy()).to(loaded.device)


def array(values: torch.Tensor) -> Array:
    """Take a tensor from the model's device."""
    kept: Array = values.detach().float().cpu().numpy()
    return kept


def _sound(loaded: Loaded, latents: Latents) -> Array:
    """Join the sound of all pieces, each from the first frame that is its own."""
    sounds = []
    for piece in latents.pieces:
        assert piece.audio is not None
        sounds.append(piece.audio[:, :, _moments(loaded, latents, piece.own - piece.first) :])
    return np.concatenate(sounds, axis=2)


def _moments(loaded: Loaded, latents: Latents, count: int) -> int:
    """Count the moments of sound that go with so many frames."""
    return pipes.sound_length(loaded.pipe, count / float(Rate.parse(latents.rate).value))


def _held(values: Array, length: int) -> Array:
    """Cut or hold the third axis (frames, or moments of sound) to a length."""
    short = length - values.shape[2]
    if short <= 0:
        return values[:, :, :length]
    return np.concatenate([values, np.repeat(values[:, :, -1:], short, axis=2)], axis=2)
