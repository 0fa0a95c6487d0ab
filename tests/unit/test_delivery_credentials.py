"""Content credentials: signed offline with a chain made here, and broken by a single bit."""

import datetime as dt
from pathlib import Path

import pytest

from farm.delivery import credentials
from farm.errors import DeliveryError
from farm.media.codecs import CODECS
from farm.media.colorspace import to_display
from farm.media.still import write_webp
from farm.store import open_store
from farm.store.base import Store

from .test_deliverables import light, written

pytest.importorskip("c2pa", reason="pip install 'farm[editorial]' brings it")
x509 = pytest.importorskip("cryptography.x509", reason="a chain of certificates is made here")
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402  # after the skips
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402  # the same
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID  # noqa: E402  # the same

SAID = credentials.claim(title="a", model="previz 1", trained=False, facts={"seed": "7"})


def usage(*, sign: bool, issue: bool) -> object:
    return x509.KeyUsage(
        digital_signature=sign, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=issue, crl_sign=issue,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A root of our own, a signer below it, and their files."""
    folder = tmp_path_factory.mktemp("chain")
    now = dt.datetime.now(dt.UTC)

    def name(common: str) -> object:
        return x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "farm"),
                x509.NameAttribute(NameOID.COMMON_NAME, common),
            ]
        )

    def begun(subject: str, key: object) -> object:
        return (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name("a root of ours"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=30))
        )

    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = (
        begun("a root of ours", root_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage(sign=True, issue=True), critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(root_key.public_key()), critical=False
        )
        .sign(root_key, hashes.SHA256())
    )
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    mail = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
    leaf = (
        begun("a signer of ours", key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(sign=True, issue=False), critical=True)
        .add_extension(mail, critical=False)
        .add_extension(above, critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "chain.pem").write_bytes(leaf.public_bytes(pem) + root.public_bytes(pem))
    plain = serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    (folder / "key.pem").write_bytes(private)
    return {
        credentials.CERT: str(folder / "chain.pem"),
        credentials.KEY: str(folder / "key.pem"),
    }


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(f"file:{tmp_path / 'store'}")


@pytest.mark.parametrize("kind", ["hdr10", "prores4444_pq", "webp"])
def test_what_is_signed_is_valid_and_one_bit_breaks_it(
    kind: str, store: Store, tmp_path: Path, environ: dict[str, str]
) -> None:
    ending = CODECS[kind].container if kind in CODECS else kind
    path = tmp_path / f"plain.{ending}"
    if kind in CODECS:
        written(path, CODECS[kind])
    else:
        write_webp(path, to_display(light()))
    kept = store.put(path.read_bytes(), kind="movie")
    seal = credentials.read_seal(environ)
    signed = credentials.signed(kept, SAID, store, seal, ending=ending)
    out = tmp_path / f"out.{ending}"
    out.write_bytes(store.get(signed))
    assert credentials.state(out) == "Valid"
    assert credentials.state(path) == "none"
    spoilt = bytearray(out.read_bytes())
    pictures = spoilt.find(b"mdat") if kind in CODECS else spoilt.find(b"VP8")
    spoilt[pictures + 60] ^= 1
    out.write_bytes(spoilt)
    assert credentials.state(out) in ("Invalid", "none")


def test_the_same_file_is_signed_once(
    store: Store, tmp_path: Path, environ: dict[str, str]
) -> None:
    write_webp(tmp_path / "a.webp", to_display(light()))
    kept = store.put((tmp_path / "a.webp").read_bytes(), kind="webp")
    seal = credentials.read_seal(environ)
    first = credentials.signed(kept, SAID, store, seal, ending="webp")
    assert credentials.signed(kept, SAID, store, seal, ending="webp") == first
    other = credentials.claim(title="b", model="previz 1", trained=False, facts={})
    assert credentials.signed(kept, other, store, seal, ending="webp") != first


def test_what_is_missing_for_signing_is_said(environ: dict[str, str]) -> None:
    assert credentials.missing(environ) == ""
    assert credentials.KEY in credentials.missing({credentials.CERT: environ[credentials.CERT]})
    assert "not there" in credentials.missing({**environ, credentials.CERT: "/nowhere.pem"})
    with pytest.raises(DeliveryError, match="nothing can be signed"):
        credentials.read_seal({})


def test_an_exr_cannot_be_signed_and_a_wrong_key_is_told(
    store: Store, tmp_path: Path, environ: dict[str, str]
) -> None:
    write_webp(tmp_path / "a.webp", to_display(light()))
    kept = store.put((tmp_path / "a.webp").read_bytes(), kind="webp")
    seal = credentials.read_seal(environ)
    with pytest.raises(DeliveryError, match=r"\.exr file cannot carry"):
        credentials.signed(kept, SAID, store, seal, ending="exr")
    (tmp_path / "key.pem").write_text("no key")
    wrong = credentials.read_seal({**environ, credentials.KEY: str(tmp_path / "key.pem")})
    with pytest.raises(DeliveryError, match="could not be signed"):
        credentials.signed(kept, SAID, store, wrong, ending="webp")
