"""Which version a delivery becomes: the same content stays what it was, changed content is next."""

import json
from collections.abc import Mapping
from pathlib import Path

from farm.digest import Plain, digest_value
from farm.naming import version_name, version_number

MANIFEST = "manifest.json"


def content_digest(recipe: Plain) -> str:
    """Digest what decides a delivery's content: the masters and how they are packaged.

    The version is part of every frame's header, so the recipe must be all that goes into the
    frames but the version itself.
    """
    return digest_value(recipe)


def next_version(published: Mapping[str, str], content: str) -> str:
    """Choose the version for a content, from the content of every version published so far."""
    same = [name for name, known in published.items() if known == content]
    numbers = [version_number(name) or 0 for name in same or published]
    return version_name(max(numbers, default=0) + (0 if same else 1))


def published_versions(shot_folder: Path) -> dict[str, str]:
    """Read the content of every version in a shot's folder; one without a sound manifest has none.

    A version whose manifest cannot be read still takes up its number.
    """
    if not shot_folder.is_dir():
        return {}
    names = sorted(path.name for path in shot_folder.iterdir() if version_number(path.name))
    return {name: _content(shot_folder / name / MANIFEST) for name in names}


def _content(manifest: Path) -> str:
    try:
        value = json.loads(manifest.read_bytes())
    except (OSError, ValueError):
        return ""
    content = value.get("content") if isinstance(value, dict) else None
    return content if isinstance(content, str) else ""
