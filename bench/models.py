"""How long a generative model takes, at its published size and with random weights.

What a step costs depends on the shapes of the weights and not on their values, so nothing is
downloaded: the transformers and the video autoencoders of Wan 2.1 (1.3 billion parameters) and
LTX-2 (19 billion) are made from their published configurations on the GPU. Text encoders are left
out; their work is done once a shot. A master's seconds are those of its tiles and of decoding it,
counted from one tile: how they spread over several GPUs is counted too, and says so.

Without a GPU nothing of that size can be measured, and it is said; the same code then runs at a
size of toys, to show that it works.

    python -m bench.models [--model wan-2.1-1.3b|ltx-2-19b|all] [--seconds 5] [--toy]
"""

import argparse
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import diffusers
import torch

from farm.tiles import Span, levels, on_grid, tiles

MASTER = (3840, 2160)
GPUS = (1, 2, 4, 8)
WARM_UPS, ROUNDS = 1, 3
GIGABYTE = 1e9
WAN = {
    "patch_size": (1, 2, 2), "in_channels": 16, "out_channels": 16, "cross_attn_norm": True,
    "qk_norm": "rms_norm_across_heads",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where a model runs, and in which numbers."""

    device: torch.device
    dtype: torch.dtype


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Footage as a model sees it: pixels, frames, and the latents that hold them."""

    size: Span
    frames: int
    ratio: Span

    @property
    def latent(self) -> tuple[int, int, int]:
        """Return frames, height and width of the latents."""
        space, time_ = self.ratio
        return (self.frames - 1) // time_ + 1, self.size[1] // space, self.size[0] // space


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A model to measure; `call` runs its transformer once on footage of a shape."""

    name: str
    draft: Span
    rate: int
    ratio: Span
    cell: int
    edge: int
    overlap: int
    draft_steps: int
    tile_steps: int
    transformer: Callable[[], Any]
    vae: Callable[[], Any]
    channels: int
    call: Callable[[Any, torch.Tensor], object]


def wan(*, toy: bool) -> Subject:
    """Wan 2.1 T2V 1.3B, by transformer/config.json of Wan-AI/Wan2.1-T2V-1.3B-Diffusers."""
    small: dict[str, Any] = {"num_attention_heads": 2, "attention_head_dim": 12, "ffn_dim": 32,
        "num_layers": 2, "text_dim": 32, "freq_dim": 32}  # fmt: skip
    full: dict[str, Any] = {"num_attention_heads": 12, "attention_head_dim": 128, "ffn_dim": 8960,
        "num_layers": 30, "text_dim": 4096, "freq_dim": 256}  # fmt: skip
    config = small if toy else full

    def call(model: Any, latents: torch.Tensor) -> object:  # noqa: ANN401  # diffusers carries no types
        words = latents.new_zeros((1, 512, config["text_dim"]))
        return model(
            hidden_states=latents,
            timestep=torch.tensor([500], device=latents.device),
            encoder_hidden_states=words,
            return_dict=False,
        )

    make: Any = diffusers
    return Subject(
        name="wan-2.1-1.3b",
        draft=(832, 480),
        rate=16,
        ratio=(8, 4),
        cell=16,
        edge=832,
        overlap=128,
        draft_steps=2 * 50,  # with guidance, every step is two
        tile_steps=2 * 6,
        channels=16,
        transformer=lambda: make.WanTransformer3DModel(**WAN, **config),
        vae=lambda: make.AutoencoderKLWan(base_dim=4 if toy else 96),
        call=call,
    )


def ltx(*, toy: bool) -> Subject:
    """LTX-2 19B: the configuration that diffusers' classes have as their defaults."""
    small: dict[str, Any] = {"num_attention_heads": 2, "attention_head_dim": 8, "num_layers": 2,
        "cross_attention_dim": 16, "audio_num_attention_heads": 2, "audio_attention_head_dim": 4,
        "audio_cross_attention_dim": 8, "caption_channels": 16}  # fmt: skip
    config = small if toy else {}
    caption = 16 if toy else 3840

    def call(model: Any, latents: torch.Tensor) -> object:  # noqa: ANN401  # diffusers carries no types
        _, channels, frames, height, width = latents.shape
        moments = round((8 * (frames - 1) + 1) / 24 * 25)
        noise = torch.tensor([500.0], device=latents.device)
        words = latents.new_zeros((1, 1024, caption))
        return model(
            hidden_states=latents.reshape(1, channels, -1).transpose(1, 2),
            audio_hidden_states=latents.new_zeros((1, moments, 128)),
            encoder_hidden_states=words,
            audio_encoder_hidden_states=words,
            timestep=noise,
            audio_timestep=noise,
            sigma=noise,
            audio_sigma=noise,
            num_frames=frames,
            height=height,
            width=width,
            fps=24.0,
            audio_num_frames=moments,
            return_dict=False,
        )

    make: Any = diffusers
    thin: dict[str, Any] = {
        "block_out_channels": (8,) * 3, "decoder_block_out_channels": (8,) * 3,
        "layers_per_block": (1,) * 4, "decoder_layers_per_block": (1,) * 4,
        "spatio_temporal_scaling": (True,) * 3, "decoder_spatio_temporal_scaling": (True,) * 3,
        "decoder_inject_noise": (False,) * 4, "downsample_type": ("spatiotemporal",) * 3,
        "upsample_residual": (False,) * 3, "upsample_factor": (1,) * 3,
    }  # fmt: skip
    return Subject(
        name="ltx-2-19b",
        draft=(960, 540),
        rate=24,
        ratio=(32, 8),
        cell=32,
        edge=1536,
        overlap=256,
        draft_steps=8,
        tile_steps=3,
        channels=128,
        transformer=lambda: make.LTX2VideoTransformer3DModel(**config),
        vae=lambda: make.AutoencoderKLLTX2Video(**(thin if toy else {})),
        call=call,
    )


SUBJECTS: Mapping[str, Callable[..., Subject]] = {"wan-2.1-1.3b": wan, "ltx-2-19b": ltx}


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description="Generative models at their published sizes.")
    parser.add_argument("--model", choices=[*SUBJECTS, "all"], default="all")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long the footage is")
    parser.add_argument("--toy", action="store_true", help="the size of toys, to see that it runs")
    wish = parser.parse_args()
    there = torch.cuda.is_available()
    print(_machine())
    if not there and not wish.toy:
        print("no GPU here: nothing of the published size was measured; what follows are toys")
    for name in SUBJECTS if wish.model == "all" else [wish.model]:
        toy = wish.toy or not there
        measure(SUBJECTS[name](toy=toy), seconds=wish.seconds, toy=toy)


def measure(subject: Subject, *, seconds: float, toy: bool) -> None:
    """Make a model and time it at the shapes of a draft, of a tile, and of a 4K master."""
    there = torch.cuda.is_available()
    device = torch.device("cuda" if there else "cpu")
    place = Place(device, torch.bfloat16 if there else torch.float32)
    master = (256, 144) if toy else MASTER
    draft_box = (128, 72) if toy else subject.draft
    frames = int(seconds * subject.rate) // subject.ratio[1] * subject.ratio[1] + 1
    frames = min(frames, 9) if toy else frames
    model, built = _made(subject.transformer, place)
    parameters = sum(weight.numel() for weight in model.parameters()) / 1e9
    print(f"\n{subject.name}{' as a toy' if toy else ''}: {parameters:.3f} billion parameters")
    print(f"  made on the {device.type} in {built:.1f} s (weights from a disk take longer)")
    draft = Shape(size=on_grid(draft_box, subject.cell), frames=frames, ratio=subject.ratio)
    step = _step(subject, model, draft, place)
    wide, high = draft.size
    print(f"  a draft of {frames} frames at {wide}x{high}: {step:.3f} s a step,"
          f" {step * subject.draft_steps:.1f} s in {subject.draft_steps} of them")  # fmt: skip
    refining = _refining(subject, model, draft, master, place, toy=toy)
    del model
    vae, _ = _made(subject.vae, place)
    vae.enable_tiling()
    shown = _timed(lambda: _decoded(subject, vae, draft, place), device)
    size = on_grid(master, subject.cell)
    final = Shape(size=size, frames=frames, ratio=subject.ratio)
    decoded = _timed(lambda: _decoded(subject, vae, final, place), device)
    print(f"  decoded in tiles: a draft in {shown:.1f} s, a master in {decoded:.1f} s")
    for gpus in GPUS:
        total = decoded + sum(seconds * -(-count // gpus) for seconds, count in refining)
        print(f"  a master of {master[0]}x{master[1]} on {gpus} of it: {total:.0f} s (counted)")
    print(f"  at most {_peak():.1f} GB of the GPU's memory")


def _refining(  # noqa: PLR0913  # what a level is measured with
    subject: Subject,
    model: Any,  # noqa: ANN401  # diffusers carries no types
    draft: Shape,
    master: Span,
    place: Place,
    *,
    toy: bool,
) -> list[tuple[float, int]]:
    """Time one tile of every level; return its seconds, and how many there are."""
    edge, overlap = (96, 32) if toy else (subject.edge, subject.overlap)
    size, found = draft.size, []
    for level in range(1, levels(draft.size, master=master) + 1):
        size = (2 * size[0], 2 * size[1])
        cut = tiles(size, edge=edge, overlap=overlap, cell=subject.cell)
        tile = Shape(size=(cut[0].width, cut[0].height), frames=draft.frames, ratio=draft.ratio)
        step = _step(subject, model, tile, place)
        seconds = step * subject.tile_steps
        print(f"  level {level}, {size[0]}x{size[1]}: {len(cut)} tiles of {tile.size[0]}x"
              f"{tile.size[1]}, each {step:.3f} s a step, {seconds:.1f} s in all")  # fmt: skip
        found.append((seconds, len(cut)))
    return found


def _step(
    subject: Subject,
    model: Any,  # noqa: ANN401  # diffusers carries no types
    shape: Shape,
    place: Place,
) -> float:
    latents = torch.randn(
        (1, subject.channels, *shape.latent), device=place.device, dtype=place.dtype
    )
    return _timed(lambda: subject.call(model, latents), place.device)


def _decoded(
    subject: Subject,
    vae: Any,  # noqa: ANN401  # diffusers carries no types
    shape: Shape,
    place: Place,
) -> object:
    latents = torch.randn(
        (1, subject.channels, *shape.latent), device=place.device, dtype=place.dtype
    )
    return vae.decode(latents, return_dict=False)


def _made(make: Callable[[], Any], place: Place) -> tuple[Any, float]:
    began = time.perf_counter()
    before = torch.get_default_dtype()
    torch.set_default_dtype(place.dtype)
    try:
        with place.device:
            model = make().eval().requires_grad_(requires_grad=False)
    finally:
        torch.set_default_dtype(before)
    _wait(place.device)
    return model, time.perf_counter() - began


def _timed(work: Callable[[], object], device: torch.device) -> float:
    """Return the median seconds of a few rounds, after a warm-up."""
    with torch.inference_mode():
        for _ in range(WARM_UPS):
            work()
        rounds = []
        for _ in range(ROUNDS):
            _wait(device)
            began = time.perf_counter()
            work()
            _wait(device)
            rounds.append(time.perf_counter() - began)
    return sorted(rounds)[len(rounds) // 2]


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


def _peak() -> float:
    return torch.cuda.max_memory_allocated() / GIGABYTE if torch.cuda.is_available() else 0.0


def _machine() -> str:
    made_by = f"torch {torch.__version__}, diffusers {diffusers.__version__}"
    if not torch.cuda.is_available():
        return f"CPU, {made_by}"
    memory = torch.cuda.get_device_properties(0).total_memory / GIGABYTE
    return f"{torch.cuda.get_device_name(0)}, {memory:.0f} GB, {made_by}"


if __name__ == "__main__":
    main()
