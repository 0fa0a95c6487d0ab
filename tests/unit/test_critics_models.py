"""Critics with real models, tiny and untrained: they are loaded and asked, and harm no verdict."""

import base64
import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from farm.digest import Plain
from farm.errors import TaskError
from farm.shots.request import Request
from functions.critics import likeness, resident, text
from functions.critics.base import Finding, Take
from functions.critics.contact import contact_frames
from functions.critics.embedder import Embedder, open_embedder
from functions.critics.eyes import Picture, Question, Silence
from functions.critics.knockout import Score
from functions.critics.plates import film
from functions.critics.seating import seat_embedder, seat_seer
from functions.judge import Panel, Rules, reach_verdict
from tests.unit.critic_server import serving, text_of
from tests.unit.tiny_critics import build_embedder, build_speaker

if importlib.util.find_spec("torch") is None or importlib.util.find_spec("transformers") is None:
    pytest.skip("the extra diffusers is not installed", allow_module_level=True)

SIZE = (96, 54)
CLIP = film("pan_right", frames=6, size=SIZE, ball=True)
REQUEST = Request.model_validate(
    {"prompt": "a ball rolls", "frames": 6, "rate": 24, "size": SIZE}
    | {"camera": {"moves": ("pan_right",)}}
)


@pytest.fixture(scope="module")
def speaker(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(build_speaker(tmp_path_factory.mktemp("speaker")))


@pytest.fixture(scope="module")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    return open_embedder(str(build_embedder(tmp_path_factory.mktemp("embedder"))))


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resident, "LONGEST_ANSWER_TOKENS", 12)


def verdict_by(critic: Mapping[str, Plain], environ: Mapping[str, str]) -> dict[str, Plain]:
    pictures = contact_frames(Take(name="t", clip=CLIP), count=3, label="")
    scores = [
        Score(
            take=name,
            total=total,
            pictures=pictures,
            findings=(Finding(axis="camera", score=total, measured={}, said="so"),),
        )
        for name, total in (("t01", 0.8), ("t02", 0.79))
    ]
    rules = Rules(request=REQUEST, takes=("t01", "t02"), weights={"camera": 1.0}, accept=0.9)
    seer = seat_seer(critic, REQUEST, environ=environ)
    return reach_verdict(rules, scores, Panel(seer=seer))


def test_a_model_in_the_worker_sees_the_frames_and_its_babble_does_not_count(speaker) -> None:
    verdict = verdict_by({"model": speaker, "door": "transformers"}, {})
    assert verdict["circled"] == "t01"
    assert verdict["matches"][0]["by"] == "measures"
    assert verdict["critic"]["asked"] >= 2
    assert verdict["critic"]["answered"] == 0
    assert "its answer breaks off in the middle" in verdict["critique"]


def test_the_same_model_behind_a_real_server_is_asked_over_the_wire(speaker) -> None:
    model = resident.open_resident(speaker)
    said = []

    def speak(body: dict[str, object]) -> object:
        parts = body["messages"][1]["content"]
        urls = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
        pictures = tuple(
            Picture(caption="", jpeg=base64.b64decode(url.partition(",")[2])) for url in urls
        )
        question = Question(
            name="any", charge=body["messages"][0]["content"], material=text_of(body),
            pictures=pictures, task="", schema={},
        )  # fmt: skip
        try:
            said.append(model.ask(question))
        except Silence as why:
            said.append(str(why))
        return said[-1]

    with serving(speak) as server:
        environ = {"FARM_CRITIC_URL": server.url}
        verdict = verdict_by({"model": "tiny", "door": "endpoint"}, environ)
    assert len(said) == len(server.asked) >= 2
    assert verdict["circled"] == "t01"
    assert verdict["critic"]["answered"] == 0
    assert json.dumps(verdict)


def test_a_model_that_is_not_there_is_said(tmp_path: Path) -> None:
    verdict = verdict_by({"model": str(tmp_path), "door": "transformers"}, {})
    assert verdict["circled"] == "t01"
    assert "cannot be loaded" in verdict["critique"]
    embed, said = seat_embedder(str(tmp_path / "none"))
    assert embed is None
    assert "cannot be loaded" in said
    with pytest.raises(TaskError, match="cannot be loaded"):
        open_embedder(str(tmp_path))


def test_vectors_have_length_one_and_the_same_picture_the_same_vector(embedder) -> None:
    picture = np.full((40, 60, 3), 90, np.uint8)
    found = embedder.pictures([picture, picture])
    words = embedder.words(["a dog", "a much longer text that the model must cut off " * 9])
    np.testing.assert_allclose(np.linalg.norm(np.vstack([found, words]), axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(found[0], found[1], atol=1e-6)


class Knows:
    """An embedding model that knows what it sees: the colour; and what it reads: its name."""

    def pictures(self, pictures):
        seen = np.stack([picture.reshape(-1, 3).mean(0) for picture in pictures])
        seen = seen - seen.min(1, keepdims=True) + 1
        return (seen / np.linalg.norm(seen, axis=1, keepdims=True)).astype(np.float32)

    def words(self, texts):
        known = {"red": (1, 0, 0), "blue": (0, 0, 1)}
        found = [next((c for w, c in known.items() if w in t), (0.55, 0.6, 0.55)) for t in texts]
        found = np.array(found, np.float32)
        return found / np.linalg.norm(found, axis=1, keepdims=True)


def coloured(red: float, blue: float) -> Take:
    clip = film("static", frames=6, size=SIZE, ball=True)
    tint = np.array([red, 0.2, blue], np.float16)
    return Take(name="t", clip=clip * tint, embed=Knows())


def test_a_prompt_that_fits_beats_other_prompts_and_one_that_does_not_is_marked_down() -> None:
    red = REQUEST.model_copy(update={"prompt": "something red"})
    assert text.text(coloured(1.5, 0.2), red).score > 0.9
    assert text.text(coloured(0.2, 1.5), red).score < 0.3
    assert text.text(Take(name="t", clip=CLIP), red) is None


def test_an_untrained_model_is_asked_without_harm(embedder) -> None:
    finding = text.text(Take(name="t", clip=CLIP, embed=embedder), REQUEST)
    assert 0 <= finding.score <= 1
    assert finding.frames


def test_a_character_is_known_again_by_who_acts(embedder) -> None:
    ours = Take(name="t", clip=CLIP, embed=embedder, anchors={"hero": CLIP})
    assert likeness.likeness(ours, REQUEST).score > 0.9
    assert likeness.likeness(Take(name="t", clip=CLIP, embed=embedder), REQUEST) is None


def test_a_character_in_other_colours_is_not_known_again() -> None:
    ball = coloured(1.5, 0.2).clip
    alike = likeness.likeness(
        Take(name="t", clip=ball, embed=Knows(), anchors={"hero": ball}), REQUEST
    )
    other = likeness.likeness(
        Take(name="t", clip=coloured(0.2, 1.5).clip, embed=Knows(), anchors={"hero": ball}), REQUEST
    )
    assert alike.score > 0.7
    assert other.score < 0.3
    assert other.said == "hero does not look as in its first shot"
