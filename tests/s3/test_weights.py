"""Weights from a bucket: a mirror is a copy of a shelf, and a fetch goes on where it ended."""

from pathlib import Path

import pytest

from farm.cards import card_for
from farm.cards.card import Weights
from farm.cards.shelf import Shelf
from farm.errors import TaskError
from functions.models.sources import BucketSource
from functions.models.weights import folder_of, record, whole
from tests.s3.server import Server

ONE = Weights(hub="studio/tiny", gb=0.001)
LARGE = bytes(range(256)) * 400


@pytest.fixture
def place(s3_server: Server, s3_keys: None, tmp_path: Path, monkeypatch) -> str:
    stock = tmp_path / "stock"
    (stock / "vae").mkdir(parents=True)
    (stock / "model_index.json").write_text("{}")
    (stock / "vae" / "large.safetensors").write_bytes(LARGE)
    record(stock)
    there = s3_server.new_place()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3_server.endpoint)
    for path in sorted(p for p in stock.rglob("*") if p.is_file()):
        key = f"{there.prefix}{ONE.hub}/unpinned/{path.relative_to(stock)}"
        s3_server.owner.put_object(Bucket=there.bucket, Key=key, Body=path.read_bytes())
    return f"s3://{there.bucket}/{there.prefix}"


def card(one: Weights = ONE):
    return card_for("previz").model_copy(update={"weights": {"base": one}})


def test_weights_of_a_bucket_are_fetched_and_verified(place: str, tmp_path: Path):
    shelf = Shelf(places=(place,), kept=tmp_path / "kept")
    folder = folder_of(card(), shelf=shelf)
    assert (folder / "vae" / "large.safetensors").read_bytes() == LARGE
    assert whole(folder, shelf, thorough=True)


def test_a_fetch_from_a_bucket_goes_on_where_it_ended(place: str, tmp_path: Path):
    part = tmp_path / "large.part"
    part.write_bytes(LARGE[:5000])
    source = BucketSource(place, ONE)
    sizes = list(source.take("vae/large.safetensors", part, size=len(LARGE)))
    assert part.read_bytes() == LARGE
    assert sizes[0] > 5000


def test_a_bucket_without_them_says_so(place: str, tmp_path: Path):
    missing = card(ONE.model_copy(update={"hub": "studio/none"}))
    with pytest.raises(TaskError, match=r"nowhere to be had: .*NoSuchKey"):
        folder_of(missing, shelf=Shelf(places=(place,), kept=tmp_path / "kept"))
