"""An SDR picture that calls itself HDR is found, and an honest dark picture is left in peace."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from farm.delivery.manifest import read_manifest
from farm.delivery.posing import marks_of, posing
from farm.delivery.verify import verify
from farm.digest import digest_file
from farm.media.colorspace import ACES2065_1, LINEAR_REC709, SRGB, convert
from farm.media.exr import read_exr, write_exr
from farm.media.header import delivery_header

from .delivered import SLATE, publish_small
from .test_delivery_verify import reseal


def smooth(peak: float, *, height: int = 90, width: int = 160) -> NDArray[np.float32]:
    """Rec.709 light that rises to `peak`, with grain that no step can hide in."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    ramp = (x / width * 0.8 + y / height * 0.2) ** 2 * peak
    grain = np.random.default_rng(5).normal(1, 0.03, (height, width, 3))
    return np.maximum(ramp[..., None] * [1.0, 0.9, 0.7] * grain, 0).astype(np.float32)


def aces(light: NDArray[np.float32]) -> NDArray[np.float16]:
    return convert(light, LINEAR_REC709, ACES2065_1).astype(np.float16)


def eight_bits(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """What an SDR camera or model leaves of it."""
    codes = np.round(np.clip(convert(light, LINEAR_REC709, SRGB), 0, 1) * 255) / 255
    return convert(codes, SRGB, LINEAR_REC709)


PICTURES = {
    "hdr": (smooth(30.0), ""),
    "a night": (smooth(0.2), ""),
    "a grey day": (smooth(0.95), ""),
    "eight bits": (eight_bits(smooth(0.6)), "steps of 8-bit codes"),
    "eight bits, clipped": (eight_bits(smooth(8.0)), "1.00"),
    "clipped floats": (np.minimum(smooth(3.0), 1.0), "a screen's white"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_only_a_screens_marks_are_doubted(name: str) -> None:
    light, said = PICTURES[name]
    why = posing([marks_of(aces(light))])
    assert (said in why) if said else (why == "")


def test_a_clipped_white_is_found_through_lossy_compression(tmp_path: Path) -> None:
    light = np.minimum(smooth(3.0), 1.0)
    write_exr(tmp_path / "a.exr", aces(light), compression="dwab")
    assert posing([marks_of(read_exr(tmp_path / "a.exr")[0])])


def test_a_delivery_that_poses_is_found_by_verify(tmp_path: Path) -> None:
    folder = publish_small(tmp_path)
    sdr = aces(eight_bits(smooth(4.0, height=27, width=48)))
    files = []
    for file in read_manifest(folder).files:
        path = folder / file.path
        if file.frame:
            header = delivery_header(SLATE, frame=file.frame)
            path.unlink()
            write_exr(path, sdr, compression="zip", header=header)
        files.append(replace(file, size=path.stat().st_size, sha256=digest_file(path)))
    lineage = {"hdr": "native"}
    reseal(folder, files=tuple(files), lineage=lineage)
    assert verify(folder).faults == ()
    (fault,) = verify(folder, pixels=True).faults
    assert "calls its HDR native" in str(fault)
    reseal(folder, lineage={"hdr": "none"})
    assert any("farm_hdr native, where none" in str(f) for f in verify(folder).faults)
