"""Any prompt in any language becomes a scene that can be filmed."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from farm.shots.request import Request
from functions.models.previz.compose import compose
from functions.models.previz.filming import snapshot_at
from functions.models.previz.language import read
from functions.models.previz.lexicon import vocabulary

KNOWN = sorted(vocabulary())
SALAD = st.lists(st.sampled_from(KNOWN), max_size=14).map(" ".join)
ANYTHING = st.one_of(st.text(max_size=200), SALAD)


def film(prompt: str, seed: int = 0) -> int:
    """Film two frames; return how many shapes and particles they show."""
    shown = 0
    scene = compose(Request(prompt=prompt, frames=24, rate=24, size=(96, 54)), seed)
    for frame in (0, 23):
        shot = snapshot_at(scene, frame)
        assert np.isfinite(shot.positions).all()
        assert np.isfinite(shot.rotations).all()
        assert np.isfinite(shot.particles).all()
        assert np.isfinite(shot.lens.position).all()
        assert shot.shape_materials.max(initial=0) < len(shot.materials)
        shown += len(shot.kinds) + len(shot.particles)
    return shown


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(ANYTHING, st.integers(0, 2**63 - 1))
def test_any_prompt_becomes_a_scene(prompt: str, seed: int) -> None:
    assert film(prompt, seed) >= 0


@settings(max_examples=300, deadline=None)
@given(ANYTHING)
def test_reading_never_fails(prompt: str) -> None:
    reading = read(prompt)
    assert all(0 <= a < len(reading.things) for deed in reading.deeds for a in deed.actors)
    assert all(-1 <= deed.target < len(reading.things) for deed in reading.deeds)


def test_ten_thousand_characters_become_a_scene() -> None:
    assert film("a tiny blue dog chases the big red zorble over the old bridge, " * 160) > 0
    assert film("漢字かな交じり文" * 1250) > 0
    assert film("\u202eثعلب بني سريع\u202c 🦊🌲🏔️👩‍👩‍👧‍👦 " * 400) > 0


def test_odd_prompts_become_scenes() -> None:
    for prompt in (
        "",
        " ",
        "\x00",
        "....",
        "🙂",
        "no",
        "the the the",
        "it",
        "they topple",
        "of of of",
    ):
        assert film(prompt) > 0, prompt
