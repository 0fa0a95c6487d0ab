"""Likenesses: a small LoRA learns what a character looks like, from a few pictures of it.

The flow-matching loss of the model itself, on single frames (arXiv 2210.02747): noise is mixed into
a picture's latents, and the LoRA learns the velocity that leads from there to the picture, given
its words. The base's weights stay as they are, to the bit.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from diffusers.utils.state_dict_utils import convert_state_dict_to_diffusers
from numpy.typing import NDArray
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from safetensors.torch import load, save

from farm.digest import digest_bytes
from functions.models.wan import pipes
from functions.models.wan.pipes import Pipe

NAME = "likeness"
TARGETS = ["to_q", "to_k", "to_v", "to_out.0"]
RANK = 16
RATE = 1e-4
SEED = 0


def learn(  # noqa: PLR0913  # what learning takes
    pipe: Pipe,
    pictures: Sequence[NDArray[np.uint8]],
    embeds: torch.Tensor,
    *,
    steps: int,
    shift: float,
    noise: torch.Generator,
) -> Iterator[float]:
    """Train the LoRA `likeness` on pictures, each (1, height, width, 3); yield each step's loss.

    The caller takes it away again with `taken`, whatever happens.
    """
    model = pipe.transformer
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        model.add_adapter(LoraConfig(r=RANK, lora_alpha=RANK, target_modules=TARGETS), NAME)
    model.enable_adapters()
    model.set_adapters([NAME])
    weights = [p for name, p in model.named_parameters() if f".{NAME}." in name]
    for weight in model.parameters():
        weight.requires_grad_(requires_grad=False)
    for weight in weights:
        weight.requires_grad_(requires_grad=True)
    with torch.no_grad():
        clean = [
            pipes.normalised(pipe, pipes.encode(pipe, one.astype(np.float32) / np.float32(255)))
            for one in pictures
        ]
    optimizer = torch.optim.AdamW(weights, lr=RATE * 10 if steps < 100 else RATE)
    words = embeds.to(model.dtype)
    for step in range(steps):
        yield _step(model, clean[step % len(clean)], words, optimizer, shift=shift, noise=noise)


def taken(pipe: Pipe) -> bytes:
    """Take the LoRA off the model; return it as safetensors, the same weights as the same bytes."""
    state = get_peft_model_state_dict(pipe.transformer, adapter_name=NAME)
    pipe.transformer.delete_adapters([NAME])
    named = {
        f"transformer.{name}": tensor.detach().float().cpu().contiguous()
        for name, tensor in sorted(convert_state_dict_to_diffusers(state).items())
    }
    return bytes(save(named))


def dropped(pipe: Pipe) -> None:
    """Take a half-trained LoRA off the model, if there is one."""
    if NAME in getattr(pipe.transformer, "peft_config", {}):
        pipe.transformer.delete_adapters([NAME])


def name_of(data: bytes) -> str:
    """Name the adapter that holds a likeness."""
    return f"{NAME}_{digest_bytes(data)[:16]}"


def put_on(
    pipe: Pipe,
    likenesses: Sequence[bytes],
) -> Mapping[str, float]:
    """Let a pipeline hold exactly these likenesses; return their adapters and weights."""
    wanted = {name_of(data): data for data in likenesses}
    there = {name for names in pipe.get_list_adapters().values() for name in names}
    for name in there:
        if name.startswith(f"{NAME}_") and name not in wanted:
            pipe.delete_adapters([name])
    for name, data in wanted.items():
        if name not in there:
            pipe.load_lora_weights(load(data), adapter_name=name)
    return dict.fromkeys(wanted, 1.0)


def _step(  # noqa: PLR0913  # one step of training
    model: Pipe,
    clean: torch.Tensor,
    words: torch.Tensor,
    optimizer: torch.optim.Optimizer,
    *,
    shift: float,
    noise: torch.Generator,
) -> float:
    """Mix noise in at a random level, shifted as when sampling, and learn the velocity."""
    even = float(torch.rand((), generator=noise))
    sigma = shift * even / (1 + (shift - 1) * even)
    field = torch.randn(clean.shape, generator=noise).to(clean.device)
    mixed = sigma * field + (1 - sigma) * clean
    said = model(
        hidden_states=mixed.to(model.dtype),
        timestep=torch.tensor([sigma * 1000], device=clean.device),
        encoder_hidden_states=words,
        return_dict=False,
    )[0]
    loss: Any = torch.nn.functional.mse_loss(said.float(), field - clean)  # backward has no types
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return float(loss.detach())
