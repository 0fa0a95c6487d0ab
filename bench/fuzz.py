"""Feed the loader shot lists that nobody should write: it may refuse them, and nothing else.

    python bench/fuzz.py --count 100000 --seed 1

Half are grown from the grammar and then spoiled, half are specs/*.yaml with bytes changed; one in
five hundred is built to be expensive. Every list is loaded from a file as `farm check` would.
Prints counts, the slowest lists and the peak memory; the exit code is 1 where a list got anything
but a shot list or a FarmError, took more than two seconds of the processor or made the memory
pass 500 MB (what else the machine does is not the loader's doing).
`--only 1234` loads one list of a seed again, and prints it.
"""

import argparse
import heapq
import json
import random
import resource
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import yaml

from farm.errors import FarmError
from farm.shots.load import load_shot_list
from farm.shots.spec import LIST_FIELDS, WRITTEN

MOST_SECONDS = 2.0
MOST_MB = 500
SPECS = [path.read_bytes() for path in sorted(Path(__file__).parent.parent.glob("specs/*.yaml"))]
MOVES = ["static", "pan_left", "dolly_in", "zoom_out", "crane_up", "handheld", "dolly_zoom"]
ASPECTS = ["16:9", "9:16", "1:1", "2.39:1", "21:9"]
WORDS = ["ball", "crates", "{shot}", "{{x}}", "café", "日本", "🎬", "a: b", "# c"]
RARE_WORDS = ["{product}", "{nope}", "{", ""]
ODD: list[object] = [
    None, True, False, 0, -1, 1, 2**63, 10**30, 0.5, -0.0, 1e300, float("nan"), float("inf"), "",
    " ", "~", "null", "yes", "no", "on", "off", "16:9", "1:30:00", "2024-01-02",
    "2001-12-14T21:59:43Z", "010", "0o17", "0x1F", "1_000", ".nan", "-.inf", "1e999", "5s", "-5s",
    "5 s", "٣s", "35mm", "f/2.8", "f/0", "180deg", "1001-1096", "1096-1001", "0-9999999",
    "24000/1001", "1/0", "0/0", "../../etc/passwd", "/etc/passwd", "a\0b", "x" * 5000,
    "x" * 300 + ".png", "{product}", "}{", "{{}", "sq010_sh0010", "SQ010_SH0010", "shots[0]",
    "variant", [], {}, [[]], [None], {"a": {}}, {"": 1}, [[0.1, 0.2], [0.3, 0.4]], [[0, 0]],
    "first", "last", "\ud7ff", "\u2028", "con", ".", "..", "a/b",
]  # fmt: skip
TOKENS = [
    b"\t", b"\r\n", b"\r", b"\0", b"\xff", b"\xc3\x28", b"\xef\xbb\xbf", b"\xff\xfe",
    b"\xe2\x80\xa8", b"&a ", b"*a", b"<<: *a\n", b"<<: [*a, *a]\n",
    b"!!python/object/apply:os.system [ls]", b"!!str ", b"!!binary ", b"!x ", b"%YAML 1.1\n",
    b"%TAG ! tag:x\n", b"---\n", b"...\n", b"? ", b": ", b"- ", b"| \n", b">-\n", b'"', b"'",
    b"{", b"}", b"[", b"]", b",", b"#", b"@", b"`", b"\\x00", b'"\\ud800"', b".nan", b"1:30",
    b"2024-01-01", b"~", b"0x7fffffffffffffffffff", b"9" * 400, b"1e400", b"\n", b"  ", b"=",
    b"shots:\n", b"sweep: {matrix: {a: [1, 2]}}\n", b"continues: sq010_sh0010\n", b"{product}",
]  # fmt: skip


def grown(rng: random.Random) -> object:
    """Grow a shot list that is nearly right."""
    shots = [_shot(rng, number) for number in range(rng.choice((1, 1, 2, 3, 8)))]
    whole: dict[str, object] = {"show": "fuzz", "shots": shots}
    if rng.random() < 0.5:
        defaults = _shot(rng, 0)
        whole["defaults"] = {k: defaults[k] for k in defaults if k != "shot"}
    if rng.random() < 0.5:
        whole["sweep"] = _sweep(rng)
    if rng.random() < 0.4:
        whole["characters"] = {"hero": {"description": _text(rng), "references": ["hero.png"]}}
    if rng.random() < 0.4:
        exr = {"compression": rng.choice(["dwab", "zip", "none"])}
        whole["delivery"] = {"resolution": rng.choice(["4k", "480x270"]), "handles": 8, "exr": exr}
    if rng.random() < 0.3:
        whole["budget"] = {"usd": rng.choice([0, 2.5, 100]), "on_cap": "finish_running"}
    return whole


def _shot(rng: random.Random, number: int) -> dict[str, object]:
    fields: dict[str, Callable[[], object]] = {
        "model": lambda: "previz",
        "rate": lambda: rng.choice([24, "24000/1001", 25]),
        "aspect": lambda: rng.choice(ASPECTS),
        "takes": lambda: rng.randint(1, 5),
        "seed": lambda: rng.randint(0, 99),
        "characters": lambda: ["hero"],
        "camera": lambda: {
            "moves": rng.sample(MOVES, rng.randint(1, 2)),
            "focal_length": rng.choice(["35mm", "14mm", "300mm"]),
            "aperture": "f/2.8",
        },
        "keyframes": lambda: [{"frame": rng.choice([1001, "last", 7]), "image": "hero.png"}],
        "annotations": lambda: [_annotation(rng) for _ in range(rng.randint(1, 3))],
        "judge": lambda: {"accept": rng.random(), "rounds": 2},
        "extend": lambda: {"to": rng.choice(["9s", "1s"])},
        "loop": lambda: rng.random() < 0.5,
        "continues": lambda: f"sq010_sh{rng.randint(0, 4) * 10:04}",
        "edit": lambda: {"plate": "hero.png"},
        "reframe": lambda: {"aspect": rng.choice(ASPECTS)},
    }
    shot: dict[str, object] = {"shot": f"sq010_sh{number * 10:04}", "prompt": _text(rng)}
    shot |= rng.choice([{"duration": "2s"}, {"frames": "1001-1048"}])
    for field in rng.sample(sorted(fields), rng.randint(0, 6)):
        shot[field] = fields[field]()
    return shot


def _annotation(rng: random.Random) -> dict[str, object]:
    point = [round(rng.random(), 2), round(rng.random(), 2)]
    kind = rng.choice(["arrow", "path", "region", "gaze"])
    when: dict[str, object] = rng.choice([{"frame": 1001}, {"frames": "1010-1020"}])
    return {**when, kind: [[0.1, 0.1], point], "note": _text(rng)}


def _sweep(rng: random.Random) -> dict[str, object]:
    aspects = rng.sample(ASPECTS, 2)
    products: list[object] = ["tonic", "cola", 3]
    matrix = {"product": products[: rng.randint(1, 3)], "aspect": aspects}
    sweep: dict[str, object] = {"matrix": matrix}
    if rng.random() < 0.5:
        sweep["exclude"] = [{"product": "tonic", "aspect": aspects[0]}]
    if rng.random() < 0.3:
        sweep["include"] = [{"product": "water", "aspect": "3:1"}]
    return sweep


def _text(rng: random.Random) -> str:
    words = [rng.choice(WORDS) for _ in range(rng.randint(1, 5))]
    return " ".join([*words, rng.choice(RARE_WORDS)] if rng.random() < 0.1 else words)


def spoiled(value: object, rng: random.Random) -> object:
    """Replace, drop, rename or repeat something somewhere in a value."""
    if rng.random() < 0.15 or not isinstance(value, dict | list) or not value:
        return rng.choice(ODD)
    if isinstance(value, list):
        at = rng.randrange(len(value))
        repeat = [value[at]] * rng.choice((0, 2, 3)) if rng.random() < 0.3 else None
        middle = [spoiled(value[at], rng)] if repeat is None else repeat
        return [*value[:at], *middle, *value[at + 1 :]]
    key = rng.choice(sorted(value, key=str))
    rest = {name: item for name, item in value.items() if name != key}
    chance = rng.random()
    if chance < 0.1:
        return rest
    if chance < 0.25:
        odd = rng.choice([*WRITTEN, *LIST_FIELDS, "moves", "x", "", "<<", "a.b", "0", key + "s"])
        return {**rest, odd: value[key]}
    return {**rest, key: spoiled(value[key], rng)}


def emitted(value: object, rng: random.Random) -> bytes:
    """Write a value as YAML or JSON."""
    if rng.random() < 0.2:
        return json.dumps(value, ensure_ascii=rng.random() < 0.5).encode("utf-8", "replace")
    flow = rng.choice([None, True, False])
    text = yaml.dump(value, Dumper=yaml.CSafeDumper, default_flow_style=flow, allow_unicode=True)
    return text.encode("utf-8", "replace")


def mutated(raw: bytes, rng: random.Random) -> bytes:
    """Change bytes, lines and words of a text."""
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        raw = rng.choice(MUTATIONS)(raw, rng)
    return raw


def _cut(raw: bytes, rng: random.Random) -> bytes:
    a, b = sorted(rng.randint(0, len(raw)) for _ in range(2))
    return raw[:a] + raw[min(b, a + 40) :]


def _insert(raw: bytes, rng: random.Random) -> bytes:
    at = rng.randint(0, len(raw))
    return raw[:at] + rng.choice(TOKENS) * rng.choice((1, 1, 2, 40)) + raw[at:]


def _flip(raw: bytes, rng: random.Random) -> bytes:
    at = rng.randint(0, max(0, len(raw) - 1))
    return raw[:at] + bytes([rng.randrange(256)]) + raw[at + 1 :]


def _repeat(raw: bytes, rng: random.Random) -> bytes:
    a, b = sorted(rng.randint(0, len(raw)) for _ in range(2))
    return raw[:b] + raw[a:b] * rng.choice((1, 2, 10)) + raw[b:]


def _splice(raw: bytes, rng: random.Random) -> bytes:
    other = rng.choice(SPECS)
    return raw[: rng.randint(0, len(raw))] + other[rng.randint(0, len(other)) :]


def _lines(raw: bytes, rng: random.Random) -> bytes:
    lines = raw.split(b"\n")
    rng.shuffle(lines)
    return b"\n".join(lines)


def _word(raw: bytes, rng: random.Random) -> bytes:
    words = raw.split(b" ")
    odd = str(rng.choice(ODD)).encode("utf-8", "replace")
    words[rng.randrange(len(words))] = odd
    return b" ".join(words)


def _encoded(raw: bytes, rng: random.Random) -> bytes:
    encoding = rng.choice(["utf-16", "utf-16-le", "utf-32", "latin-1", "utf-8-sig", "cp037"])
    return raw.decode("utf-8", "replace").encode(encoding, "replace")


def _windows(raw: bytes, _: random.Random) -> bytes:
    return raw.replace(b"\n", b"\r\n")


MUTATIONS = [
    _cut,
    _insert,
    _insert,
    _flip,
    _repeat,
    _splice,
    _lines,
    _word,
    _word,
    _encoded,
    _windows,
]


def _count(size: int) -> str:
    return ", ".join(map(str, range(size)))


def expensive(rng: random.Random) -> bytes:
    """Build a list that would cost a careless loader its time or memory."""
    size = rng.choice((100, 3_000, 60_000))
    head = "show: x\nshots:\n"
    shot = "  - {shot: s%d, prompt: a, duration: 1s}\n"
    bombs: list[Callable[[], str]] = [
        lambda: "[" * size,
        lambda: "{a: " * size,
        lambda: "- " * size,
        lambda: "? " * size,
        lambda: "a:\n" + "".join(" " * i + "a:\n" for i in range(min(size, 2000))),
        lambda: head + "".join(shot % i for i in range(min(size, 8000))),
        lambda: head + "".join(shot % 0 for i in range(min(size, 8000))),
        lambda: head + "  - {shot: s, prompt: '" + "{a}" * size + "', duration: 1s}",
        lambda: head + "  - {shot: s, prompt: " + "x" * 8 * size + "}",
        lambda: head + "  - {shot: s, annotations: [" + "1, " * size + "]}",
        lambda: head + "  - {shot: s, camera: {moves: [" + "pan_left, " * size + "]}}",
        lambda: head + "  - &s {shot: s, prompt: a}\n" + "  - *s\n" * size,
        lambda: head + (shot % 0) + "sweep: {matrix: {a: [" + _count(size) + "]}}",
        lambda: (
            head + "  - {shot: s, prompt: '{a} {b}', duration: 1s}\n"
            "sweep: {matrix: {a: &n [" + _count(min(size, 223)) + "], b: *n}}"
        ),
        lambda: (
            "sweep: {matrix: {" + ", ".join(f"a{i}: [1, 2, 3]" for i in range(16)) + "}}\n" + head
        ),
        lambda: "a: &a [x]\n" + "".join(
            f"b{i}: &b [{', '.join(['*a'] * 9)}]\nc{i}: &a [*b]\n" for i in range(min(size, 60))
        ),
        lambda: "m: &m0 {k: 1}\n" + "".join(
            f"m{i}: &m{i + 1} {{<<: *m{i}, k{i}: 1}}\n" for i in range(min(size, 5000))
        ),
        lambda: "".join(f"a{i}: &a{i} 1\n" for i in range(size)),
        lambda: "".join(f"k{i}: 1\n" for i in range(size)),
        lambda: "a: 1\n" * size,
        lambda: '"' + "\\u0041" * size + '": 1',
        lambda: "#" * 20 * size,
        lambda: "\n" * 20 * size,
        lambda: "a: |\n" + "  x\n" * size,
        lambda: "a: 'x\n" + "\n" * size,
        lambda: "9" * 20 * size,
        lambda: head + "".join(
            f"  - {{shot: s{i}, prompt: a, duration: 1s, continues: s{i + 1}}}\n"
            for i in range(min(size, 6000))
        ),
        lambda: "x" * (9 << 20),
    ]  # fmt: skip
    return rng.choice(bombs)().encode()


def case(seed: int, number: int) -> tuple[bytes, dict[str, str]]:
    """Make list `number` of a seed, and the settings that it is loaded with."""
    rng = random.Random(f"{seed}:{number}")
    settings = {}
    if rng.random() < 0.05:
        where = rng.choice(
            ["defaults.takes", "delivery.resolution", "shots.sq010_sh0010.prompt", "x..y"]
        )
        settings = {where: str(rng.choice(ODD))}
    if number % 500 == 250:
        return expensive(rng), settings
    if number % 2:
        return mutated(rng.choice(SPECS), rng), settings
    value = grown(rng)
    for _ in range(rng.choice((0, 1, 1, 2, 4))):
        value = spoiled(value, rng)
    raw = emitted(value, rng)
    return (mutated(raw, rng) if rng.random() < 0.2 else raw), settings


def load(raw: bytes, settings: dict[str, str], path: Path) -> str:
    """Load one list; return what came of it: `loaded`, `refused`, or the traceback."""
    path.write_bytes(raw)
    try:
        load_shot_list(path, settings=settings)
    except FarmError as error:
        return "refused" if str(error) else "an empty refusal"
    except Exception:  # noqa: BLE001  # anything but a FarmError is the finding
        return traceback.format_exc()
    return "loaded"


def peak_mb() -> float:
    """Return the most memory that this program ever held.

    On Linux from its own status: the usual counter also knows of the program that started it.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines = status.read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def main() -> int:
    """Load many lists, and print what came of them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int)
    asked = parser.parse_args()
    numbers = range(asked.count) if asked.only is None else [asked.only]
    counts: Counter[str] = Counter()
    slowest: list[tuple[float, int]] = []
    bad: list[str] = []
    before = peak_mb()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.yaml"
        (path.parent / "hero.png").write_bytes(b"")
        for number in numbers:
            raw, settings = case(asked.seed, number)
            start = time.process_time()
            came = load(raw, settings, path)
            took = time.process_time() - start
            if asked.only is not None:
                print(raw[:4000].decode("utf-8", "replace"), settings, sep="\n")
            counts[came if came in ("loaded", "refused") else "broken"] += 1
            if came not in ("loaded", "refused"):
                bad.append(f"list {number}: {came}")
            if took > MOST_SECONDS:
                bad.append(f"list {number}: took {took:.2f} s")
            heapq.heappush(slowest, (took, number))
            if len(slowest) > 5:
                heapq.heappop(slowest)
    return report(counts, slowest, bad, (before, peak_mb()), time.perf_counter() - began)


def report(
    counts: Counter[str],
    slowest: list[tuple[float, int]],
    bad: list[str],
    memory: tuple[float, float],
    seconds: float,
) -> int:
    """Print the figures; return the exit code."""
    before, peak = memory
    if peak > MOST_MB:
        bad.append(f"memory passed {MOST_MB} MB")
    total = sum(counts.values())
    print(f"{total} lists in {seconds:.1f} s: {dict(counts)}")
    print("slowest:", ", ".join(f"{s * 1000:.0f} ms (list {n})" for s, n in sorted(slowest)[::-1]))
    print(f"peak memory {peak:.0f} MB, of which {before:.0f} MB before the first list")
    for line in bad[:20]:
        print(line)
    print(f"{len(bad)} broken")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
