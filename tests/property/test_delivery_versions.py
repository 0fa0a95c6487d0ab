"""Versions: the same content stays the same, changed content is the next."""

from hypothesis import given
from hypothesis import strategies as st

from farm.delivery.version import next_version
from farm.naming import version_name, version_number

contents = st.text(alphabet="abcdef", min_size=1, max_size=2)
histories = st.lists(contents, max_size=40)


def publish_all(history: list[str]) -> dict[str, str]:
    published: dict[str, str] = {}
    for content in history:
        published.setdefault(next_version(published, content), content)
    return published


@given(histories)
def test_every_content_has_one_version_and_every_version_one_content(history: list[str]) -> None:
    published = publish_all(history)
    assert sorted(published.values()) == sorted(set(history))
    assert list(published) == [version_name(n + 1) for n in range(len(published))]


@given(histories, contents)
def test_what_was_published_stays_the_version_that_it_is(history: list[str], new: str) -> None:
    published = publish_all(history)
    version = next_version(published, new)
    if new in published.values():
        assert published[version] == new
    else:
        assert version not in published


@given(st.dictionaries(st.integers(1, 5000).map(version_name), contents | st.just("")), contents)
def test_a_new_version_comes_after_every_other(published: dict[str, str], content: str) -> None:
    version = next_version(published, content)
    if version not in published:
        later = version_number(version) or 0
        assert all(later > (version_number(name) or 0) for name in published)


@given(st.dictionaries(st.integers(1, 50).map(version_name), st.just("")), contents)
def test_a_version_that_cannot_be_read_keeps_its_number(
    published: dict[str, str], content: str
) -> None:
    assert next_version(published, content) not in published


@given(st.integers(1, 10**6))
def test_version_names_are_read_back(number: int) -> None:
    assert version_number(version_name(number)) == number
