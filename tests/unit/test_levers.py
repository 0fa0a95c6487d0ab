"""Levers: each is counted in every mode, caches serve drafts alone, and modes share one model."""

import copy
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from diffusers import WanVideoToVideoPipeline  # noqa: E402  # after the skips

from farm.cards.card import Levers  # noqa: E402
from farm.errors import TaskError  # noqa: E402
from farm.frames import FrameRange  # noqa: E402
from farm.shots.request import KeyPicture  # noqa: E402
from farm.tiles import Tile  # noqa: E402
from functions.models.diffusion import levers  # noqa: E402
from functions.models.wan.model import Wan  # noqa: E402
from tests.tiny import wan as tiny_wan  # noqa: E402
from tests.unit.test_wan import draft, picture, through, wan  # noqa: E402

CPU = torch.device("cpu")


@pytest.fixture(scope="module", autouse=True)
def stock(tmp_path_factory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("weights")
    tiny_wan.write_weights(folder, "vace", "image")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FARM_WEIGHTS", str(folder))
        patch.setenv("FARM_WEIGHTS_CACHE", str(folder / "kept"))
        yield


class Idle(torch.nn.Linear):
    """A model on which no lever takes hold, and which does not say so."""

    def enable_layerwise_casting(self, **_: object) -> None:
        pass

    def compile_repeated_blocks(self, **_: object) -> None:
        pass


class Whole(torch.nn.Linear):
    """An autoencoder that takes no notice of tiling."""

    use_tiling = False

    def enable_tiling(self) -> None:
        pass


@pytest.mark.parametrize("lever", ["fp8", "compile", "vae_tiling", "offload"])
def test_a_lever_that_takes_no_hold_is_an_error(lever: str, monkeypatch):
    monkeypatch.setattr(levers.diffusers.hooks, "apply_group_offloading", lambda *_, **__: None)
    parts = {"transformer": Idle(2, 2), "vae": Whole(2, 2)}
    pipe = SimpleNamespace(**parts, components=parts)
    device = torch.device("cuda") if lever == "offload" else CPU
    with pytest.raises(TaskError, match=lever) as fault:
        levers.pull(pipe, Levers(**{lever: True}), device=device, dtype=torch.float32)
    assert "take it off the card" in fault.value.hint


@pytest.mark.parametrize("mode", ["vace", "image"])
def test_a_lever_takes_hold_of_the_weights_of_every_mode(mode: str, tmp_path: Path):
    files = {"keyframe.0": picture(tmp_path, (250, 20, 20))}
    keys = (KeyPicture(frame=0, file="keyframe.0"),)
    model = with_levers(mode, files=files, fp8=True)
    cast = draft(model, keyframes=keys)
    extras = model._calls.loaded().extras
    (pipe,) = (made for name, made in extras.items() if name.startswith(f"{mode} "))
    stored = {parameter.dtype for parameter in pipe.transformer.parameters()}
    assert torch.float8_e4m3fn in stored
    assert cast.data != draft(with_levers(mode, files=files), keyframes=keys).data


def test_a_cache_that_skips_nothing_is_an_error_and_leaves_the_model_as_it_was():
    plain = draft(with_levers())
    lame = with_levers(draft_cache="first_block", draft_cache_threshold=0.0)
    with pytest.raises(TaskError, match="skipped no step of"):
        draft(lame)
    assert draft(with_levers()) == plain


def test_a_cache_serves_the_mode_that_drafts(tmp_path: Path):
    files = {"keyframe.0": picture(tmp_path, (250, 20, 20))}
    keys = (KeyPicture(frame=0, file="keyframe.0"),)
    quick = {"draft_cache": "first_block", "draft_cache_threshold": 0.9}
    cached = draft(with_levers("vace", files=files, **quick), keyframes=keys)
    assert cached.data != draft(with_levers("vace", files=files), keyframes=keys).data


def test_a_cache_changes_drafts_and_no_master():
    quick = with_levers(draft_cache="first_block", draft_cache_threshold=0.9)
    slow = with_levers()
    state = draft(slow)
    assert draft(quick).data != state.data
    masters = {refined(model, state) for model in (quick, slow)}
    assert len(masters) == 1


def test_modes_share_one_copy_of_the_weights():
    loaded = with_levers()._calls.loaded()
    other = loaded.as_(WanVideoToVideoPipeline)
    assert other.transformer is loaded.pipe.transformer
    assert other.vae is loaded.pipe.vae


def test_a_second_copy_of_the_weights_is_an_error():
    class Doubling(WanVideoToVideoPipeline):
        """A mode that copies what it should share."""

        @classmethod
        def from_pipe(cls, pipe: object) -> object:
            return SimpleNamespace(transformer=copy.deepcopy(pipe.transformer), vae=pipe.vae)

    with pytest.raises(TaskError, match="second copy of the transformer"):
        with_levers()._calls.loaded().as_(Doubling)


@pytest.mark.slow
def test_a_compiled_model_is_counted_and_drafts():
    compiled = draft(with_levers(compile=True))
    assert compiled.frames == draft(with_levers()).frames


def with_levers(*modes: str, files: dict[str, Path] | None = None, **more: object) -> Wan:
    return wan(*modes, files=files, levers={"dtype": "float32", **more})


def refined(model: Wan, state) -> bytes:
    canvas = through(model.enlarge(state, frames=FrameRange(0, 11), seed=5))
    return through(model.refine(canvas, tile=Tile(x=0, y=0, width=128, height=96))).data
