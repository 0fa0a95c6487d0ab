"""The manifest of a delivery: every file with its size and digest, and where it all came from."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

from farm.delivery.version import MANIFEST
from farm.digest import Plain, digest_value
from farm.errors import DeliveryError
from farm.frames import FrameRange

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file of a delivery; `path` is relative to the manifest, with `/` between its parts."""

    path: str
    size: int
    sha256: str
    kind: str
    frame: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What every frame of the delivery must be: width and height in pixels, and the rest.

    `container` is `plain` or `st2065-4`, or `movie` for a cut, which has no frames of its own.
    """

    width: int
    height: int
    rate: str
    compression: str
    container: str
    colorspace: str = "ACES2065-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A delivery in words.

    `content` is the digest of what was asked; `lineage` goes up to the prompt and the seed; `made`
    says who, when and where, and is no part of the content.
    """

    show: str
    shot: str
    version: str
    content: str
    frames: FrameRange
    picture: Picture
    files: tuple[File, ...]
    variant: str = ""
    lineage: Mapping[str, Plain] = field(default_factory=dict)
    made: Mapping[str, Plain] = field(default_factory=dict)

    def plain(self) -> dict[str, Plain]:
        """Return the manifest as it is written, with a seal over all of it."""
        body: dict[str, Plain] = {
            "manifest": FORMAT,
            "show": self.show,
            "variant": self.variant,
            "shot": self.shot,
            "version": self.version,
            "content": self.content,
            "frames": str(self.frames),
            "picture": asdict(self.picture),
            "files": [asdict(file) for file in self.files],
            "lineage": self.lineage,
            "made": self.made,
        }
        return {**body, "seal": digest_value(body)}


def write_manifest(folder: Path, manifest: Manifest) -> Path:
    """Write the manifest into the folder of its version."""
    path = folder / MANIFEST
    text = json.dumps(manifest.plain(), indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a version; raises DeliveryError where it is gone or was altered."""
    path = folder / MANIFEST
    try:
        raw = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise DeliveryError(
            f"{folder} has no {MANIFEST}", hint="name a version's folder, such as .../sh0010/v001"
        ) from None
    except (OSError, ValueError) as fault:
        raise DeliveryError(f"{path} cannot be read: {fault}") from fault
    if not isinstance(raw, dict) or raw.get("manifest") != FORMAT:
        raise DeliveryError(f"{path} is not a manifest of format {FORMAT}")
    if raw.pop("seal", None) != digest_value(raw):
        raise DeliveryError(f"{path} was altered after it was sealed", hint="deliver it anew")
    return _rebuilt(raw, path)


def _rebuilt(raw: dict[str, Any], path: Path) -> Manifest:
    """Rebuild a manifest from plain JSON, whose wrong names and types raise here."""
    try:
        body = {name: value for name, value in raw.items() if name != "manifest"}
        body["frames"] = FrameRange.parse(cast("str", raw["frames"]))
        body["picture"] = Picture(**raw["picture"])
        body["files"] = tuple(File(**file) for file in raw["files"])
        return Manifest(**body)
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise DeliveryError(f"{path} is not a whole manifest: {fault}") from fault
