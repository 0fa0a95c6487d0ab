"""Levers: settings that trade bits for speed or memory, each counted, so that none is a no-op."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import diffusers as untyped
import torch
from diffusers.models import attention_dispatch as dispatch

from farm.cards.card import Levers
from farm.errors import TaskError

diffusers: Any = untyped  # it carries no types
DENOISERS = ("transformer", "transformer_2", "unet")
BLOCKS = ("transformer_blocks", "blocks")


def pull(
    pipe: Any,  # noqa: ANN401  # diffusers carries no types
    levers: Levers,
    *,
    device: torch.device,
    dtype: torch.dtype,
    beside: Any = None,  # noqa: ANN401  # the same
) -> None:
    """Set a pipeline up as its card says, once, and see that every lever took hold.

    What it shares with the pipeline `beside` which it stands is set up already.
    """
    shared = list(beside.components.values()) if beside else []
    own: dict[str, Any] = {  # diffusers carries no types
        name: module
        for name, module in pipe.components.items()
        if isinstance(module, torch.nn.Module) and not any(module is other for other in shared)
    }
    working = {name: module for name, module in own.items() if name in DENOISERS}
    if levers.fp8:
        for name, module in working.items():
            module.enable_layerwise_casting(storage_dtype=torch.float8_e4m3fn, compute_dtype=dtype)
            stored = sum(p.dtype == torch.float8_e4m3fn for p in module.parameters())
            _expect(stored, f"fp8: no weight of the {name} is stored so")
    if levers.vae_tiling and "vae" in own:
        pipe.vae.enable_tiling()
        _expect(int(pipe.vae.use_tiling), "vae_tiling: the autoencoder does not tile")
    if levers.compile:
        for name, module in working.items():
            module.compile_repeated_blocks(fullgraph=True)
            compiled = sum(m._compiled_call_impl is not None for m in module.modules())  # noqa: SLF001  # the only trace that compile leaves
            _expect(compiled, f"compile: no block of the {name} is compiled")
    _place(own.values(), levers, device=device)


@contextlib.contextmanager
def in_force(denoising: Any, levers: Levers, *, drafting: bool) -> Iterator[None]:  # noqa: ANN401  # diffusers carries no types
    """Hold the levers that are global to a process for one task, and put them back after it.

    They are counted where a pipeline is `denoising`.
    """
    with contextlib.ExitStack() as stack:
        counted = denoising is not None and not levers.compile
        if levers.attention:
            stack.enter_context(attention(levers.attention, counted=counted))
        if drafting and levers.draft_cache != "none":
            for module in denoisers(denoising).values():
                stack.enter_context(step_cache(module, levers))
        yield


@contextlib.contextmanager
def attention(backend: str, *, counted: bool = True) -> Iterator[None]:
    """Use an attention backend; raises TaskError if nothing came through it.

    The active backend is one for the whole process: without putting it back, the next model in a
    warm worker would silently use it.
    """
    registry = dispatch._AttentionBackendRegistry  # noqa: SLF001  # it has no public face
    name = dispatch.AttentionBackendName(backend)
    own, calls = registry._backends[name], [0]  # noqa: SLF001  # the same

    def counting(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # passed on as they come
        calls[0] += 1
        return own(*args, **kwargs)

    with dispatch.attention_backend(backend):
        registry._backends[name] = counting if counted else own  # noqa: SLF001  # the same
        try:
            yield
        finally:
            registry._backends[name] = own  # noqa: SLF001  # the same
    if counted:
        _expect(calls[0], f"attention: nothing came through the backend {backend}")


@contextlib.contextmanager
def step_cache(module: Any, levers: Levers) -> Iterator[None]:  # noqa: ANN401  # diffusers carries no types
    """Skip work between steps of a draft; raises TaskError if none was skipped.

    The last block is counted within whatever the cache wraps around it.
    """
    whole, last = count_calls(module), count_calls(_last_block(module))
    module.enable_cache(_cache(levers))
    try:
        yield
    finally:
        module.disable_cache()
        last.stop()
        whole.stop()
    skipped = whole.calls - last.calls
    _expect(skipped, f"draft_cache: {levers.draft_cache} skipped no step of {whole.calls}")


class count_calls:  # noqa: N801  # it reads as a verb
    """Count how often a module runs, until told to stop."""

    def __init__(self, module: torch.nn.Module) -> None:
        self.calls = 0
        self._own = module.forward
        self._module = module
        module.forward = self._count

    def stop(self) -> None:
        """Leave the module as it was."""
        self._module.forward = self._own

    def _count(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # passed on as they come
        self.calls += 1
        return self._own(*args, **kwargs)


def denoisers(pipe: Any) -> dict[str, Any]:  # noqa: ANN401  # diffusers carries no types
    """Return the modules that run at every step, by name."""
    found = {name: getattr(pipe, name, None) for name in DENOISERS}
    return {name: module for name, module in found.items() if module is not None}


def _place(modules: Iterable[torch.nn.Module], levers: Levers, *, device: torch.device) -> None:
    """Move the weights to their device, or only those that are in use at a time.

    Without an accelerator there is no other memory to offload to: the weights lie where they run.
    """
    for component in modules:
        if not levers.offload or device.type == "cpu":
            component.to(device)
            continue
        diffusers.hooks.apply_group_offloading(
            component,
            onload_device=device,
            offload_device=torch.device("cpu"),
            offload_type="leaf_level",
            use_stream=True,
        )
        hooks = sum(hasattr(module, "_diffusers_hook") for module in component.modules())
        _expect(hooks, f"offload: no layer of the {type(component).__name__} is offloaded")


def _cache(levers: Levers) -> object:
    make: dict[str, Callable[[], object]] = {
        "first_block": lambda: diffusers.FirstBlockCacheConfig(
            threshold=levers.draft_cache_threshold
        ),
        "taylor": lambda: diffusers.TaylorSeerCacheConfig(
            cache_interval=2, max_order=1, disable_cache_before_step=2, use_lite_mode=True
        ),
    }
    return make[levers.draft_cache]()


def _last_block(module: Any) -> Any:  # noqa: ANN401  # diffusers carries no types
    blocks = next((getattr(module, name) for name in BLOCKS if hasattr(module, name)), None)
    if blocks is None:
        raise TaskError(f"draft_cache: {type(module).__name__} has no row of blocks to count")
    return blocks[-1]


def _expect(count: int, problem: str) -> None:
    if not count:
        raise TaskError(problem, hint="the lever does nothing here: take it off the card")
