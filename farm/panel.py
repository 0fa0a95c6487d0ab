"""Who sits beside the metrics of the judge: a vision critic and an embedding model, by name.

Names decide the verdict and so are part of its key; where a model is reached and with which key is
the business of the machine that judges, and stays in its environment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from farm.digest import Plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """The models that are asked beside the metrics; none where nothing is named.

    `vision` and `embedder` are names, or folders, with `@revision` where they are pinned. The
    `door` to the vision critic is an endpoint, or transformers in the worker itself.
    """

    vision: str = ""
    door: Literal["endpoint", "transformers"] = "endpoint"
    embedder: str = ""

    @classmethod
    def named(cls, environ: Mapping[str, str]) -> "Panel":
        """Read `FARM_CRITIC_MODEL`, `FARM_CRITIC_URL` and `FARM_EMBEDDER`."""
        url, model = environ.get("FARM_CRITIC_URL", ""), environ.get("FARM_CRITIC_MODEL", "")
        return cls(
            vision=model or ("default" if url else ""),
            door="endpoint" if url else "transformers",
            embedder=environ.get("FARM_EMBEDDER", ""),
        )

    def params(self) -> dict[str, Plain]:
        """Return what a judge's task says of the panel: nothing where nobody is named."""
        vision: dict[str, Plain] = {"model": self.vision, "door": self.door}
        said: dict[str, Plain] = {"critic": vision} if self.vision else {}
        return {**said, "embedder": self.embedder} if self.embedder else said


NOBODY = Panel()
"""The measures alone."""
