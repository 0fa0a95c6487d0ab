"""LTX-Video at a hundred thousand random parameters: drafts, conditions, loops, tiles, masters."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from farm.cards import card_for, load_cards
from farm.cards.card import Card
from farm.frames import FrameRange
from farm.shots.request import KeyPicture
from farm.tiles import tiles
from functions.models.base import CallSheet
from functions.models.diffusion import latents
from functions.models.ltx import video_pipes as pipes
from functions.models.ltx.video_model import LtxVideo, open_ltx_video
from tests.tiny.ltx_video import set_up_tiny_ltx_video
from tests.unit.test_ltx import Forgetful, Kept, driven, frames_of, made, request


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Card]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in set_up_tiny_ltx_video(tmp_path_factory.mktemp("tiny")).items():
            patch.setenv(name, value)
        load_cards.cache_clear()
        yield card_for("ltx-video-tiny")
    load_cards.cache_clear()


@pytest.fixture
def ltx(card: Card) -> LtxVideo:
    return opened(card)


def opened(card: Card, *, kept: Kept | None = None, **files: Path) -> LtxVideo:
    return open_ltx_video(CallSheet(card=card, files=files, checkpoints=kept or Forgetful()))


def test_a_draft_tells_of_every_step_and_gives_the_same_bits_again(ltx):
    state, told = driven(ltx.draft(request(), seed=7))
    assert [p.done for p in told if p.note == "steps"] == list(range(1, 9))
    assert made(ltx.draft(request(), seed=7)) == state
    assert made(ltx.draft(request(), seed=8)).data != state.data
    shown = frames_of(ltx, state, 0, 11)
    assert shown.shape == (12, 72, 128, 3)
    assert shown.std() > 0.01
    assert (frames_of(ltx, state, 3, 5) == shown[3:6]).all()


def test_words_that_were_encoded_before_give_the_same_draft(card, ltx, tmp_path):
    alone = made(ltx.draft(request(), seed=7))
    part, _ = driven(ltx.encode(request()))
    (tmp_path / "words").write_bytes(part.data)
    assert made(opened(card, words=tmp_path / "words").draft(request(), seed=7)) == alone


def test_a_keyframe_may_lie_on_any_frame_and_changes_the_picture(card, ltx, tmp_path):
    path = tmp_path / "key.png"
    cv2.imwrite(str(path), np.full((90, 160, 3), 200, np.uint8))
    seen = {made(ltx.draft(request(), seed=7)).data}
    for frame in (0, 5, 11):
        asked = request(keyframes=(KeyPicture(frame=frame, file="keyframe.0"),))
        seen.add(made(opened(card, **{"keyframe.0": path}).draft(asked, seed=7)).data)
    assert len(seen) == 4


def test_an_extension_leaves_the_frames_before_it_to_the_bit(ltx):
    state = made(ltx.draft(request(), seed=7))
    longer = made(ltx.extend(state, frames=7, seed=3))
    assert longer.frames == 19
    before, after = frames_of(ltx, state, 0, 11), frames_of(ltx, longer, 0, 11)
    np.testing.assert_allclose(after, before, atol=0)


def test_a_loop_keeps_its_length_and_what_is_pinned_through_every_step(ltx, monkeypatch):
    state = made(ltx.extend(made(ltx.draft(request(), seed=7)), frames=7, seed=3))
    closed = made(ltx.loop(state))
    assert (closed.frames, made(ltx.loop(state))) == (19, closed)
    seen = watched(ltx, monkeypatch)
    made(ltx.loop(state))
    behind, cells = seen[0].shape[1] - 4 * 12 - 12, 4 * 3  # 12 cells a latent, 28 frames in all
    assert len(seen) == 4
    pinned = slice(behind, behind + 2 * cells)
    assert all((step[:, pinned] == seen[0][:, pinned]).all() for step in seen)
    assert not (seen[1][:, pinned.stop :] == seen[0][:, pinned.stop :]).any()


def test_a_master_comes_from_the_drafts_own_latents_under_one_field_of_noise(ltx):
    state = made(ltx.draft(request(), seed=7))
    canvas = made(ltx.enlarge(state, frames=FrameRange(0, 11), seed=5))
    loaded = ltx._loaded()
    with torch.inference_mode():
        (large,) = loaded.extras[pipes.UPSAMPLER](
            latents=pipes.plain(loaded, latents.unpack(state.data).pieces[0].video),
            adain_factor=1.0, tone_map_compression_ratio=0.6, output_type="latent",
            return_dict=False,
        )  # fmt: skip
    field = torch.randn(large.shape, generator=torch.Generator().manual_seed(5))
    expected = pipes.raw(loaded, 0.909 * field + 0.091 * large)
    got = latents.unpack(canvas.data)
    np.testing.assert_allclose(got.pieces[0].video, expected, atol=1e-5)
    assert (got.size, got.noise) == ((256, 192), pytest.approx(0.909))


def test_tiles_refined_in_any_order_give_the_same_bits(ltx):
    state = made(ltx.draft(request(), seed=7))
    canvas = made(ltx.enlarge(state, frames=FrameRange(0, 11), seed=5))
    whole = latents.unpack(canvas.data)
    cuts = tiles(whole.size, edge=192, overlap=64, cell=32)
    refined = [
        {tile: latents.unpack(made(ltx.refine(canvas, tile=tile)).data) for tile in order}
        for order in (cuts, cuts[::-1])
    ]
    one, other = (latents.merge(whole, [(tile, parts[tile]) for tile in cuts]) for parts in refined)
    assert len(cuts) > 1
    assert latents.pack(one) == latents.pack(other)
    shown = frames_of(ltx, one.state(canvas.beside), 0, 2, size=(256, 144))
    assert shown.shape == (3, 144, 256, 3)


def test_a_tile_begins_with_the_noise_of_its_canvas(ltx, monkeypatch):
    canvas = made(ltx.enlarge(made(ltx.draft(request(), seed=7)), frames=FrameRange(0, 11), seed=5))
    cut = tiles(latents.unpack(canvas.data).size, edge=192, overlap=64, cell=32)[0]
    begun = watched(ltx, monkeypatch)
    made(ltx.refine(canvas, tile=cut))
    laid = latents.cut(latents.unpack(canvas.data), cut).pieces[0].video
    loaded = ltx._loaded()
    packed = loaded.pipe._pack_latents(pipes.plain(loaded, laid))
    torch.testing.assert_close(begun[0], packed)


def test_a_draft_that_was_cut_off_goes_on_at_its_step_to_the_same_bits(card, tmp_path):
    path = tmp_path / "key.png"
    cv2.imwrite(str(path), np.full((90, 160, 3), 200, np.uint8))
    asked = request(keyframes=(KeyPicture(frame=5, file="keyframe.0"),))
    files, kept = {"keyframe.0": path}, Kept()
    undisturbed = made(opened(card, **files).draft(asked, seed=7))
    making = opened(card, kept=kept, **files).draft(asked, seed=7)
    for progress in making:
        if progress.note == "steps" and progress.done == 5:
            break
    making.close()
    assert kept.last
    assert made(opened(card, kept=kept, **files).draft(asked, seed=7)) == undisturbed


def watched(model: LtxVideo, monkeypatch: pytest.MonkeyPatch) -> list[torch.Tensor]:
    """Return what the transformer is given from now on, step by step."""
    module, seen = model._loaded().pipe.transformer, []
    own = module.forward

    def watching(*args, **call):
        seen.append(call["hidden_states"].clone())
        return own(*args, **call)

    monkeypatch.setattr(module, "forward", watching)
    return seen
