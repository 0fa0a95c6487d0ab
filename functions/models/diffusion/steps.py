"""Denoising, step by step: progress, cancelling, a heartbeat, and checkpoints to go on from.

A pipeline runs in a thread of its own while its task tells how far it is. Whoever closes the task
stops the pipeline at its next step.

A checkpoint holds what changes from step to step: the tensors of the loop, and the scheduler's
memory. Going on from one runs the same call with the denoiser passed over for the steps that were
done, and puts the tensors back where they were; so it needs nothing of a pipeline but its
callback, and gives the bits of a run that was never disturbed.
"""

import contextlib
import io
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import torch

from farm.errors import OutOfMemoryError
from farm.task import Progress
from functions.heartbeat import HEARTBEAT_SECONDS
from functions.models.base import Checkpoints, Steps
from functions.models.diffusion.adapters import adapters
from functions.models.diffusion.levers import denoisers, in_force
from functions.models.diffusion.loading import Loaded

T = TypeVar("T")
Tell = Callable[[Progress], None]

SCHEDULE = ("sigmas", "timesteps")
"""What a scheduler sets before the first step, and keeps."""
_NO_MEMORY = ("out of memory", "can't allocate memory", "not enough memory")

_ONE_AT_A_TIME = threading.Lock()
"""A pipeline's scheduler and the attention backend are shared by all threads of a process."""


class StoppedError(Exception):
    """Nobody waits for this work any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Denoising:
    """How a pipeline's steps are watched.

    `tensors` are the loop's own by name, all that a step changes; `blank` makes what a denoiser
    returns when it is passed over, from the arguments of its call; `every` is how many steps lie
    between checkpoints, 0 for none; `meanwhile` is held while it runs. Drafts may skip work between
    steps, as the card says.
    """

    total: int
    checkpoints: Checkpoints
    every: int = 0
    tensors: tuple[str, ...] = ("latents",)
    blank: Callable[[Mapping[str, Any]], object]
    drafting: bool = False
    note: str = "steps"
    meanwhile: Callable[[], contextlib.AbstractContextManager[object]] = contextlib.nullcontext


def denoise(
    loaded: Loaded,
    pipe: Any,  # noqa: ANN401  # diffusers carries no types
    how: Denoising,
    lora: Mapping[str, Path] | None = None,
    **call: Any,  # noqa: ANN401  # the same
) -> Steps[Any]:
    """Call a pipeline and tell of every step; return what the pipeline returns.

    `lora` names adapters that are active meanwhile, each with its folder. Raises OutOfMemoryError
    where the machine's memory does not suffice.
    """

    def work(tell: Tell, stop: threading.Event) -> Any:  # noqa: ANN401  # diffusers carries no types
        watch = _Watch(pipe, how, tell, stop)
        with (
            using(loaded, pipe, drafting=how.drafting),
            adapters(loaded, lora or {}),
            how.meanwhile(),
            watch.passing_over(),
        ):
            return pipe(
                **call,
                callback_on_step_end=watch,
                callback_on_step_end_tensor_inputs=list(how.tensors),
            )

    allowed = [*pipe._callback_tensor_inputs, *how.tensors]  # noqa: SLF001  # it has no other door
    pipe._callback_tensor_inputs = list(dict.fromkeys(allowed))  # noqa: SLF001  # the same
    return (yield from beside(work))


def compute(loaded: Loaded, work: Callable[[], T]) -> Steps[T]:
    """Do work that has no steps to tell of, with a heartbeat meanwhile."""

    def held(_: Tell, __: threading.Event) -> T:
        with using(loaded):
            return work()

    return (yield from beside(held))


@contextlib.contextmanager
def using(
    loaded: Loaded,
    denoising: Any = None,  # noqa: ANN401  # diffusers carries no types
    *,
    drafting: bool = False,
) -> Iterator[None]:
    """Have the pipelines to oneself, without gradients, with their levers in force.

    `denoising` is the pipeline that takes steps meanwhile, if any does: what they skip is counted.
    On a CPU the bits of a sum depend on how many threads share it, which must not be how many
    cores this worker happens to have.
    """
    if loaded.device.type == "cpu":
        torch.set_num_threads(loaded.levers.threads)
    levers = in_force(denoising, loaded.levers, drafting=drafting)
    with _ONE_AT_A_TIME, torch.inference_mode(), _memory_told(), levers:
        yield


def beside(work: Callable[[Tell, threading.Event], T]) -> Steps[T]:
    """Run work in a thread; yield what it tells, or its last word again when it is silent."""
    news: SimpleQueue[Progress | None] = SimpleQueue()
    stop = threading.Event()
    with ThreadPoolExecutor(1, thread_name_prefix="farm-denoise") as pool:
        future: Future[T] = pool.submit(work, news.put, stop)
        future.add_done_callback(lambda _: news.put(None))
        try:
            yield from _told(news)
        finally:
            stop.set()
    return future.result()


def _told(news: "SimpleQueue[Progress | None]") -> Iterator[Progress]:
    last = Progress(done=0, total=1, note="at work")
    while True:
        try:
            word = news.get(timeout=HEARTBEAT_SECONDS)
        except Empty:
            word = last
        if word is None:
            return
        yield word
        last = word


@contextlib.contextmanager
def _memory_told() -> Iterator[None]:
    """Say in the farm's words that memory does not suffice."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise _too_small(error) from error
    except RuntimeError as error:
        if any(words in str(error) for words in _NO_MEMORY):
            raise _too_small(error) from error
        raise


def _too_small(error: BaseException) -> OutOfMemoryError:
    return OutOfMemoryError(
        f"this machine's memory does not suffice ({str(error) or type(error).__name__})",
        hint="it is tried again where there is more; or ask for a smaller frame",
    )


class _Watch:
    """Stands at the end of every step of one call."""

    def __init__(self, pipe: Any, how: Denoising, tell: Tell, stop: threading.Event) -> None:  # noqa: ANN401  # diffusers carries no types
        self._pipe = pipe
        self._how = how
        self._tell = tell
        self._stop = stop
        self._kept = _read(how.checkpoints) if how.every else None
        self._over = contextlib.ExitStack()

    @contextlib.contextmanager
    def passing_over(self) -> Iterator[None]:
        """Pass the denoisers over until the step that was kept."""
        with self._over:
            if self._kept:
                for module in denoisers(self._pipe).values():
                    self._over.enter_context(_passed_over(module, self._how.blank))
            yield

    def __call__(
        self, _: object, index: int, __: object, loop: dict[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        """Tell of a step, keep it, or put back what was kept."""
        if self._stop.is_set():
            raise StoppedError
        step, how = index + 1, self._how
        if self._kept:
            if step == self._kept[0]:
                self._put_back(self._kept[1], loop)
            return loop
        self._tell(Progress(done=step, total=how.total, note=how.note))
        if how.every and step % how.every == 0 and step < how.total:
            how.checkpoints.keep(step, _written(loop, self._pipe.scheduler))
        return loop

    def _put_back(self, kept: Mapping[str, Any], loop: dict[str, torch.Tensor]) -> None:
        """Go on from here: into the loop's own tensors, for not all are asked for again."""
        for name, tensor in loop.items():
            tensor.copy_(kept["tensors"][name])
        vars(self._pipe.scheduler).update(_moved(kept["scheduler"], next(iter(loop.values()))))
        step = self._kept[0] if self._kept else 0
        self._kept = None
        self._over.close()
        self._tell(Progress(done=step, total=self._how.total, note="steps, going on"))


@contextlib.contextmanager
def _passed_over(module: Any, blank: Callable[[Mapping[str, Any]], object]) -> Iterator[None]:  # noqa: ANN401  # diffusers carries no types
    own = module.forward
    module.forward = lambda *_, **kwargs: blank(kwargs)
    try:
        yield
    finally:
        module.forward = own


def _written(loop: Mapping[str, torch.Tensor], scheduler: object) -> bytes:
    body = io.BytesIO()
    tensors = {name: tensor.detach().cpu() for name, tensor in loop.items()}
    memory = {
        name: value
        for name, value in vars(scheduler).items()
        if name not in SCHEDULE and _is_memory(value)
    }
    torch.save({"tensors": tensors, "scheduler": memory}, body)
    return body.getvalue()


def _read(checkpoints: Checkpoints) -> tuple[int, Mapping[str, Any]] | None:
    kept = checkpoints.latest()
    if kept is None:
        return None
    step, data = kept
    return step, torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)


def _is_memory(value: object) -> bool:
    """Tell whether a scheduler's attribute can change from step to step."""
    if isinstance(value, list):
        return all(map(_is_memory, value))
    return value is None or isinstance(value, torch.Tensor | int | float | str)


def _moved(value: Any, like: torch.Tensor) -> Any:  # noqa: ANN401  # a tree of tensors and numbers
    """Put the tensors of a scheduler's memory where the loop's tensors lie."""
    if isinstance(value, dict):
        return {name: _moved(one, like) for name, one in value.items()}
    if isinstance(value, list):
        return [_moved(one, like) for one in value]
    return value.to(like.device) if isinstance(value, torch.Tensor) else value
