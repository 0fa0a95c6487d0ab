"""What it means when a library cannot write a picture or a movie."""

from pathlib import Path

from farm.errors import FarmError, FullError, TaskError


def refused(path: Path, error: Exception) -> FarmError:
    """Say in the farm's words why a file could not be written; a full disk concerns everybody."""
    if "No space left" in str(error):
        return FullError(
            f"there is no room left to write {path}",
            hint="free some space or run `farm gc`, then run the same command again",
        )
    return TaskError(f"{path.name} could not be written: {error}")
