"""Whether a delivered file is there: a look at its name and size that opens nothing."""

from pathlib import Path, PurePosixPath

from farm.delivery.manifest import File


def absence(folder: Path, file: File) -> str:
    """Say why a file is not there as the manifest has it; nothing if it is."""
    path = folder / file.path
    if _strays(file.path):
        return "the manifest points outside the delivery"
    if path.is_symlink():
        return "a symbolic link, where the file itself was delivered"
    if not path.is_file():
        return "missing"
    if (size := path.stat().st_size) != file.size:
        cut = "cut off" if size < file.size else "grown"
        return f"{cut}: {size} bytes where {file.size} were delivered"
    return ""


def _strays(path: str) -> bool:
    pure = PurePosixPath(path)
    return pure.is_absolute() or ".." in pure.parts
