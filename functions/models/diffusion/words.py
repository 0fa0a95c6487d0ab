"""Encoded words as an artifact: computed once for a shot, and shared by all that is made of it."""

from collections.abc import Mapping

import torch
from safetensors.torch import load, save

EMBEDS, MASK = "prompt_embeds", "prompt_attention_mask"


def pack_words(words: Mapping[str, torch.Tensor]) -> bytes:
    """Write a prompt's embedding without its padding, which is most of it.

    The embedding is (1, tokens, width), the mask (1, tokens) and 1 where a token says something.
    """
    mask = words[MASK].cpu()
    said = words[EMBEDS].cpu()[:, mask[0].bool()]
    return bytes(save({EMBEDS: said.contiguous(), MASK: mask.contiguous()}))


def unpack_words(data: bytes) -> dict[str, torch.Tensor]:
    """Read an embedding, with zeros where padding was."""
    kept = load(data)
    mask, said = kept[MASK], kept[EMBEDS]
    whole = torch.zeros((1, mask.shape[1], said.shape[2]), dtype=said.dtype)
    whole[:, mask[0].bool()] = said
    return {EMBEDS: whole, MASK: mask}
