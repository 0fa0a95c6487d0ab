"""The canonical form is what its definition says, and refuses what that refuses."""

import json
import math
from collections.abc import Mapping
from enum import IntEnum, StrEnum
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farm.digest import Plain, canonical, digest_value
from farm.task import Artifact, Engine, Task


class Number(IntEnum):
    """A whole number that is more than an int."""

    SEVEN = 7


class Word(StrEnum):
    """A text that is more than a str."""

    DRAFT = "draft"


class Length(float):
    """A fraction that is more than a float."""


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-5, 5).map(float),
    st.floats(-9, 9).map(Length),
    st.text(),
    st.text(st.characters(categories=["Cs", "Cc", "Po"])),
    st.sampled_from([Number.SEVEN, Word.DRAFT, 1e22, -0.0]),
)
STRANGERS = st.one_of(
    st.sampled_from([math.nan, math.inf, -math.inf]),
    st.binary(),
    st.complex_numbers(),
    st.frozensets(st.integers()),
    st.dictionaries(st.one_of(st.integers(), st.none(), st.booleans(), st.floats()), LEAVES),
    st.sampled_from([object(), Number, range(3), {b"a": 1}, {("a",): 1}]),
)
NAMES = st.one_of(st.text(max_size=4), st.just(Word.DRAFT))


def grown(leaves: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Put values into lists, tuples and mappings, one in another."""

    def around(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
        named = st.dictionaries(NAMES, inner, max_size=4)
        listed = st.lists(inner, max_size=4)
        return st.one_of(listed, listed.map(tuple), named, named.map(MappingProxyType))

    return st.recursive(leaves, around, max_leaves=12)


def by_definition(value: object) -> bytes:
    """Write a value as the definition says, step by step: JSON, keys sorted, 2.0 as 2, UTF-8."""
    text = json.dumps(
        _normal(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode("utf-8", "surrogatepass")


def _normal(value: object) -> object:
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return int(value) if value.is_integer() else value
        case list() | tuple():
            return [_normal(item) for item in value]
        case Mapping() if all(isinstance(name, str) for name in value):
            return {name: _normal(item) for name, item in value.items()}
    raise TypeError(f"{value!r} is not plain")


@given(grown(LEAVES))
def test_a_plain_value_is_written_as_the_definition_says(value):
    assert canonical(value) == by_definition(value)


@given(grown(LEAVES | STRANGERS))
def test_what_the_definition_refuses_is_refused_and_nothing_else(value):
    try:
        expected = by_definition(value)
    except (TypeError, ValueError) as refusal:
        with pytest.raises(type(refusal)):
            canonical(value)
    else:
        assert canonical(value) == expected


def test_a_value_that_holds_itself_is_refused():
    circle: list[Plain] = [1]
    circle.append({"again": circle})
    with pytest.raises(RecursionError):
        canonical(circle)


def _task(request: Plain, *, seed: str = "7", clip: str = "ab" * 32) -> Task:
    return Task(
        stage="judge",
        version=3,
        params={"request": request, "seed": seed},
        inputs={"clip.t01": Artifact(digest=clip, size=9, kind="clip")},
        engine=Engine(model="previz", revision="1", fingerprint="numpy 2"),
    )


def test_the_key_of_a_task_stays_what_it_was_in_every_farm_before():
    request: Plain = {"prompt": "a bäll", "rate": 24.0, "size": (480, 270), "pace": 0.25}
    assert _task(request).key == "5368150fc033c3c2513cab75aca645805b9eb9abb0cccfe81a37e88fdbac5ef2"
    assert canonical(request) == (
        '{"pace":0.25,"prompt":"a bäll","rate":24,"size":[480,270]}'.encode()
    )


@given(grown(LEAVES), grown(LEAVES))
def test_two_requests_share_a_key_only_if_they_say_the_same(one, other):
    same = by_definition(one) == by_definition(other)
    assert (_task(one).key == _task(other).key) is same
    assert (digest_value(one) == digest_value(other)) is same


@given(st.text(), st.text())
def test_every_input_of_a_task_is_in_its_key(one, other):
    assert (_task(1, seed=one).key == _task(1, seed=other).key) is (one == other)
    assert (_task(1, clip=one).key == _task(1, clip=other).key) is (one == other)
