"""A set of weights, as a card names it."""

import fnmatch
from typing import Annotated

from pydantic import Field

from farm.shots.spec import Frozen


class Weights(Frozen):
    """One set of weights: where it lies on the hub, at which commit, which files, how large.

    `files` are glob patterns, all files when empty. Without a `revision` the hub is not asked: the
    files come from a folder or a mirror, as the digests beside them say.
    """

    hub: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")]
    revision: Annotated[str, Field(pattern=r"^([0-9a-f]{40})?$")] = ""
    files: tuple[str, ...] = ()
    gb: Annotated[float, Field(gt=0)]

    def holds(self, name: str) -> bool:
        """Tell whether a file of the hub's belongs to it."""
        return not self.files or any(fnmatch.fnmatch(name, pattern) for pattern in self.files)
