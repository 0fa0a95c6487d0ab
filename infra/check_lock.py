"""Check that constraints.txt, pyproject.toml and what is installed tell the same story."""

import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from itertools import chain
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent


def asked(pyproject: Path) -> list[Requirement]:
    """List what the project asks for, extras included."""
    project = tomllib.loads(pyproject.read_text("utf-8"))["project"]
    extras = chain.from_iterable(project.get("optional-dependencies", {}).values())
    return [Requirement(line) for line in (*project["dependencies"], *extras)]


def pinned(constraints: Path) -> dict[str, Version]:
    """Read the pins by name; raises ValueError for a line that is not `name==version`."""
    lines = (line.split("#")[0].strip() for line in constraints.read_text("utf-8").splitlines())
    pins = [line.partition("==") for line in lines if line]
    loose = [name for name, equals, _ in pins if not equals]
    if loose:
        raise ValueError(f"not pinned with ==: {', '.join(loose)}")
    return {canonicalize_name(name): Version(version) for name, _, version in pins}


def closure(requirements: list[Requirement]) -> dict[str, Version]:
    """Follow requirements through what is installed: every name that they lead to."""
    found: dict[str, Version] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(each, "") for each in requirements]
    while waiting:
        wanted, extra = waiting.pop()
        if wanted.marker and not wanted.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(wanted.name)
        installed = distribution(name)
        found[name] = Version(Version(installed.version).public)
        for inner in ("", *wanted.extras):
            if (name, inner) not in seen:
                seen.add((name, inner))
                waiting += [(Requirement(line), inner) for line in installed.requires or ()]
    return found


def faults(
    requirements: list[Requirement], pins: Mapping[str, Version], found: Mapping[str, Version]
) -> Iterator[str]:
    """Say where the three disagree."""
    for each in requirements:
        pin = pins.get(canonicalize_name(each.name))
        if pin is not None and pin not in each.specifier:
            yield f"pyproject.toml asks for {each}, constraints.txt pins {pin}"
    for name, version in sorted(found.items()):
        if name not in pins:
            yield f"{name} {version} is needed and installed, but not pinned"
        elif pins[name] != version:
            yield f"{name} {version} is installed, constraints.txt pins {pins[name]}"
    for name in sorted(set(pins) - set(found) - {"setuptools"}):
        yield f"{name} is pinned, but nothing asks for it"


def main() -> int:
    """Print every disagreement; 1 if there is one."""
    requirements = asked(ROOT / "pyproject.toml")
    try:
        pins, found = pinned(ROOT / "constraints.txt"), closure(requirements)
    except (ValueError, PackageNotFoundError) as error:
        said = [f"{error}"]
    else:
        said = list(faults(requirements, pins, found))
    sys.stdout.writelines(f"lock: {line}\n" for line in said)
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
