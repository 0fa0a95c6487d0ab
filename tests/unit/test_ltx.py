"""LTX at a hundred thousand random parameters: steps, checkpoints, conditions, latents, levers."""

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from diffusers.models.attention_dispatch import _AttentionBackendRegistry as Registry

from farm.cards import card_for, load_cards
from farm.cards.card import Card, Weights
from farm.errors import OutOfMemoryError, TaskError
from farm.frames import FrameRange
from farm.media.sound import read_wav
from farm.shots.request import KeyPicture, Request
from farm.shots.spec import Camera
from farm.store import open_store
from farm.task import Needs, Progress, Task
from farm.tiles import tiles
from functions.bench import Bench
from functions.footage import open_model
from functions.models.base import CallSheet, State
from functions.models.diffusion import latents, levers, steps
from functions.models.diffusion.latents import Latents
from functions.models.ltx import pipes
from functions.models.ltx.model import Ltx, open_ltx
from functions.models.weights import record
from tests.tiny.ltx import set_up_tiny_ltx
from tests.unit.mirror import mirror_of

SIZE = (128, 72)


class Kept:
    """Checkpoints in memory."""

    def __init__(self) -> None:
        self.last: tuple[int, bytes] | None = None

    def latest(self) -> tuple[int, bytes] | None:
        return self.last

    def keep(self, step: int, data: bytes) -> None:
        self.last = (step, data)


class Forgetful(Kept):
    """No checkpoints: every draft begins at its beginning."""

    def latest(self) -> None:
        return None


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Card]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in set_up_tiny_ltx(tmp_path_factory.mktemp("tiny")).items():
            patch.setenv(name, value)
        load_cards.cache_clear()
        yield card_for("ltx-tiny")
    load_cards.cache_clear()


@pytest.fixture
def ltx(card: Card) -> Ltx:
    return opened(card)


def opened(card: Card, *, kept: Kept | None = None, **files: Path) -> Ltx:
    return open_ltx(CallSheet(card=card, files=files, checkpoints=kept or Forgetful()))


def request(**more: object) -> Request:
    return Request(**{"prompt": "a red fox", "frames": 12, "rate": 24, "size": SIZE, **more})


def driven(making: object) -> tuple[State, list[Progress]]:
    told = []
    while True:
        try:
            told.append(next(making))
        except StopIteration as end:
            return end.value, told


def made(making: object) -> State:
    return driven(making)[0]


def frames_of(model: Ltx, state: State, first: int, last: int, size=SIZE) -> np.ndarray:
    return np.stack(list(model.render(state, FrameRange(first, last), size=size)))


def test_a_draft_tells_of_every_step_and_gives_the_same_bits_again(ltx):
    state, told = driven(ltx.draft(request(), seed=7))
    assert [p.done for p in told if p.note == "steps"] == list(range(1, 9))
    assert made(ltx.draft(request(), seed=7)) == state
    assert made(ltx.draft(request(), seed=8)).data != state.data
    assert state.frames == 12


def test_a_draft_has_pictures_of_the_size_and_length_that_were_asked(ltx):
    shown = frames_of(ltx, made(ltx.draft(request(), seed=7)), 0, 11)
    assert shown.shape == (12, 72, 128, 3)
    assert shown.dtype == np.float32
    assert shown.std() > 0.01


def test_sound_lies_beside_the_picture_and_lasts_as_long(ltx, tmp_path):
    state = made(ltx.draft(request(), seed=7))
    longer = made(ltx.extend(state, frames=6, seed=3))
    for one, seconds in ((state, 0.5), (longer, 0.75)):
        path = tmp_path / "sound.wav"
        path.write_bytes(one.beside["audio"].data)
        assert read_wav(path).seconds == pytest.approx(seconds, abs=1e-3)


def test_words_that_were_encoded_before_give_the_same_draft(card, ltx, tmp_path, monkeypatch):
    alone = made(ltx.draft(request(), seed=7))
    part, _ = driven(ltx.encode(request()))
    path = tmp_path / "words"
    path.write_bytes(part.data)
    monkeypatch.delattr(pipes, "reading")  # nobody may read again
    assert made(opened(card, words=path).draft(request(), seed=7)) == alone
    assert steps_pipe(card).text_encoder is None


def test_a_keyframe_may_lie_on_any_frame_and_changes_the_picture(card, ltx, tmp_path):
    path = tmp_path / "key.png"
    cv2.imwrite(str(path), np.full((90, 160, 3), 200, np.uint8))
    plain = made(ltx.draft(request(), seed=7)).data
    seen = {plain}
    for frame in (0, 5, 6, 11):
        asked = request(keyframes=(KeyPicture(frame=frame, file="keyframe.0"),))
        seen.add(made(opened(card, **{"keyframe.0": path}).draft(asked, seed=7)).data)
    assert len(seen) == 5


def test_an_extension_leaves_the_frames_before_it_to_the_bit(ltx):
    state = made(ltx.draft(request(), seed=7))
    longer = made(ltx.extend(state, frames=7, seed=3))
    assert longer.frames == 19
    before, after = frames_of(ltx, state, 0, 11), frames_of(ltx, longer, 0, 18)
    assert (after[:12] == before).all()
    assert made(ltx.extend(state, frames=7, seed=4)).data != longer.data


def test_a_loop_keeps_its_length_and_begins_as_its_take_does(ltx):
    state = made(ltx.extend(made(ltx.draft(request(), seed=7)), frames=7, seed=3))
    closed = made(ltx.loop(state))
    assert closed.frames == 19
    assert len(latents.unpack(closed.data).pieces) == 1
    assert made(ltx.loop(state)) == closed
    assert frames_of(ltx, closed, 0, 18).shape[0] == 19


def test_a_master_comes_from_the_drafts_own_latents(ltx):
    state = made(ltx.draft(request(), seed=7))
    canvas = made(ltx.enlarge(state, frames=FrameRange(0, 11), seed=5))
    draft, large = latents.unpack(state.data), latents.unpack(canvas.data)
    pipe = steps_pipe(ltx._card)
    upsampled = upsampled_from(ltx, draft)
    noise = torch.randn(upsampled.shape, generator=torch.Generator().manual_seed(5))
    mean, std = (
        pipe.vae.latents_mean.view(1, -1, 1, 1, 1),
        pipe.vae.latents_std.view(1, -1, 1, 1, 1),
    )
    expected = 0.909375 * noise * std + 0.090625 * (upsampled - mean) + mean
    np.testing.assert_allclose(large.pieces[0].video, expected.numpy(), atol=1e-5)
    assert large.noise == pytest.approx(0.909375)


def test_tiles_refined_in_any_order_give_the_same_bits(ltx):
    state = made(ltx.draft(request(), seed=7))
    canvas = made(ltx.enlarge(state, frames=FrameRange(0, 11), seed=5))
    whole = latents.unpack(canvas.data)
    cuts = tiles(whole.size, edge=192, overlap=64, cell=32)
    assert len(cuts) > 1
    forward = {tile: refined(ltx, canvas, tile) for tile in cuts}
    backward = {tile: refined(ltx, canvas, tile) for tile in reversed(cuts)}
    one = latents.merge(whole, [(tile, forward[tile]) for tile in cuts])
    other = latents.merge(whole, [(tile, backward[tile]) for tile in cuts])
    assert latents.pack(one) == latents.pack(other)
    shown = frames_of(ltx, one.state(canvas.beside), 0, 2, size=(256, 144))
    assert shown.shape == (3, 144, 256, 3)


def test_a_tasks_light_is_read_on_the_cores_that_it_asked_for(card, tmp_path):
    task = Task(stage="master", version=1, params={}, engine=card.engine, needs=Needs(cpu=3))
    store = open_store(f"file:{tmp_path / 'store'}")
    model = open_model(Bench(task=task, store=store, scratch=tmp_path))
    assert model._sheet.threads == 3


def test_a_canvas_with_noise_on_it_is_not_shown(ltx):
    canvas = made(ltx.enlarge(made(ltx.draft(request(), seed=7)), frames=FrameRange(0, 11), seed=5))
    with pytest.raises(TaskError, match="noise"):
        frames_of(ltx, canvas, 0, 1)


@pytest.mark.parametrize("stopped_after", [3, 5, 7])
def test_a_draft_that_was_cut_off_goes_on_at_its_step_to_the_same_bits(card, stopped_after):
    undisturbed = made(opened(card).draft(request(), seed=7))
    kept = Kept()
    making = opened(card, kept=kept).draft(request(), seed=7)
    for progress in making:
        if progress.note == "steps" and progress.done == stopped_after:
            break
    making.close()
    assert kept.last is not None
    assert kept.last[0] in {stopped_after - 1, stopped_after, stopped_after + 1}
    first = kept.last[0]
    calls = levers.count_calls(steps_pipe(card).transformer)
    try:
        again, told = driven(opened(card, kept=kept).draft(request(), seed=7))
    finally:
        calls.stop()
    assert calls.calls == 8 - first
    assert told[1] == Progress(done=first, total=8, note="steps, going on")
    assert again == undisturbed


def test_weights_are_fetched_with_progress_before_the_model_is_loaded(card, tmp_path, monkeypatch):
    source = Path(os.environ["FARM_WEIGHTS"]) / card.weights["base"].hub
    folder = tmp_path / "stock" / card.weights["base"].hub / "unpinned"
    shutil.copytree(source, folder)
    record(folder)
    with mirror_of(tmp_path / "stock") as mirror:
        monkeypatch.setenv("FARM_WEIGHTS", mirror.url)
        monkeypatch.setenv("FARM_WEIGHTS_CACHE", str(tmp_path / "kept"))
        _, told = driven(opened(card).draft(request(), seed=7))
    notes = list(dict.fromkeys(progress.note for progress in told))
    assert notes[:2] == ["MB of weights", "loads the model"]


def test_closing_a_draft_stops_it_at_its_next_step(card):
    calls = levers.count_calls(steps_pipe(card).transformer)
    try:
        making = opened(card).draft(request(), seed=7)
        while next(making).note != "steps":
            pass
        making.close()
    finally:
        calls.stop()
    assert calls.calls < 8
    assert not [t for t in threading.enumerate() if t.name.startswith("farm-denoise")]


def test_work_without_steps_gives_a_sign_of_life(monkeypatch):
    monkeypatch.setattr(steps, "HEARTBEAT_SECONDS", 0.01)
    done = threading.Event()
    making = steps.beside(lambda *_: done.wait(10))
    assert [next(making).note for _ in range(3)] == ["at work"] * 3
    done.set()
    assert driven(making)[0] is True


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:124] . DefaultCPUAllocator: can't allocate memory"
        ),
        MemoryError(),
    ],
)
def test_want_of_memory_is_told_in_the_farms_words(card, ltx, monkeypatch, error):
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(steps_pipe(card).transformer, "forward", fail)
    with pytest.raises(OutOfMemoryError):
        made(ltx.draft(request(), seed=7))


def test_the_attention_backend_is_put_back_after_every_task(card, ltx):
    before = Registry._active_backend
    made(opened(with_levers(card, attention="_native_math")).draft(request(), seed=7))
    assert Registry._active_backend == before
    plain = made(ltx.draft(request(), seed=7))
    made(opened(with_levers(card, attention="_native_math")).draft(request(), seed=7))
    assert made(ltx.draft(request(), seed=7)) == plain


def test_the_attention_backend_is_put_back_after_a_task_that_failed(card, monkeypatch):
    before, seen = Registry._active_backend, []

    def fail(*_: object, **__: object) -> None:
        seen.append(Registry._active_backend)
        raise ZeroDivisionError

    slow = with_levers(card, attention="_native_math")
    monkeypatch.setattr(steps_pipe(slow).transformer, "forward", fail)
    with pytest.raises(ZeroDivisionError):
        made(opened(slow).draft(request(), seed=7))
    assert seen[0] != before == Registry._active_backend


def test_levers_that_change_pixels_are_in_the_fingerprint(card):
    said = {
        with_levers(card, **change).engine.fingerprint
        for change in ({}, {"dtype": "bfloat16"}, {"vae_tiling": True}, {"attention": "flash"})
    }
    assert len(said) == 4
    assert with_levers(card, offload=True).engine == card.engine


def test_fp8_is_counted_and_changes_the_bits(card, ltx):
    cast = made(opened(with_levers(card, fp8=True)).draft(request(), seed=7))
    assert cast.data != made(ltx.draft(request(), seed=7)).data


def test_a_cache_that_skips_steps_changes_the_draft_and_its_model_must_have_blocks(card):
    quick = with_levers(card, draft_cache="taylor")
    state = made(opened(quick).draft(request(), seed=7))
    assert state.data != made(opened(card).draft(request(), seed=7)).data
    module = torch.nn.Sequential()
    with pytest.raises(TaskError, match="no row of blocks"):
        levers._last_block(module)


def test_a_lever_that_counts_nothing_is_an_error():
    with pytest.raises(TaskError, match="nothing came through"), levers.attention("native"):
        pass


def test_an_adapter_for_the_camera_acts_for_its_move_alone(card, ltx):
    weights = {**card.weights, "camera.dolly_in": Weights(hub="tiny/dolly", gb=0.001)}
    able = card.model_copy(update={"weights": weights})
    plain = made(ltx.draft(request(camera=Camera(moves=("dolly_in",))), seed=7))
    moved = made(opened(able).draft(request(camera=Camera(moves=("dolly_in",))), seed=7))
    assert latents.unpack(moved.data).adapters == ("camera.dolly_in",)
    assert pixels(moved) != pixels(plain)
    still = request(camera=Camera(moves=("static",)))
    assert made(opened(able).draft(still, seed=7)) == made(ltx.draft(still, seed=7))
    longer = made(opened(able).extend(moved, frames=7, seed=3))
    assert latents.unpack(longer.data).adapters == ("camera.dolly_in",)


def test_a_native_master_is_relit_in_logarithmic_codes(card, ltx):
    weights = {**card.weights, "hdr": Weights(hub="tiny/hdr", gb=0.001)}
    can = card.can.model_copy(update={"hdr": "native"})
    able = opened(card.model_copy(update={"weights": weights, "can": can}))
    state = made(able.draft(request(), seed=7))
    assert latents.unpack(state.data).light == "reconstructed"
    canvas = made(able.enlarge(state, frames=FrameRange(0, 11), seed=5))
    relit = latents.unpack(canvas.data)
    assert relit.light == "logc3"
    assert made(able.enlarge(state, frames=FrameRange(0, 11), seed=5)) == canvas
    whole = kept_whole(able, canvas)
    shown = frames_of(able, whole.state(canvas.beside), 0, 2, size=(256, 144))
    assert shown.min() < 0
    assert made(ltx.draft(request(), seed=7)) == state


def kept_whole(model: Ltx, canvas: State) -> Latents:
    whole = latents.unpack(canvas.data)
    cuts = tiles(whole.size, edge=192, overlap=64, cell=32)
    return latents.merge(whole, [(tile, refined(model, canvas, tile)) for tile in cuts])


def pixels(state: State) -> bytes:
    return latents.unpack(state.data).pieces[0].video.tobytes()


def with_levers(card: Card, **change: object) -> Card:
    assert card.levers
    return card.model_copy(update={"levers": card.levers.model_copy(update=change)})


def refined(model: Ltx, canvas: State, tile: object) -> Latents:
    return latents.unpack(made(model.refine(canvas, tile=tile)).data)


def steps_pipe(card: Card):
    return opened(card)._calls.loaded().pipe


def upsampled_from(model: Ltx, draft: Latents) -> torch.Tensor:
    loaded = model._calls.loaded()
    with torch.inference_mode():
        (large,) = loaded.extras["latent_upsampler"](
            latents=torch.from_numpy(draft.pieces[0].video.copy()),
            output_type="latent",
            return_dict=False,
        )
    return large
