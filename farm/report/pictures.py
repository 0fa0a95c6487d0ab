"""Small pictures for the page, as data that a page carries within itself."""

import base64
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from farm.errors import StoreError, TaskError
from farm.store.base import Store
from farm.task import Artifact

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EDGE = 480
STRIP_EDGE = 240
QUALITY = 82
_KINDS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png"}


def poster(store: Store, artifact: Artifact) -> str:
    """Return a kept JPEG or PNG as a data URI; nothing where the store has lost it."""
    try:
        content = store.get(artifact)
    except StoreError:
        return ""
    return next((_uri(content, kind) for m, kind in _KINDS.items() if content.startswith(m)), "")


def stills(store: Store, clip: Artifact, *, at: Sequence[float]) -> tuple[str, ...]:
    """Take stills of a clip at shares of its length; none where the store has lost it."""
    from farm.media.colorspace import to_display  # noqa: PLC0415  # only a page needs pixels
    from farm.media.exr import read_clip  # noqa: PLC0415  # the same

    try:
        frames = read_clip(store.path(clip))
    except (StoreError, TaskError):
        return ()
    return tuple(_jpeg(to_display(frames[round(share * (len(frames) - 1))])) for share in at)


def strip(store: Store, key: str) -> "NDArray[np.uint8] | None":
    """Put the beginning, middle and end of a kept take side by side; None where it is lost."""
    import numpy as np  # noqa: PLC0415  # only who looks needs pixels

    from farm.media.colorspace import to_display  # noqa: PLC0415  # the same
    from farm.media.exr import read_clip  # noqa: PLC0415  # the same

    try:
        outcome = store.recall(key)
        if outcome is None:
            return None
        frames = read_clip(store.path(outcome.outputs["clip"]))
    except (StoreError, TaskError, KeyError):
        return None
    step = max(1, -(-frames[0].shape[1] // STRIP_EDGE))
    shown = [frames[round(at * (len(frames) - 1))][::step, ::step] for at in (0.0, 0.5, 1.0)]
    return np.hstack([to_display(frame) for frame in shown])


def _jpeg(pixels: "NDArray[np.uint8]") -> str:
    from PIL import Image  # noqa: PLC0415  # only a page needs pictures

    image = Image.fromarray(pixels)
    image.thumbnail((EDGE, EDGE))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY)
    return _uri(buffer.getvalue(), "image/jpeg")


def _uri(content: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
