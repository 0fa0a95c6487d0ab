"""Faces: a character must look as it did in the first shot of the list that shows it.

Only where an embedding model is named, for only it can tell. The first shot that is no continuation
of another sets the face, so that no two shots wait for each other.
"""

import asyncio
from collections.abc import Iterable

from farm.shots.spec import Shot
from farm.task import Artifact

Whose = tuple[str, str]
"""A variant of the list, and a character."""


class Faces:
    """Who was circled first, for every character of every variant."""

    def __init__(self, shots: Iterable[Shot]) -> None:
        self._first: dict[Whose, str] = {}
        for shot in shots:
            for name in shot.characters if not shot.continues else ():
                self._first.setdefault((shot.variant, name), shot.shot)
        loop = asyncio.get_running_loop()
        self._shown: dict[Whose, asyncio.Future[Artifact | None]] = {
            whose: loop.create_future() for whose in self._first
        }

    async def known(self, shot: Shot) -> dict[str, Artifact]:
        """Wait for the faces that a shot must match, by character; a face that never came is not.

        The shot that sets a face has nothing to match.
        """
        found: dict[str, Artifact] = {}
        for name in shot.characters:
            whose = (shot.variant, name)
            if self._first.get(whose, shot.shot) != shot.shot:
                clip = await asyncio.shield(self._shown[whose])
                found |= {name: clip} if clip else {}
        return found

    def show(self, shot: Shot, clip: Artifact | None) -> None:
        """Tell what a shot has circled, or that it has circled nothing; the first word counts."""
        for whose, first in self._first.items():
            if whose[0] == shot.variant and first == shot.shot and not self._shown[whose].done():
                self._shown[whose].set_result(clip)
