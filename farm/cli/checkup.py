"""What `farm doctor` looks at: each check says that it is well, or what is wrong and what to do."""

import asyncio
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from farm.digest import Plain
from farm.errors import FarmError
from farm.settings import Choices, Settings, find_settings, local_path, local_uri

PYTHON = (3, 11)
LEAST_FREE_GB = 5.0
PROBE_SECONDS = 120.0
_WORDS = b'"the doctor was here"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check found; without what is not `needed` the farm still works."""

    name: str
    ok: bool
    said: str
    hint: str = ""
    needed: bool = True

    @property
    def line(self) -> str:
        """Write the finding for people."""
        mark = "ok" if self.ok else ("failed" if self.needed else "note")
        hint = "" if self.ok or not self.hint else f"\n  hint: {self.hint}"
        return f"{mark:<7} {self.name:<10} {self.said}{hint}"

    @property
    def plain(self) -> dict[str, Plain]:
        """Return the finding as a plain value."""
        return {
            "name": self.name,
            "ok": self.ok,
            "needed": self.needed,
            "said": self.said,
            "hint": "" if self.ok else self.hint,
        }


class Unwell(Exception):  # noqa: N818  # a verdict on the machine, not an error of the farm
    """A check failed, with what to do about it."""

    def __init__(self, said: str, *, hint: str) -> None:
        super().__init__(said)
        self.hint = hint


def checkup(*, store: str | None, executor: str | None) -> Iterator[Finding]:
    """Look at one thing after the other; a later check runs even if an earlier one fails."""
    settings = find_settings(Path("list.yaml"), Choices(store=store, executor=executor))
    yield _finding("python", _python)
    yield _finding("packages", _packages)
    yield _finding("extras", _extras, needed=False)
    yield _finding("machine", _machine)
    yield _finding("store", lambda: _store(settings))
    yield _finding("space", lambda: _space(settings), needed=False)
    yield _finding("weights", lambda: _weights(settings), needed=False)
    yield _finding("numba", _numba)
    yield _finding("exr", _exr)
    yield _finding("colour", _colour)
    yield _finding("movie", _movie)
    for pool in settings.pools:
        yield Finding(name="pool", ok=True, said=pool.said)
    if "modal" in (settings.executor, *(pool.executor for pool in settings.pools)):
        yield _finding("modal", _modal)
    yield _finding("executor", lambda: _executor(settings))


def _finding(name: str, check: Callable[[], str], *, needed: bool = True) -> Finding:
    try:
        return Finding(name=name, ok=True, said=check(), needed=needed)
    except Unwell as fault:
        return Finding(name=name, ok=False, said=str(fault), hint=fault.hint, needed=needed)
    except FarmError as fault:
        return Finding(name=name, ok=False, said=fault.problem, hint=fault.hint, needed=needed)
    except Exception as fault:  # noqa: BLE001  # a checkup reports whatever a library raises
        said = f"{type(fault).__name__}: {fault}"
        return Finding(name=name, ok=False, said=said, hint="install the farm anew", needed=needed)


def _python() -> str:
    said = ".".join(str(number) for number in sys.version_info[:3])
    if sys.version_info < PYTHON:
        raise Unwell(said, hint="the farm needs Python 3.11 or newer")
    return f"{said} at {sys.executable}"


def _packages() -> str:
    """See that everything the base install asks for is there, in a version that will do."""
    wanted = [line for line in requires("farm") or () if "extra ==" not in line]
    wrong = [fault for line in wanted if (fault := _unmet(line))]
    if wrong:
        raise Unwell("; ".join(wrong), hint="pip install --constraint constraints.txt --editable .")
    return f"farm {version('farm')} and its {len(wanted)} packages"


def _unmet(line: str) -> str:
    from packaging.requirements import Requirement

    wanted = Requirement(line)
    try:
        there = version(wanted.name)
    except PackageNotFoundError:
        return f"{wanted.name} is not installed"
    return (
        ""
        if wanted.specifier.contains(there, prereleases=True)
        else f"{wanted} but {there} is there"
    )


def _extras() -> str:
    found = [name for name in ("torch", "diffusers", "modal") if _there(name)]
    return ", ".join(f"{name} {version(name)}" for name in found) or "none installed, none needed"


def _there(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def _machine() -> str:
    from farm.executors.machine import cores, memory_gb

    return f"{cores()} cores, {memory_gb():.0f} GB of memory"


def _store(settings: Settings) -> str:
    """Keep a few bytes and fetch them again."""
    from farm.store import open_store

    with _place(settings) as uri:
        store = open_store(uri)
        artifact = store.put(_WORDS, kind="json")
        if store.get(artifact) != _WORDS:
            raise Unwell(f"{settings.store} gave other bytes back", hint="check the disk")
    return f"{settings.store} keeps and gives back"


@contextmanager
def _place(settings: Settings) -> Iterator[str]:
    """Give the store, or one beside it for the moment, where it is not there yet."""
    folder = local_path(settings.store)
    if folder is None or folder.exists():
        yield settings.store
        return
    with tempfile.TemporaryDirectory(prefix=".farm_doctor_", dir=_nearest(folder)) as beside:
        yield local_uri(Path(beside))


def _nearest(folder: Path) -> Path:
    return next(place for place in (folder, *folder.parents) if place.exists())


def _space(settings: Settings) -> str:
    import shutil

    folder = local_path(settings.store)
    if folder is None:
        return "the store is not on this machine"
    free = shutil.disk_usage(_nearest(folder)).free / 1e9
    if free < LEAST_FREE_GB:
        raise Unwell(f"{free:.1f} GB free", hint="farm gc removes what no list asks for")
    return f"{free:.0f} GB free, room for about {int(free / 0.035):,} 4K master frames"


def _weights(settings: Settings) -> str:
    """Look at where weights come from, what is here, and whether there is room for more."""
    import shutil

    from farm.cards import load_cards
    from farm.cards.shelf import PLACES, is_folder
    from farm.cards.stock import stocks
    from farm.cli.shelves import shelf_for

    shelf = shelf_for(settings)
    gone = [place for place in shelf.places if is_folder(place) and not Path(place).is_dir()]
    if gone:
        raise Unwell(f"{', '.join(gone)} is no folder here", hint=f"mend {PLACES} or farm.toml")
    found = stocks(load_cards().values(), shelf)
    here = [one.model for one in found if not one.to_fetch and not one.nowhere]
    free = shutil.disk_usage(_nearest(shelf.kept)).free / 1e9
    return (
        f"{', '.join(here) or 'none'} of {len(found)} models here; more comes from "
        f"{', '.join(shelf.places)} to {shelf.kept}, {free:.0f} GB free"
    )


def _numba() -> str:
    import numba
    import numpy as np

    add = numba.njit(lambda values: values.sum())
    total = float(add(np.arange(4.0)))
    if total != 6.0:
        raise Unwell(f"a compiled sum gave {total}", hint="install numba anew")
    # get_num_threads() would start the threads, and Ray forks after this
    threads = numba.config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]  # set at run time
    return f"compiles, {threads} threads"


def _exr() -> str:
    import numpy as np

    from farm.media.exr import read_exr, write_exr

    pixels = np.linspace(0, 100, 8 * 8 * 3, dtype=np.float32).reshape(8, 8, 3)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "doctor.exr"
        write_exr(path, pixels, compression="zip", header={})
        back, _ = read_exr(path)
    if not np.array_equal(back, pixels.astype(np.float16)):
        raise Unwell("an EXR came back changed", hint="install OpenEXR anew")
    return f"writes and reads, OpenEXR {version('OpenEXR')}"


def _colour() -> str:
    import numpy as np

    from farm.media.colorspace import ACES2065_1, convert

    grey = np.full((1, 1, 3), 0.18, np.float32)
    back = convert(convert(grey, ACES2065_1, "ACEScg"), "ACEScg", ACES2065_1)
    if not np.allclose(back, grey, atol=1e-4):
        raise Unwell("grey came back tinted", hint="install opencolorio anew")
    return f"converts there and back, OpenColorIO {version('opencolorio')}"


def _movie() -> str:
    """Encode a second of grey and count its frames."""
    import av
    import numpy as np

    from farm.frames import Rate
    from farm.media.movie import encode_review

    frames = [np.full((64, 96, 3), 120, np.uint8)] * 24
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "doctor.mp4"
        for _ in encode_review(path, iter(frames), rate=Rate.parse("24")):
            pass
        with av.open(str(path)) as movie:
            count = sum(1 for _ in movie.decode(video=0))
    if count != len(frames):
        raise Unwell(f"{count} of {len(frames)} frames came back", hint="install av anew")
    return f"encodes and decodes H.264, PyAV {version('av')}"


def _modal() -> str:
    """Look at the account, the app and its image, and the volume of weights."""
    from farm.executors.modal_wire import ModalWire

    return asyncio.run(ModalWire().look())


def _executor(settings: Settings) -> str:
    """Start the executor, run a probe on it, and stop it again."""
    with _place(settings) as uri:
        seconds = asyncio.run(_probe(replace(settings, store=uri)))
    return f"{settings.executor} started, ran a probe and stopped, {seconds:.1f}s"


async def _probe(settings: Settings) -> float:
    import time

    from farm.executors import open_executor
    from farm.task import Task

    began = time.perf_counter()
    executor = open_executor(
        settings.executor,
        store_uri=settings.store,
        workers=settings.workers,
        cluster=settings.cluster,
        ship=settings.ship,
        pools=settings.pools,
    )
    task = Task(stage="probe", version=1, params={"value": time.time_ns()})
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await executor.open()
            await executor.perform(task, report=lambda _task, _progress: None)
    except TimeoutError as error:
        hint = "try --executor local"
        raise Unwell(f"no answer in {PROBE_SECONDS:.0f}s", hint=hint) from error
    finally:
        await executor.close()
    return time.perf_counter() - began
