"""How faults of a list are shown to programs."""

from farm.digest import Plain
from farm.shots.faults import Fault


def plain_fault(fault: Fault) -> dict[str, Plain]:
    """Return a fault as a plain value."""
    return {
        "file": fault.file,
        "line": fault.line,
        "column": fault.column,
        "path": fault.path,
        "problem": fault.problem,
        "hint": fault.hint,
    }
