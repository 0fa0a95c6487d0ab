"""A small delivery, published from a real store, for tests to look at and spoil."""

from dataclasses import replace
from pathlib import Path

from farm.delivery.manifest import Picture
from farm.delivery.publish import Delivery, publish
from farm.digest import canonical
from farm.frames import Rate
from farm.media.exr import write_exr
from farm.media.header import Slate, container_header, delivery_header
from farm.naming import Address
from farm.store import open_store
from farm.store.base import Store
from farm.task import Artifact

from .media_pictures import noise

ADDRESS = Address(show="aurora", shot="sq010_sh0010", variant="tonic_9x16")
RATE = Rate.parse(24)
PICTURE = Picture(width=48, height=27, rate="24", compression="zip", container="plain")
SLATE = Slate(
    show="aurora",
    shot="sq010_sh0010",
    take="t01",
    version="v001",
    seed="7",
    model="previz",
    revision="1",
    prompt_digest="0" * 64,
    rate=RATE,
    light="native",
)
MADE = {"when": "2026-11-21T05:00:00Z", "host": "here"}


def frame(store: Store, folder: Path, number: int, *, strict: bool = False) -> Artifact:
    """Keep one delivery EXR."""
    path = folder / f"{number}.exr"
    if strict:
        header = container_header(RATE, frame=number)
        write_exr(path, noise(seed=number), compression="none", header=header)
    else:
        header = delivery_header(SLATE, frame=number)
        write_exr(path, noise(seed=number), compression="zip", header=header)
    return store.put_file(path, kind="exr")


def sequence(store: Store, frames: dict[int, Artifact]) -> Artifact:
    rows = [
        {"frame": n, "digest": a.digest, "size": a.size, "kind": a.kind} for n, a in frames.items()
    ]
    return store.put(canonical({"frames": rows}), kind="sequence")


def delivery(store: Store, folder: Path, *, count: int = 4, strict: bool = False) -> Delivery:
    """Make a delivery of `count` frames in two chunks, with a movie and a sheet."""
    frames = {n: frame(store, folder, n, strict=strict) for n in range(1001, 1001 + count)}
    half = 1001 + count // 2
    chunks = [{n: a for n, a in frames.items() if (n < half) is first} for first in (True, False)]
    container = "st2065-4" if strict else "plain"
    return Delivery(
        address=ADDRESS,
        version="v001",
        content="c" * 64,
        picture=replace(PICTURE, container=container),
        frames=tuple(sequence(store, chunk) for chunk in chunks if chunk),
        movies={"review": store.put(b"a movie", kind="movie")},
        sheet=store.put(b"a sheet", kind="png"),
        lineage={"prompt": "A red ball", "seed": "7", "scores": {"camera": 0.9}},
    )


def publish_small(tmp_path: Path, *, count: int = 4, strict: bool = False) -> Path:
    """Publish a small delivery, and make its files writable so that a test can spoil them."""
    store = open_store(f"file:{tmp_path / 'store'}")
    small = delivery(store, tmp_path, count=count, strict=strict)
    folder = publish(small, store, tmp_path / "out", made=MADE).folder
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            path.unlink()
            path.write_bytes(data)
    return folder
