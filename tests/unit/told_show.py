"""A small show that was rendered: made up, but kept in a real store and a real ledger."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from farm.digest import Plain
from farm.ledger import Event, Ledger
from farm.media.exr import write_clip
from farm.media.sheet import write_jpeg
from farm.settings import Settings, find_settings
from farm.shots.load import load_shot_list
from farm.shots.shot_list import ShotList
from farm.store import open_store
from farm.task import Artifact, Outcome

LIST = """
show: told
defaults: {duration: 1s, takes: 2}
shots:
  - shot: sh010
    prompt: "A <b>red</b> ball & a lantern"
    camera: {moves: [dolly_in, pan_left]}
  - {shot: sh020, prompt: "A door that will not open"}
  - {shot: sh030, prompt: "Nobody came yet", extend: {to: 2s}}
"""
AXES = {
    "camera": {"score": 0.91, "weight": 3.0, "gate": False, "broken": False,
               "said": "dolly_in asked, dolly_in measured", "measured": {}, "frames": [3, 9]},
    "motion": {"score": 0.31, "weight": 1.5, "gate": False, "broken": False,
               "said": "hardly anything moves", "measured": {}, "frames": []},
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """The show, its settings, and the keys of its draft tasks."""

    shot_list: ShotList
    settings: Settings
    path: Path


def told_show(folder: Path) -> Told:
    """Keep the show's outcomes in a store, and its events in a ledger."""
    path = folder / "told.yaml"
    path.write_text(LIST)
    settings = find_settings(path, environ={})
    outputs = _keep(folder, settings.store)
    with Ledger(settings.ledger, run="night-1") as ledger:
        for event in _events(outputs):
            ledger.write(event)
    return Told(shot_list=load_shot_list(path), settings=settings, path=path)


def _keep(folder: Path, uri: str) -> dict[str, Artifact]:
    store = open_store(uri)
    clip = folder / "clip.exr"
    write_clip(clip, np.linspace(0, 4, 3 * 36 * 64 * 3, dtype=np.float32).reshape(3, 36, 64, 3))
    poster = folder / "poster.jpg"
    write_jpeg(poster, np.full((36, 64, 3), 90, np.uint8))
    verdict = store.put(_verdict(), kind="json")
    kept = {
        "clip": store.put_file(clip, kind="clip"),
        "poster": store.put_file(poster, kind="jpeg"),
        "verdict": verdict,
    }
    facts: dict[str, Plain] = {"not_understood": ["lantern"]}
    for key in ("d1", "d2"):
        outcome = Outcome(key=key * 32, outputs={"clip": kept["clip"]}, facts=facts)
        store.remember(outcome)
    store.remember(Outcome(key="j1" * 32, outputs={"verdict": verdict}))
    sheet = {"thumb.t01": kept["poster"], "thumb.t02": kept["poster"]}
    store.remember(Outcome(key="e1" * 32, outputs=sheet))
    return kept


def _verdict() -> bytes:
    takes = {
        "t01": {"total": 0.52, "broken": [], "axes": AXES},
        "t02": {"total": 0.84, "broken": [], "axes": AXES},
    }
    return json.dumps({"takes": takes, "critique": "t02 is best; the ball is <too> slow."}).encode()


def _events(kept: dict[str, Artifact]) -> Iterator[Event]:
    def event(kind: str, shot: str = "", stage: str = "", part: str = "", key: str = "", **body):
        return Event(at=1e9, kind=kind, shot=shot, stage=stage, part=part, key=key, body=body)

    yield event("run_started", show="told")
    for part, key in (("t01", "d1" * 32), ("t02", "d2" * 32)):
        request = {"params": {"seed": "77"}}
        yield event("started", "sh010", "draft", part, key, minutes=0.1, request=request)
        yield event("progress", "sh010", "draft", part, key, done=12, total=24)
        yield event("made", "sh010", "draft", part, key, seconds=2.5, usd=0.25, worker="host:1")
    yield event("made", "sh010", "judge", "r1", "j1" * 32, seconds=1.0, usd=0.0)
    scores = {"t01": 0.52, "t02": 0.84}
    yield event("verdict", "sh010", "", "r1", circled="t02", accepted=True, scores=scores)
    yield event("reused", "sh010", "sheet", "", "e1" * 32, source="store")
    yield event("started", "sh010", "master", "0-23", "a1" * 32, minutes=1.0)
    outputs = {"frames": kept["clip"].digest}
    yield event(
        "made", "sh010", "master", "0-23", "a1" * 32, seconds=60.0, usd=1.5, outputs=outputs
    )
    yield event("seam", "sh010", "", "loop", ok=False, score=0.4, said="the joint shows in light")
    yield event("delivered", "sh010", version="v001", folder="/out/told/sh010/v001")
    yield event("started", "sh020", "draft", "t01", "f1" * 32, minutes=0.1)
    yield event("failed", "sh020", "draft", "t01", "f1" * 32, problem="it jammed", hint="oil it")
    yield event("shot_failed", "sh020", problem="every take failed", hint="oil it")
