"""A master agrees with its draft in place and in motion; its grade does not count."""

import numpy as np
import pytest

from functions.critics.fidelity import structure_agreement
from functions.critics.plates import Clip, film

DRAFT, MASTER = (160, 90), (480, 270)


@pytest.fixture(scope="module")
def draft() -> Clip:
    return film("dolly_in", frames=6, size=DRAFT)


@pytest.fixture(scope="module")
def master() -> Clip:
    return film("dolly_in", frames=6, size=MASTER)


def test_a_true_master_agrees(draft: Clip, master: Clip) -> None:
    found = structure_agreement(draft, master)
    assert found.structure > 0.97
    assert found.motion > 0.99
    assert found.drift < 0.1


def test_a_grade_changes_nothing(draft: Clip, master: Clip) -> None:
    graded = (2 * np.maximum(master.astype(np.float32), 0) ** 0.7).astype(np.float16)
    found = structure_agreement(draft, graded)
    assert found.structure > 0.97
    assert found.motion > 0.99


def test_another_set_has_another_structure(draft: Clip) -> None:
    assert (
        structure_agreement(draft, film("dolly_in", frames=6, size=MASTER, seed=9)).structure < 0.5
    )


def test_another_move_has_another_motion(draft: Clip, master: Clip) -> None:
    assert structure_agreement(draft, film("tilt_up", frames=6, size=MASTER)).motion < 0.5
    assert structure_agreement(draft, master[::-1]).motion < -0.9


def test_two_stills_agree(draft: Clip, master: Clip) -> None:
    found = structure_agreement(draft[:1].repeat(3, axis=0), master[:1].repeat(3, axis=0))
    assert found.motion == 1
