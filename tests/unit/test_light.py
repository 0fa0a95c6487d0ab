"""Light and size: what a display picture is taken for, and how a plate grows."""

import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from farm.cards import card_for
from farm.cards.card import Weights
from farm.media.colorspace import to_screen
from functions.hdr import READINGS, native
from functions.hdr.bands import open_reading
from functions.hdr.native import from_acescct, from_logc3
from functions.hdr.reconstructed import KNEE, PEAK, from_display
from functions.upscalers import UPSCALERS
from functions.upscalers.fitting import enlarged
from functions.upscalers.kandinsky import Kandinsky, scale_for


def grey(value: float) -> np.ndarray:
    return np.full((1, 1, 3), value, np.float32)


@pytest.mark.parametrize("name", READINGS.names())
def test_every_reading_is_monotone_and_finite(name: str):
    light = [float(READINGS.get(name)(grey(v / 64)).max()) for v in range(65)]
    assert np.isfinite(light).all()
    assert np.all(np.diff(light) > 0)


@pytest.mark.parametrize("name", READINGS.names())
def test_threads_that_share_a_picture_change_none_of_its_bits(name: str):
    codes = np.random.default_rng(0).random((7, 33, 3), np.float32)
    whole = READINGS.get(name)(codes.copy()).tobytes()
    for threads in (1, 2, 3, 7, 9):
        assert open_reading(name, threads=threads)(codes).tobytes() == whole


def test_a_picture_is_read_by_all_threads_at_once(monkeypatch):
    meeting = threading.Barrier(3, timeout=30)

    def waiting(codes: np.ndarray) -> np.ndarray:
        meeting.wait()
        return codes

    monkeypatch.setattr(native, "from_linear", waiting)
    codes = np.random.default_rng(0).random((8, 4, 3), np.float32)
    assert (open_reading("linear", threads=3)(codes) == codes).all()


def test_reconstructed_light_looks_as_the_picture_did_below_its_knee():
    for code in (0.05, 0.2, 0.5, 0.7):
        shown = to_screen(from_display(grey(code)), "srgb") / 65535
        assert abs(shown - code).max() < 0.001
    assert to_screen(from_display(grey(1.0)), "srgb")[0, 0, 0] / 65535 == pytest.approx(
        0.972, abs=2e-3
    )


def test_reconstructed_highlights_stay_below_their_peak_and_keep_their_hue():
    assert KNEE < from_display(grey(1.0)).max() < PEAK
    warm = np.array([[[1.0, 0.9, 0.6]]], np.float32)
    light = from_display(warm)[0, 0]
    assert light[0] > light[1] > light[2] > 0
    step = from_display(grey(1.0)).max() / from_display(grey(254 / 255)).max()
    assert step < 1.4


def test_native_curves_are_the_published_ones():
    assert from_acescct(grey(1.0)).max() == pytest.approx(222.86, rel=1e-3)
    assert from_logc3(grey(1.0)).max() == pytest.approx(55.08, rel=2e-2)
    assert from_acescct(grey(0.4135884)).max() == pytest.approx(0.18, rel=1e-3)


def test_lanczos_adds_no_light_and_takes_none_away():
    """No ringing beside a highlight that is a thousand times its surroundings."""
    frame = np.full((24, 24, 3), 0.01, np.float32)
    frame[10:14, 10:14] = 12.0
    large = enlarged(frame, (96, 96))
    assert large.min() >= 0.01 - 1e-7
    assert large.max() <= 12.0
    assert large.mean() == pytest.approx(frame.mean(), rel=0.05)


def test_lanczos_is_sharper_than_a_straight_line():
    frame = np.zeros((16, 16, 3), np.float32)
    frame[:, 8:] = 1.0
    sharp = np.abs(np.diff(enlarged(frame, (64, 64))[32, :, 0])).max()
    soft = np.abs(
        np.diff(cv2.resize(frame, (64, 64), interpolation=cv2.INTER_LINEAR)[32, :, 0])
    ).max()
    assert sharp > soft


def test_a_frame_of_the_right_size_is_left_alone_and_a_larger_one_shrunk():
    frame = np.random.default_rng(1).random((8, 12, 3)).astype(np.float32)
    assert enlarged(frame, (12, 8)) is frame
    assert enlarged(frame, (6, 4)).mean() == pytest.approx(frame.mean(), rel=1e-3)


def test_the_baseline_yields_every_frame():
    frames = np.zeros((3, 8, 8, 3), np.float32)
    upscaler = UPSCALERS.get("lanczos")(card_for("previz"))
    assert [one.shape for one in upscaler.enlarge(frames, size=(20, 16))] == [(16, 20, 3)] * 3


@pytest.mark.parametrize(
    ("size", "target", "scale"),
    [((960, 540), (1920, 1080), 2), ((864, 480), (1920, 1080), 2.25), ((960, 540), (3840, 2160), 4),
     ((480, 270), (3840, 2160), 4)],
)  # fmt: skip
def test_the_smallest_scale_that_suffices_is_chosen(size, target, scale):
    assert scale_for(size, target) == scale


def write_tiny_upsampler(folder: Path) -> None:
    torch = pytest.importorskip("torch")
    diffusers = pytest.importorskip("diffusers")
    ltx = pytest.importorskip("diffusers.pipelines.ltx.modeling_latent_upsampler")
    torch.manual_seed(0)
    blocks, flags = (8, 8, 8, 8), (True, True, True, False)
    vae = diffusers.AutoencoderKLLTXVideo(
        latent_channels=8, block_out_channels=blocks, decoder_block_out_channels=blocks,
        layers_per_block=(1,) * 5, decoder_layers_per_block=(1,) * 5,
        spatio_temporal_scaling=flags, decoder_spatio_temporal_scaling=flags,
        decoder_inject_noise=(False,) * 5, upsample_residual=(False,) * 4,
        upsample_factor=(1,) * 4, timestep_conditioning=False, patch_size=4, patch_size_t=1,
        encoder_causal=True, decoder_causal=False,
    )  # fmt: skip
    model = ltx.LTXLatentUpsamplerModel(in_channels=8, mid_channels=32, num_blocks_per_stage=1)
    pipe = diffusers.LTXLatentUpsamplePipeline(vae=vae, latent_upsampler=model)
    pipe.save_pretrained(folder)


def upscaler_of(tmp_path: Path, monkeypatch, name: str):
    monkeypatch.setenv("FARM_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("FARM_WEIGHTS_CACHE", str(tmp_path / "kept"))
    weights = {"upscaler": Weights(hub="tiny/sr", gb=0.001)}
    card = card_for("previz").model_copy(update={"weights": weights, "upscaler": name})
    return UPSCALERS.get(card.upscaler)(card)


def test_the_latent_upsampler_doubles_until_it_reaches_the_size(tmp_path: Path, monkeypatch):
    write_tiny_upsampler(tmp_path / "tiny" / "sr")
    upscaler = upscaler_of(tmp_path, monkeypatch, "latent")
    frames = np.random.default_rng(0).random((3, 40, 64, 3)).astype(np.float32)
    once = np.stack(list(upscaler.enlarge(frames, size=(200, 125))))
    again = np.stack(list(upscaler.enlarge(frames, size=(200, 125))))
    assert once.shape == (3, 125, 200, 3)
    assert np.array_equal(once, again)
    assert 0 <= once.min() <= once.max() <= 1


def write_tiny_kandinsky(folder: Path) -> None:
    torch = pytest.importorskip("torch")
    diffusers = pytest.importorskip("diffusers")
    torch.manual_seed(0)
    blocks = (4, 8, 8, 8, 8)
    diffusers.Kandinsky6SRPipeline(
        transformer=diffusers.Kandinsky6SRTransformer3DModel(
            in_visual_dim=4, out_visual_dim=4, time_dim=16, model_dim=32, ff_dim=32,
            num_visual_blocks=1, axes_dims=(4, 6, 6), tile_sizes=((128, 128),),
        ),
        vae=diffusers.Kandinsky6SRVAE(
            latent_channels=4, encoder_block_out_channels=blocks, layers_per_block=1,
            decoder_block_out_channels=blocks,
        ),
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(shift=5.0),
    ).save_pretrained(folder)  # fmt: skip


@pytest.mark.slow  # its sparse attention is slow without a GPU
def test_kandinsky_makes_every_frame_larger_and_the_same_every_time(tmp_path: Path, monkeypatch):
    write_tiny_kandinsky(tmp_path / "tiny" / "sr")
    upscaler = upscaler_of(tmp_path, monkeypatch, "kandinsky")
    assert isinstance(upscaler, Kandinsky)
    frames = np.random.default_rng(0).random((3, 64, 64, 3)).astype(np.float32)
    once = np.stack(list(upscaler.enlarge(frames, size=(120, 120))))
    again = np.stack(list(upscaler.enlarge(frames, size=(120, 120))))
    assert once.shape == (3, 120, 120, 3)
    assert np.array_equal(once, again)
    assert 0 <= once.min() <= once.max() <= 1
