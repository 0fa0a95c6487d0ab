"""An embedding model for pictures and words (CLIP, SigLIP): optional, and loaded when first asked.

The only door of the embedding critics to torch; where nothing is named, they are not asked.
"""

from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from farm.errors import TaskError

F32 = NDArray[np.float32]
Picture = NDArray[np.uint8]


class Embedder(Protocol):
    """Turns sRGB pictures and words into vectors of length 1, (count, dimensions)."""

    def pictures(self, pictures: Sequence[Picture], /) -> F32:
        """Embed pictures, each (height, width, 3)."""
        ...

    def words(self, texts: Sequence[str], /) -> F32:
        """Embed texts."""
        ...


class TransformersEmbedder:
    """A model with two towers from transformers, on the processor, in float32."""

    def __init__(self, name: str) -> None:
        import transformers

        path, _, revision = name.partition("@")
        wanted = {"revision": revision} if revision else {}
        library: Any = transformers  # half of it has no static types
        try:
            self._model = library.AutoModel.from_pretrained(path, **wanted).eval()
            self._processor = library.AutoProcessor.from_pretrained(path, **wanted)
        except (OSError, ValueError) as fault:
            raise TaskError(
                f"the embedding model {path} cannot be loaded: {fault}",
                hint="FARM_EMBEDDER names a folder, or a model of the hub as name@revision",
            ) from fault

    def pictures(self, pictures: Sequence[Picture], /) -> F32:
        """Embed pictures."""
        read = self._processor(images=list(pictures), return_tensors="pt")
        return self._unit("get_image_features", read)

    def words(self, texts: Sequence[str], /) -> F32:
        """Embed texts, cut where the model stops reading."""
        read = self._processor(text=list(texts), return_tensors="pt", padding=True, truncation=True)
        return self._unit("get_text_features", read)

    def _unit(self, tower: str, read: Any) -> F32:  # noqa: ANN401  # a batch of tensors, by name
        import torch

        with torch.no_grad():
            found = getattr(self._model, tower)(**read)
        pooled = getattr(found, "pooler_output", found)
        vectors = np.asarray(pooled.float().numpy(), np.float32)
        unit: F32 = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        return unit


@lru_cache(maxsize=1)
def open_embedder(name: str) -> Embedder:
    """Load the model once in a worker; raises TaskError where it is not there."""
    if find_spec("transformers") is None:
        raise TaskError(
            "an embedding model is named, and transformers is not installed",
            hint="pip install farm[diffusers], or unset FARM_EMBEDDER",
        )
    return TransformersEmbedder(name)
