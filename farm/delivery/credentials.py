"""Content credentials (C2PA) on movies and stills: signed offline, with the farm's own key.

`FARM_C2PA_CERT` names a file with the certificate chain and `FARM_C2PA_KEY` one with its private
key, both PEM; ES256, ES384, PS256 and Ed25519 keys serve. Signing belongs to the driver: no key
ever travels to a worker. A signature holds the time and chance, so what was signed is kept in the
store under what it says: the same movie is signed once, and a damaged delivery can be mended.
"""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from farm.digest import Plain, digest_value
from farm.errors import DeliveryError
from farm.store.base import Store
from farm.task import Artifact, Outcome

CERT, KEY, ALGORITHM = "FARM_C2PA_CERT", "FARM_C2PA_KEY", "FARM_C2PA_ALG"
VERSION: Final = 1
MIMES: Final = {
    "mp4": "video/mp4", "mov": "video/quicktime", "avif": "image/avif", "webp": "image/webp",
    "gif": "image/gif", "png": "image/png",
}  # fmt: skip
MADE_BY_MODEL: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
MADE_BY_RENDERER: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"
"""IPTC's words for what a trained model made, and for what a program computed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """Who signs: the certificate chain, its key, and the algorithm that they are for."""

    chain: bytes
    key: bytes
    algorithm: str

    @property
    def name(self) -> str:
        """Name the signer by the digest of the certificate chain."""
        return digest_value(self.chain.decode("ascii", "replace"))


def missing(environ: Mapping[str, str] = os.environ) -> str:
    """Say what is missing for signing, in words; the empty string means nothing is."""
    if find_spec("c2pa") is None:
        return "c2pa-python is not installed"
    for name in (CERT, KEY):
        if not environ.get(name):
            return f"{name} names no file"
        if not Path(environ[name]).is_file():
            return f"{name} names {environ[name]}, which is not there"
    return ""


def read_seal(environ: Mapping[str, str] = os.environ) -> Seal:
    """Read the farm's signing key; raises DeliveryError where it is not configured."""
    if why := missing(environ):
        hint = f"set {CERT} and {KEY}, or leave out delivery.credentials"
        raise DeliveryError(f"nothing can be signed: {why}", hint=hint)
    return Seal(
        chain=Path(environ[CERT]).read_bytes(),
        key=Path(environ[KEY]).read_bytes(),
        algorithm=environ.get(ALGORITHM, "es256"),
    )


def claim(*, title: str, model: str, trained: bool, facts: Mapping[str, Plain]) -> dict[str, Plain]:
    """Write what the signature stands for: who made the pictures, how, and from what."""
    source = MADE_BY_MODEL if trained else MADE_BY_RENDERER
    created: dict[str, Plain] = {
        "action": "c2pa.created",
        "digitalSourceType": source,
        "softwareAgent": {"name": model},
    }
    return {
        "title": title,
        "claim_generator_info": [{"name": "farm", "version": "0.1"}],
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [created]}},
            {"label": "org.farm.lineage", "data": dict(facts)},
        ],
    }


def signed(
    artifact: Artifact, said: Mapping[str, Plain], store: Store, seal: Seal, *, ending: str
) -> Artifact:
    """Return the artifact with credentials in it; it is signed once, and kept in the store."""
    if ending not in MIMES:
        raise DeliveryError(f"a .{ending} file cannot carry content credentials")
    key = digest_value(["c2pa", VERSION, artifact.digest, dict(said), seal.name])
    if known := store.recall(key):
        return known.outputs["signed"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"signed.{ending}")
        _sign(store.path(artifact), path, said, seal, mime=MIMES[ending])
        result = store.put_file(path, kind=artifact.kind)
    store.remember(Outcome(key=key, outputs={"signed": result}))
    return result


def state(path: Path) -> str:
    """Read what a file's credentials are worth: `Valid`, `Trusted`, `Invalid`, or `none`."""
    import c2pa  # noqa: PLC0415  # an extra, and heavy

    mime = MIMES[path.suffix.removeprefix(".")]
    try:
        with path.open("rb") as file:
            found: dict[str, Any] = json.loads(c2pa.Reader(mime, file).json())  # JSON of theirs
    except c2pa.C2paError:
        return "none"
    return str(found.get("validation_state", "Invalid"))


def _sign(source: Path, target: Path, said: Mapping[str, Plain], seal: Seal, *, mime: str) -> None:
    import c2pa  # noqa: PLC0415  # an extra, and heavy

    # the library takes a time stamp from no server when none is named
    who = c2pa.C2paSignerInfo(seal.algorithm.encode(), seal.chain, seal.key, None)
    try:
        signer = c2pa.Signer.from_info(who)
        builder = c2pa.Builder(json.dumps({**said, "format": mime}))
        with source.open("rb") as reader, target.open("w+b") as writer:
            builder.sign(signer, mime, reader, writer)
    except c2pa.C2paError as fault:
        raise DeliveryError(
            f"{target.name} could not be signed: {fault}",
            hint=f"see that {CERT} and {KEY} belong together, and name {ALGORITHM} (es256 ...)",
        ) from fault
