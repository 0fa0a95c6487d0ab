"""Plates for Wan: shown on the screen that it was trained on, whatever they were made for."""

from pathlib import Path

import numpy as np
import pytest

from farm.frames import Rate
from farm.media.codecs import CODECS
from farm.media.movie import encode_movie
from functions.models.wan.plates import plate_frames

SIZE = (256, 144)
PAPER = round(0.508078 * 65535)
"""100 nits in PQ, which is the white of a screen without HDR."""


@pytest.fixture
def movie(tmp_path: Path) -> Path:
    path = tmp_path / "a.mp4"
    codes = np.full((SIZE[1], SIZE[0], 3), PAPER, np.uint16)
    list(encode_movie(path, iter([codes] * 2), CODECS["hdr10"], rate=Rate.parse(24)))
    return path


def test_pq_is_shown_and_its_paper_is_white(movie: Path) -> None:
    read = plate_frames(movie, frames=2, picture=SIZE, size=SIZE)
    assert read.shape == (2, SIZE[1], SIZE[0], 3)
    assert read.mean() > 250


def test_what_a_person_named_its_colours_wins(movie: Path) -> None:
    read = plate_frames(movie, frames=2, picture=SIZE, size=SIZE, named="rec709")
    assert read.mean() == pytest.approx(PAPER / 257, abs=2)
