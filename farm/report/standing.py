"""How a show stands, as a plain value: for `farm status --json`, and kept in the store on demand.

A driver on another machine keeps its story beside the artifacts, so that whoever has the store
can read it.
"""

import threading
import time
from collections.abc import Sequence

from farm.digest import Plain
from farm.errors import StoreError
from farm.ledger import Event
from farm.naming import safe
from farm.report.story import ShotTale, Story, tell
from farm.store.base import Store

LEAST_SECONDS = 2.0
REST = 20.0  # times as long as telling took: so it never takes more than a twentieth of the driver


def note_of(show: str) -> str:
    """Name the note in which a show's standing is kept."""
    return f"standing/{safe(show)}"


def plain_story(story: Story) -> dict[str, Plain]:
    """Return a story as a plain value."""
    return {
        "show": story.show,
        "run": story.run,
        "ended": story.ended,
        "last_event_at": story.last,
        "tasks_made": story.made,
        "tasks_reused": story.reused,
        "tasks_failed": story.failed,
        "usd": round(story.usd, 6),
        "shots": [_plain_shot(tale) for tale in story.shots.values()],
    }


class Beacon:
    """Hears a run's events, and keeps how it stands in the store, every few seconds and at its end.

    A store that cannot be written to now is written to later; the run does not wait for it.
    """

    def __init__(self, store: Store, *, show: str, shots: Sequence[str], sender: str) -> None:
        self._store = store
        self._show = show
        self._shots = tuple(shots)
        self._sender = sender
        self._events: list[Event] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._shine, name="beacon", daemon=True)
        self._thread.start()

    def hear(self, event: Event) -> None:
        """Take one event in."""
        self._events.append(event)

    def close(self) -> None:
        """Keep the last word, and stop."""
        self._over.set()
        self._thread.join()

    def _shine(self) -> None:
        told = -1
        pause = LEAST_SECONDS
        while not self._over.wait(pause):
            if told != len(self._events):
                told, pause = self._tell()
        self._tell()

    def _tell(self) -> tuple[int, float]:
        """Keep the story so far; return how many events it tells, and how long to rest."""
        began = time.monotonic()
        events = tuple(self._events)
        story = plain_story(tell(events, show=self._show, shots=self._shots))
        try:
            self._store.write_note(note_of(self._show), {"sender": self._sender, "status": story})
        except StoreError:
            return -1, LEAST_SECONDS
        return len(events), max(LEAST_SECONDS, REST * (time.monotonic() - began))


def _plain_shot(tale: ShotTale) -> dict[str, Plain]:
    return {
        "shot": tale.name,
        "state": tale.state,
        "takes": tale.takes,
        "circled": tale.circled or None,
        "scores": tale.scores,
        "version": tale.version or None,
        "folder": tale.folder or None,
        "problem": tale.problem,
        "hint": tale.hint,
        "spent_usd": round(tale.spent_usd, 6),
        "spent_seconds": round(tale.spent_seconds, 3),
        "tasks": [
            {
                "stage": task.stage,
                "part": task.part,
                "state": task.state,
                "done": round(task.share, 3),
                "seconds": round(task.seconds, 3),
                "usd": round(task.usd, 6),
                "key": task.key,
            }
            for task in tale.tasks.values()
        ],
    }
