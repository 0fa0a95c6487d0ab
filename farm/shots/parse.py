"""From YAML text to nodes, in one pass over the parser's events, without recursion.

Anchors, aliases and merge keys work; what they expand to is counted, and what grows without end
is refused.
"""

from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml
from yaml import events as ev

from farm.shots.faults import Fault, Faults, shown
from farm.shots.nodes import Node
from farm.shots.scalars import resolve

MOST_NODES = 250_000
MOST_DEPTH = 32
_CORE = "tag:yaml.org,2002:"
_HINTS = {
    "\\t": "indent with spaces: YAML does not take tabs",
    "mapping values are not allowed": "a text that holds ': ' needs quotes",
    "expected <block end>": "check the indentation; quote a text that starts with [ { * & or !",
    "did not find expected key": "fields of one mapping start in the same column",
    "could not find expected ':'": "every line of a mapping is `field: value`",
    "did not find expected '-' indicator": "items of one list start in the same column",
    "did not find expected ',' or ']'": "close the list with ]",
    "did not find expected ',' or '}'": "close the mapping with }, and quote texts with braces",
    "unexpected end of stream": "a quote is not closed",
    "cannot start any token": "quote a text that starts with @ ` or %",
    "unknown escape character": "write a backslash twice, or use single quotes",
}


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet."""

    start: Any  # the event that opened it; PyYAML's events carry no useful types
    value: Any  # a list or a dict of nodes, by the event's kind
    before: int
    height: int = 1
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)
    key: str | None = None
    merging: bool = False
    merges: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Anchored:
    node: Node
    size: int
    height: int


def parse(text: str, *, file: str, faults: Faults) -> Node | None:
    """Read one document; return None where it is empty. Faults that end it raise ListFaults."""
    loader = yaml.CSafeLoader(text)
    try:
        return _Composer(file, faults).compose(loader)
    except yaml.MarkedYAMLError as error:
        faults.add(_yaml_fault(error, text, file))
    except yaml.YAMLError as error:
        faults.add(Fault(file, 1, 1, "", f"not YAML: {error}"))
    finally:
        loader.dispose()
    faults.stop()
    raise AssertionError("a fault was added, so it stops")


def _yaml_fault(error: yaml.MarkedYAMLError, text: str, file: str) -> Fault:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    problem = error.problem or "cannot be read"
    lines = text.splitlines()
    here = lines[line - 1] if 0 < line <= len(lines) else ""
    if "\t" in here[: len(here) - len(here.lstrip())] or here[column - 1 : column] == "\t":
        return Fault(file, line, column, "", "a tab indents this line", _HINTS["\\t"])
    hint = next((hint for words, hint in _HINTS.items() if words in problem), "")
    return Fault(file, line, column, "", f"not YAML: {problem}", hint)


class _Composer:
    def __init__(self, file: str, faults: Faults) -> None:
        self._file = file
        self._faults = faults
        self._open: list[_Open] = []
        self._anchors: dict[str, _Anchored | None] = {}
        self._total = 0
        self._root: Node | None = None

    def compose(self, loader: Any) -> Node | None:  # noqa: ANN401  # a C parser without types
        documents = 0
        while (event := loader.get_event()) is not None:
            kind = type(event)
            if kind is ev.ScalarEvent:
                self._scalar(event)
            elif kind is ev.MappingStartEvent or kind is ev.SequenceStartEvent:
                self._start(event)
            elif kind is ev.MappingEndEvent or kind is ev.SequenceEndEvent:
                self._end()
            elif kind is ev.AliasEvent:
                self._alias(event)
            elif kind is ev.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    self._stop(event, "a second document starts here", "one file holds one list")
        return self._root

    def _scalar(self, event: Any) -> None:  # noqa: ANN401  # a C parser's event
        text = event.value
        mark = event.start_mark
        holder = self._open[-1] if self._open else None
        if holder and holder.key is None and not holder.merging and type(holder.value) is dict:
            self._key(holder, text, event)
            return
        bare = event.implicit[0] and not event.style
        if event.tag and not event.implicit[1]:
            bare = self._tagged(event)
        value = resolve(text) if bare else text
        node = Node(value, mark.line + 1, mark.column + 1, self._file, text)
        self._add(node, size=1, height=0, event=event)
        if event.anchor:
            self._anchors[event.anchor] = _Anchored(node, 1, 0)

    def _key(self, holder: _Open, text: str, event: Any) -> None:  # noqa: ANN401  # an event
        mark = event.start_mark
        place = (mark.line + 1, mark.column + 1)
        if event.anchor:
            self._anchors[event.anchor] = _Anchored(Node(text, *place, self._file, text), 1, 0)
        if text == "<<" and event.implicit[0] and not event.style:
            holder.merging = True
        holder.key = text
        if text in holder.keys:
            problem = f"the field {shown(text)} is written twice"
            hint = f"it is first on line {holder.keys[text][0]}; keep one of them"
            self._faults.add(Fault(self._file, *place, "", problem, hint))
        else:
            holder.keys[text] = place

    def _start(self, event: Any) -> None:  # noqa: ANN401  # a C parser's event
        if len(self._open) >= MOST_DEPTH:
            self._stop(event, f"nests more than {MOST_DEPTH} levels deep", "a list needs far fewer")
        self._refuse_as_key(event)
        if event.tag and event.tag not in ("!", _CORE + "map", _CORE + "seq"):
            self._odd_tag(event)
        if event.anchor:
            self._anchors[event.anchor] = None
        value: object = {} if type(event) is ev.MappingStartEvent else []
        self._open.append(_Open(event, value, self._total))

    def _end(self) -> None:
        done = self._open.pop()
        mark = done.start.start_mark
        if done.merges:
            done.value = self._merged(done)
        keys = done.keys if done.value.__class__ is dict else {}
        node = Node(done.value, mark.line + 1, mark.column + 1, self._file, "", keys)
        self._add(node, size=1, height=done.height, event=done.start)
        if done.start.anchor:
            size = self._total - done.before
            self._anchors[done.start.anchor] = _Anchored(node, size, done.height)

    def _alias(self, event: Any) -> None:  # noqa: ANN401  # a C parser's event
        name = event.anchor
        if name not in self._anchors:
            self._stop(event, f"there is no anchor &{name} before this", f"write &{name} first")
        found = self._anchors[name]
        if found is None:
            self._stop(event, f"*{name} stands inside itself", "an anchor cannot hold itself")
        holder = self._open[-1] if self._open else None
        if holder and holder.key is None and type(holder.value) is dict:
            self._stop(event, f"*{name} stands where a field's name is meant", "write the name out")
        if len(self._open) + found.height > MOST_DEPTH:
            self._stop(event, f"nests more than {MOST_DEPTH} levels deep", "a list needs far fewer")
        self._add(found.node, size=found.size, height=found.height, event=event)

    def _add(self, node: Node, *, size: int, height: int, event: Any) -> None:  # noqa: ANN401  # an event
        self._total += size
        if self._total > MOST_NODES:
            hint = "aliases count every time they are used; use defaults or a sweep"
            self._stop(event, f"holds more than {MOST_NODES:,} values", hint)
        if not self._open:
            self._root = node
            return
        holder = self._open[-1]
        holder.height = max(holder.height, height + 1)
        if type(holder.value) is list:
            holder.value.append(node)
        elif holder.merging:
            self._merge(holder, node, event)
        else:
            assert holder.key is not None
            holder.value.setdefault(holder.key, node)
            holder.key = None

    def _merge(self, holder: _Open, node: Node, event: Any) -> None:  # noqa: ANN401  # an event
        holder.key, holder.merging = None, False
        sources = node.items() if isinstance(node.value, list) else [node]
        if any(not isinstance(source.value, dict) for source in sources):
            problem = "<< takes a mapping, or a list of mappings"
            mark = event.start_mark
            place = (mark.line + 1, mark.column + 1)
            self._faults.add(Fault(self._file, *place, "", problem, "as in <<: *base"))
            return
        holder.merges.extend(sources)

    def _merged(self, done: _Open) -> dict[str, Node]:
        merged = dict(done.value)
        for source in done.merges:
            for key, node in source.fields().items():
                merged.setdefault(key, node)
                done.keys.setdefault(key, source.keys.get(key, (source.line, source.column)))
        return merged

    def _refuse_as_key(self, event: Any) -> None:  # noqa: ANN401  # a C parser's event
        holder = self._open[-1] if self._open else None
        if holder and holder.key is None and type(holder.value) is dict:
            what = "mapping" if type(event) is ev.MappingStartEvent else "list"
            hint = "quote a text that starts with { or ["
            self._stop(event, f"a {what} stands where a field's name is meant", hint)

    def _tagged(self, event: Any) -> bool:  # noqa: ANN401  # a C parser's event
        if event.tag not in ("!", _CORE + "str"):
            self._odd_tag(event)
        return False

    def _odd_tag(self, event: Any) -> None:  # noqa: ANN401  # a C parser's event
        mark = event.start_mark
        problem = f"the tag {shown(event.tag)} means nothing here"
        hint = "leave it out; quote a text that starts with !"
        self._faults.add(Fault(self._file, mark.line + 1, mark.column + 1, "", problem, hint))

    def _stop(self, event: Any, problem: str, hint: str) -> NoReturn:  # noqa: ANN401  # an event
        mark = event.start_mark
        self._faults.add(Fault(self._file, mark.line + 1, mark.column + 1, "", problem, hint))
        self._faults.stop()
        raise AssertionError("a fault was added, so it stops")
