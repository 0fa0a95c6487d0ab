"""Where weights come from over a network: an HTTP mirror, an S3 mirror, the hub."""

import hashlib
import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

from farm.cards.sets import Weights
from farm.cards.shelf import MANIFEST, UNPINNED, Listed, Listing, is_hub
from farm.digest import PIECE, digest_file
from farm.errors import LostError, TaskError

TIMEOUT_SECONDS = 60.0
NOT_THERE = (401, 403, 404, 410)


class Source(Protocol):
    """One place, asked for one set of weights."""

    place: str

    def listing(self) -> Listing:
        """List its files; raises TaskError where it has not got them, LostError on a bad line."""
        ...

    def take(self, name: str, part: Path, *, size: int) -> Iterator[int]:
        """Go on fetching a file into `part` from where that ends; yield its size so far."""
        ...

    def verified(self, name: str, part: Path, entry: Listed) -> bool:
        """Tell whether the bytes are what was listed."""
        ...


def source_for(place: str, one: Weights) -> Source:
    """Open the source that a place's spelling means."""
    if is_hub(place):
        return HubSource(place, one)
    if place.startswith("s3://"):
        return BucketSource(place, one)
    if place.startswith(("http://", "https://")):
        return MirrorSource(place, one)
    raise TaskError(f"weights cannot be fetched from {place}", hint="write s3://, https:// or hub")


class MirrorSource:
    """A copy of a shelf behind a web server; one that answers no ranges is read from the start."""

    def __init__(self, place: str, one: Weights) -> None:
        self.place = place
        self._base = f"{place.rstrip('/')}/{one.hub}/{one.revision or UNPINNED}"

    def listing(self) -> Listing:
        """Read the mirror's weights.json."""
        with self._open(MANIFEST) as answer:
            return _parsed(answer.read(), self._base)

    def take(self, name: str, part: Path, *, size: int) -> Iterator[int]:
        """Ask for the rest of a file."""
        have = _size(part)
        if have >= size > 0:
            part.unlink()
            have = 0
        with self._open(name, start=have) as answer:
            going_on = have and getattr(answer, "status", 200) == http.client.PARTIAL_CONTENT
            yield from _poured(answer, part, going_on=bool(going_on), what=f"{self._base}/{name}")

    def verified(self, name: str, part: Path, entry: Listed) -> bool:  # noqa: ARG002  # the protocol's
        """Compare SHA-256."""
        return digest_file(part) == entry.sha256

    def _open(self, name: str, *, start: int = 0) -> BinaryIO:
        url = f"{self._base}/{name}"
        request = urllib.request.Request(url, headers={"Range": f"bytes={start}-"} if start else {})  # noqa: S310  # http and https only, by source_for
        try:
            return cast("BinaryIO", urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS))  # noqa: S310  # an answer reads as a file does
        except urllib.error.HTTPError as error:
            kind = TaskError if error.code in NOT_THERE else LostError
            raise kind(
                f"{url}: {error.code} {error.reason}", hint="is the mirror whole?"
            ) from error
        except OSError as error:
            raise LostError(f"{url}: {error}", hint="is the mirror reachable from here?") from error


class BucketSource:
    """A copy of a shelf in an S3 bucket."""

    def __init__(self, place: str, one: Weights) -> None:
        bucket, _, prefix = place.removeprefix("s3://").partition("/")
        self.place = place
        self._bucket = bucket
        self._prefix = "/".join(
            w for w in (prefix.strip("/"), one.hub, one.revision or UNPINNED) if w
        )

    def listing(self) -> Listing:
        """Read the bucket's weights.json."""
        return _parsed(self._open(MANIFEST).read(), self.place)

    def take(self, name: str, part: Path, *, size: int) -> Iterator[int]:
        """Ask for the rest of a file."""
        have = _size(part)
        if have >= size > 0:
            part.unlink()
            have = 0
        body = self._open(name, start=have)
        yield from _poured(body, part, going_on=have > 0, what=f"{self.place}/{name}")

    def verified(self, name: str, part: Path, entry: Listed) -> bool:  # noqa: ARG002  # the protocol's
        """Compare SHA-256."""
        return digest_file(part) == entry.sha256

    def _open(self, name: str, *, start: int = 0) -> BinaryIO:
        from farm.store.s3_objects import open_object  # noqa: PLC0415  # boto3 is heavy

        return open_object(self._bucket, f"{self._prefix}/{name}", start=start)


class HubSource:
    """The Hugging Face hub, through its own client, which keeps what it has of a file."""

    def __init__(self, place: str, one: Weights) -> None:
        self.place = place
        self._one = one
        self._endpoint = place.partition(":")[2] or None
        self._names: dict[str, Any] = {}

    def listing(self) -> Listing:
        """Ask for the files of the pinned commit."""
        if not self._one.revision:
            raise TaskError(
                f"{self._one.hub} has no pinned commit on its card, so the hub is not asked",
                hint="use a folder or a mirror, or pin a commit",
            )
        said = self._asked(lambda hub: hub.HfApi(endpoint=self._endpoint).model_info(
            self._one.hub, revision=self._one.revision, files_metadata=True))  # fmt: skip
        self._names = {file.rfilename: file for file in said.siblings}
        return {
            name: Listed(size=file.size or 0, sha256=file.lfs.sha256 if file.lfs else "")
            for name, file in self._names.items()
        }

    def take(self, name: str, part: Path, *, size: int) -> Iterator[int]:
        """Let the hub's client fetch a file; it resumes by itself."""
        beside = part.parent / ".cache" / "hub"
        got = self._asked(lambda hub: hub.hf_hub_download(
            self._one.hub, name, revision=self._one.revision, local_dir=beside,
            endpoint=self._endpoint))  # fmt: skip
        Path(got).replace(part)
        yield size

    def verified(self, name: str, part: Path, entry: Listed) -> bool:
        """Compare SHA-256 for large files, git's own digest for those that git keeps itself."""
        if entry.sha256:
            return digest_file(part) == entry.sha256
        return bool(self._names[name].blob_id == _git_digest(part.read_bytes()))

    def _asked(self, question: Any) -> Any:  # noqa: ANN401  # the hub's client has no exported types
        import huggingface_hub as hub  # noqa: PLC0415  # heavy, and an extra
        from huggingface_hub import errors  # noqa: PLC0415  # the same

        try:
            return question(hub)
        except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError,
                errors.EntryNotFoundError, errors.GatedRepoError) as error:  # fmt: skip
            hint = "a gated model needs HF_TOKEN and its licence accepted on the hub"
            raise TaskError(
                f"{self._one.hub} on the hub: {_first_line(error)}", hint=hint
            ) from error
        except errors.OfflineModeIsEnabled as error:
            raise TaskError("the hub is switched off (HF_HUB_OFFLINE)") from error
        except Exception as error:  # the hub's edge: its client changed its HTTP library twice
            raise LostError(f"{self._one.hub} on the hub: {_first_line(error)}") from error


def _parsed(data: bytes, where: str) -> Listing:
    try:
        raw = json.loads(data)
        return {name: Listed(**entry) for name, entry in raw["files"].items()}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise TaskError(f"{where}/{MANIFEST} is not a listing of weights: {error}") from error


def _poured(body: BinaryIO, part: Path, *, going_on: bool, what: str) -> Iterator[int]:
    """Write an answer's bytes as they come, so that what is there survives a broken line."""
    with part.open("ab" if going_on else "wb") as file:
        try:
            while piece := body.read(PIECE):
                file.write(piece)
                yield file.tell()
        except (OSError, http.client.HTTPException) as error:
            raise LostError(
                f"{what}: the line broke: {error}", hint="it goes on from there"
            ) from error


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _git_digest(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
