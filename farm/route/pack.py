"""Packing tasks: delivery EXRs from master chunks, a review movie, a contact sheet of the takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from farm.cards.card import Card
from farm.digest import Plain, digest_value
from farm.frames import FrameRange
from farm.route.choose import Chosen
from farm.route.footage import Take
from farm.route.pieces import Soundtrack, sound_inputs, sound_params
from farm.route.setup import Setup, megapixels, tools
from farm.shots.request import shot_frames
from farm.task import Artifact, Outcome, Task

COLLECT_VERSION = 2
REVIEW_VERSION = 1
SHEET_VERSION = 1
"""Raise one of these when functions/collect.py, review.py or sheet.py changes what it makes."""


def first_delivered(setup: Setup) -> int:
    """Return the first delivered frame's number: the shot's own first, less the handles."""
    return shot_frames(setup.shot).first - setup.delivered_handles


def slate(setup: Setup, take: Take, version: str) -> dict[str, Plain]:
    """Write what every delivered frame says of itself in its header.

    The exposure lasts as long as it did, so at another rate it is another angle of the shutter.
    """
    shot, camera = setup.shot, setup.shot.camera
    return {
        "show": setup.shot_list.show,
        "shot": shot.shot,
        "variant": shot.variant,
        "take": take.name,
        "version": version,
        "seed": str(take.seed),
        "model": setup.card.name,
        "revision": setup.card.pinned,
        "prompt_digest": digest_value(take.request.prompt),
        "rate": str(setup.rate),
        "light": setup.light,
        "lens": {
            "focal_length": camera.focal_length,
            "aperture": camera.aperture,
            "shutter_angle": camera.shutter_angle * float(setup.rate.value / shot.rate.value),
        },
    }


def collect_task(
    setup: Setup,
    chunk: FrameRange,
    inputs: Mapping[str, Artifact],
    *,
    offset: int,
    said: Mapping[str, Plain],
) -> Task:
    """Re-encode one chunk of a master as it is delivered: its `frames`, and `layers` if any."""
    exr = setup.shot_list.delivery.exr
    return setup.task(
        "collect",
        version=COLLECT_VERSION,
        params={
            "offset": offset,
            "slate": said,
            "exr": {"compression": exr.compression, "container": exr.container},
        },
        inputs=inputs,
        engine=tools("OpenEXR"),
        megapixels=megapixels(setup.size, len(chunk)),
        part=str(FrameRange(chunk.first + offset, chunk.last + offset)),
        suppose={"count": len(chunk)},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the review says in its slate, and what turns its frames' numbers into delivered ones."""

    title: str
    offset: int


def review_task(
    setup: Setup, chunks: Sequence[Artifact], words: Words, sound: Soundtrack | None
) -> Task:
    """Make the review movie from every chunk of the master."""
    return setup.task(
        "review",
        version=REVIEW_VERSION,
        params={
            "offset": words.offset,
            "rate": str(setup.rate),
            "title": words.title,
            "note": model_note(setup.card),
            **sound_params(sound),
        },
        inputs={f"frames.{n:04}": frames for n, frames in enumerate(chunks)} | sound_inputs(sound),
        engine=tools("av", "numpy", "opencolorio", "opencv-python-headless"),
        megapixels=megapixels(setup.size, setup.delivered_frames),
    )


def sheet_task(setup: Setup, chosen: Chosen) -> Task:
    """Draw every take of every round, with scores, the circled one marked."""
    clips = {f"clip.{name}": take.clip for name, take in chosen.takes.items()}
    verdicts = {f"verdict.r{r.number}": r.outcome.outputs["verdict"] for r in chosen.rounds}
    return setup.task(
        "sheet",
        version=SHEET_VERSION,
        params={
            "takes": list(chosen.takes),
            "circled": chosen.circled.name if chosen.circled else None,
            "title": f"{setup.shot_list.show}  {setup.name}",
            "prompt": setup.request.prompt,
            "note": model_note(setup.card),
            "notes": {name: _unread(take.outcome) for name, take in chosen.takes.items()},
        },
        inputs={**clips, **verdicts},
        engine=tools("numpy", "opencolorio", "opencv-python-headless"),
        megapixels=megapixels(setup.request.size, setup.request.frames * len(chosen.takes)),
    )


def model_note(card: Card) -> str:
    """Say what made the pictures, as slates and sheets do."""
    return f"{card.title} ({card.name} {card.revision})"


def _unread(outcome: Outcome) -> str:
    words = outcome.facts.get("not_understood")
    return (
        f"not understood: {', '.join(map(str, words))}" if isinstance(words, list) and words else ""
    )
