"""What must hold for every sweep, range, rate, unit and frame size."""

import itertools
import math
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from farm.frames import FrameRange, Rate
from farm.shots.faults import Faults, ListFaults, Refused
from farm.shots.fill import fill, names_in, unfillable
from farm.shots.parse import parse
from farm.shots.request import fit
from farm.shots.spec import Aspect
from farm.shots.sweep import cells_of
from farm.shots.units import Degrees, FStop, Millimetres, Seconds, box_of, ratio_of

WORD = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=6)
RANGES = st.builds(
    lambda first, count: FrameRange.of(count, first=first),
    st.integers(0, 10**6),
    st.integers(1, 5000),
)
RATES = st.sampled_from(["24", "25", "30", "48", "60", "24000/1001", "30000/1001", "60000/1001"])


@given(RANGES, st.integers(1, 300))
def test_chunks_cover_a_range_once_in_order_and_evenly(frames, size):
    chunks = frames.chunks(size)
    assert list(itertools.chain.from_iterable(chunks)) == list(frames)
    lengths = [len(chunk) for chunk in chunks]
    assert max(lengths) <= size
    assert max(lengths) - min(lengths) <= 1


@given(RANGES, st.integers(0, 240))
def test_handles_widen_a_range_at_both_ends(frames, handles):
    wide = frames.with_handles(handles)
    assert len(wide) == len(frames) + 2 * handles
    assert frames.first in wide
    assert frames.last in wide


@given(RANGES)
def test_a_range_reads_back_as_it_is_written(frames):
    assert FrameRange.parse(str(frames)) == frames


@given(RATES, st.integers(1, 10**5))
def test_frames_and_seconds_agree_at_every_rate(text, count):
    rate = Rate.parse(text)
    assert Rate.parse(str(rate)) == rate
    assert rate.frames_in(float(count / rate.value)) == count


@given(RATES, st.integers(0, 10**5))
def test_timecode_counts_every_frame_once(text, frame):
    rate = Rate.parse(text)
    base = round(rate.value)
    hours, minutes, seconds, within = map(int, rate.timecode(frame).split(":"))
    assert within < base
    assert ((hours * 60 + minutes) * 60 + seconds) * base + within == frame % (86400 * base)


@pytest.mark.parametrize(
    ("kind", "spelling", "low", "high"),
    [
        (Seconds, "{}s", 0.01, 3600),
        (Millimetres, "{}mm", 14, 200),
        (FStop, "f/{}", 1.2, 16),
        (Degrees, "{}deg", 45, 360),
    ],
)
@given(number=st.decimals(0, 4000, places=3))
@example(number=Decimal("0.01"))
def test_a_unit_reads_back_as_it_is_written_and_keeps_its_bounds(kind, spelling, low, high, number):
    adapter = TypeAdapter(kind)
    text = spelling.format(number)
    if low <= float(number) <= high:
        value = adapter.validate_python(text)
        assert adapter.validate_python(adapter.dump_python(value, mode="json")) == value
    else:
        with pytest.raises(ValueError, match="is outside"):
            adapter.validate_python(text)
    with pytest.raises(ValueError, match="has no unit"):
        adapter.validate_python(float(number))


@given(st.sampled_from(Aspect.__args__), st.integers(16, 8192), st.integers(16, 8192))
def test_a_frame_fits_its_box_even_and_near_its_aspect(aspect, wide, high):
    width, height = fit(aspect, (wide, high))
    assert width % 2 == height % 2 == 0
    assert width <= max(wide, high)
    assert height <= max(wide, high)
    assert (width >= height) == (ratio_of(aspect) >= 1) or min(width, height) <= 2
    if min(width, height) >= 100:
        assert math.isclose(width / height, float(ratio_of(aspect)), rel_tol=0.02)


@given(st.integers(16, 8192), st.integers(16, 8192))
def test_any_box_in_bounds_is_a_resolution(wide, high):
    assert box_of(f"{wide}x{high}") == (wide, high)


@given(st.text(max_size=12))
def test_any_other_text_is_refused_and_never_crashes(text):
    try:
        wide, high = box_of(text)
    except Refused:
        return
    assert 16 <= min(wide, high) <= max(wide, high) <= 8192


@given(
    st.dictionaries(
        WORD, st.lists(WORD, min_size=1, max_size=4, unique=True), min_size=1, max_size=4
    )
)
def test_a_sweep_makes_each_combination_once_under_its_own_name(matrix):
    matrix = {f"axis_{axis}": values for axis, values in matrix.items()}
    node = parse(f"matrix: {matrix}", file="f", faults=Faults())
    faults = Faults()
    cells = cells_of(node, faults)
    assert not faults
    made = {tuple(cell.words.values()) for cell in cells}
    assert made == set(itertools.product(*matrix.values()))
    assert (
        len({cell.variant for cell in cells}) == len(cells) == math.prod(map(len, matrix.values()))
    )


@given(st.lists(WORD, min_size=2, max_size=6, unique=True), st.data())
def test_excluding_leaves_exactly_the_rest(values, data):
    out = data.draw(st.lists(st.sampled_from(values), max_size=len(values) - 1, unique=True))
    rows = [{"axis": value} for value in out]
    node = parse(f"{{matrix: {{axis: {values}}}, exclude: {rows}}}", file="f", faults=Faults())
    cells = cells_of(node, Faults())
    assert [cell.words["axis"] for cell in cells] == [v for v in values if v not in out]


@given(st.text(max_size=40), st.dictionaries(WORD, st.text(max_size=5)))
def test_doubled_braces_come_through_and_words_are_filled(text, words):
    safe = text.replace("{", "{{").replace("}", "}}")
    assert unfillable(safe, words.keys()) is None
    assert fill(safe, words) == text
    for name, word in words.items():
        assert names_in(f"{safe} {{{name}}}") == {name}
        assert fill(f"{safe} {{{name}}}", words) == f"{text} {word}"


@given(st.text(max_size=200))
def test_any_text_parses_or_is_refused(text):
    with suppress(ListFaults):
        parse(text, file="f", faults=Faults())


def test_a_rate_is_exact():
    assert Rate.parse("24000/1001").value == Fraction(24000, 1001)
