"""A set of weights, as a card names it."""

import fnmatch
from typing import Annotated

from pydantic import Field

from farm.shots.spec import Frozen

FIELDS = ("annotations", "continues", "edit", "extend", "keyframes", "loop")
"""Fields of a shot for which a model may have weights of their own."""

Wish = Annotated[
    str, Field(pattern=rf"^({'|'.join(FIELDS)}|references|edit\.[a-z]+|camera\.[a-z_]+)$")
]
"""What a shot can ask: a field, a manner of its edit (`edit.flex`) or a move (`camera.static`)."""


class Weights(Frozen):
    """One set of weights: where it lies on the hub, at which commit, which files, how large.

    `files` are glob patterns, all files when empty. Without a `revision` the hub is not asked: the
    files come from a folder or a mirror, as the digests beside them say. A set that is `asked_by`
    something is loaded for shots alone that ask for any of it; any other is loaded for all.
    """

    hub: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")]
    revision: Annotated[str, Field(pattern=r"^([0-9a-f]{40})?$")] = ""
    files: tuple[str, ...] = ()
    gb: Annotated[float, Field(gt=0)]
    asked_by: tuple[Wish, ...] = ()

    def holds(self, name: str) -> bool:
        """Tell whether a file of the hub's belongs to it."""
        return not self.files or any(fnmatch.fnmatch(name, pattern) for pattern in self.files)

    def serves(self, wishes: frozenset[str]) -> bool:
        """Tell whether a shot that asks all this has it loaded."""
        return not self.asked_by or not wishes.isdisjoint(self.asked_by)
