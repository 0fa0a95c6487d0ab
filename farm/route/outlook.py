"""How long a shot still takes after each of its stages: what the schedule ranks its tasks by."""

from collections.abc import Mapping
from dataclasses import dataclass

from farm.cards.card import Card

ORDER = (
    "likeness", "words", "draft", "judge", "extend", "seam", "loop", "enlarge", "tile", "merge",
    "master", "fidelity", "layers", "collect", "review", "sheet",
)  # fmt: skip
SECONDS_PER_MEGAPIXEL_TO_PACK = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Minutes on the longest path of tasks after each stage, if all had a machine at once."""

    minutes: Mapping[str, float]

    def after(self, stage: str) -> float:
        """Say what follows a stage; nothing follows one that is not on the path."""
        return self.minutes.get(stage, 0.0)


def outlook(
    card: Card, *, draft_megapixels: float, frame_megapixels: float, segments: int, loop: bool
) -> Outlook:
    """Estimate a shot's path from its card; `segments` is how often it is extended."""
    draft = card.draft.seconds_to_start + card.draft.seconds_per_megapixel * draft_megapixels
    chunk = max(1.0, card.chunk_megapixels // frame_megapixels) * frame_megapixels
    master = card.master.seconds_to_start + card.master.seconds_per_megapixel * chunk
    seconds = {
        "draft": draft,
        "judge": 0.2 * draft,
        "extend": segments * draft,
        "loop": draft if loop else 0.0,
        "master": master,
        "tile": master if card.tiling else 0.0,
        "collect": SECONDS_PER_MEGAPIXEL_TO_PACK * chunk,
    }
    after, later = {}, 0.0
    for stage in reversed(ORDER):
        after[stage] = later / 60
        later += seconds.get(stage, 0.0)
    return Outlook(minutes=after)
