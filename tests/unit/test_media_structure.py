"""Is an EXR whole? Every kind of damage that the skeleton can show."""

from pathlib import Path

import numpy as np
import pytest

from farm.media.exr import Compression, write_clip, write_exr
from farm.media.structure import exr_fault

from .media_pictures import noise

COMPRESSIONS: list[Compression] = ["dwab", "zip", "piz", "none"]


def damaged(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    return exr_fault(path)


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("height", [1, 31, 32, 33, 300])
def test_whole_files_have_no_fault(tmp_path: Path, compression: Compression, height: int) -> None:
    write_exr(tmp_path / "a.exr", noise(height, 40), compression=compression)
    assert exr_fault(tmp_path / "a.exr") == ""


def test_a_whole_clip_has_no_fault(tmp_path: Path) -> None:
    write_clip(tmp_path / "a.exr", np.stack([noise(70, 40, seed=seed) for seed in range(5)]))
    assert exr_fault(tmp_path / "a.exr") == ""


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_no_file_may_be_cut_off_anywhere(tmp_path: Path, compression: Compression) -> None:
    path = tmp_path / "a.exr"
    write_exr(path, noise(40, 40), compression=compression)
    data = path.read_bytes()
    for length in [*range(0, 700, 7), *range(700, len(data), 97), len(data) - 1]:
        assert damaged(path, data[:length]), f"{length} of {len(data)} bytes pass for whole"


def test_no_clip_may_be_cut_off_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "a.exr"
    write_clip(path, np.stack([noise(20, 20, seed=seed) for seed in range(3)]))
    data = path.read_bytes()
    for length in range(0, len(data), 53):
        assert damaged(path, data[:length])


def test_what_follows_the_last_chunk_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "a.exr"
    write_exr(path, noise(), compression="zip")
    assert "follow the last chunk" in damaged(path, path.read_bytes() + b"x")


def test_a_writer_that_died_leaves_chunks_unwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.exr"
    write_exr(path, noise(64, 40), compression="zip")
    data = bytearray(path.read_bytes())
    table = data.index(b"\0", data.index(b"scanlineimage") + 13)
    start = next(at for at in range(table - 13, len(data)) if _is_table(data, at, chunks=4))
    data[start : start + 8] = bytes(8)
    assert "never written" in damaged(path, bytes(data))


def _is_table(data: bytearray, at: int, *, chunks: int) -> bool:
    return int.from_bytes(data[at : at + 8], "little") == at + 8 * chunks


def test_any_altered_header_is_told_and_never_raises(tmp_path: Path) -> None:
    path = tmp_path / "a.exr"
    write_exr(path, noise(20, 20), compression="piz", header={"owner": "someone"})
    data = path.read_bytes()
    for at in range(400):
        exr_fault_of_flipped = damaged(path, data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])
        assert isinstance(exr_fault_of_flipped, str)


@pytest.mark.parametrize("data", [b"", b"v/1\x01", b"\x89PNG" + bytes(100), bytes(1000)])
def test_other_files_are_not_exr(tmp_path: Path, data: bytes) -> None:
    assert damaged(tmp_path / "a.exr", data)


def test_a_file_that_is_gone_cannot_be_read(tmp_path: Path) -> None:
    assert "cannot be read" in exr_fault(tmp_path / "gone.exr")
