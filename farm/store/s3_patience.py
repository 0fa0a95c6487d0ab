"""Patience with a server: the same request again, after longer and longer pauses."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

FIRST_PAUSE = 0.2  # seconds
LONGEST_PAUSE = 5.0
PATIENCE = 90.0


@dataclass(slots=True, kw_only=True)
class Patience:
    """Tries again what may pass by itself, `seconds` long in all.

    The pauses double and are drawn at random below their length ("full jitter"), so that many
    workers do not come back at once. Calls share their patience: where nothing has succeeded for
    as long as that, a call is tried once and no more. `troubled_at` is the monotonic time of the
    last failure.
    """

    seconds: float = PATIENCE
    troubled_at: float = float("-inf")
    failing_since: float = float("inf")

    def with_(
        self, call: Callable[[], T], *, passes: Callable[[Exception], bool], seconds: float = 0.0
    ) -> T:
        """Make a call until it succeeds, or fails for good, or patience is at its end."""
        began, pause = time.monotonic(), FIRST_PAUSE
        while True:
            try:
                answer = call()
            except Exception as error:
                if not passes(error):
                    self.failing_since = float("inf")  # it answered
                    raise
                now = self.troubled_at = time.monotonic()
                self.failing_since = min(self.failing_since, now)
                if now - min(began, self.failing_since) > (seconds or self.seconds):
                    raise
            else:
                self.failing_since = float("inf")
                return answer
            time.sleep(random.uniform(pause / 4, pause))
            pause = min(2 * pause, LONGEST_PAUSE)

    def calm_for(self) -> float:
        """Return how many seconds ago the last failure was."""
        return time.monotonic() - self.troubled_at
