"""Settings on the command line: `--set delivery.resolution=1080p` over what the list says."""

import re
from collections.abc import Mapping

from farm.shots.faults import Fault, Faults, ListFaults, nearest, shown
from farm.shots.nodes import Node
from farm.shots.parse import parse
from farm.shots.scalars import resolve
from farm.shots.spec import LIST_FIELDS, WRITTEN

_STEP = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def with_settings(root: Node, settings: Mapping[str, str], faults: Faults) -> Node:
    """Lay every setting over the list; note those that lead nowhere."""
    for field, text in settings.items():
        label = f"--set {field}"
        node = _value(text, label, faults)
        if node is not None:
            root = _placed(root, field, node, faults)
    return root


def _value(text: str, label: str, faults: Faults) -> Node | None:
    """Read a value: a word or number as it stands, or YAML in brackets or quotes."""
    if not text.lstrip().startswith(("[", "{", '"', "'")):
        return Node(resolve(text.strip()), 0, 0, label, text.strip())
    found = Faults()
    try:
        node = parse(text, file=label, faults=found)
        found.stop()
    except ListFaults as error:
        for fault in error.faults:
            hint = "quote a text that starts with a bracket or a quote"
            faults.add(Fault(label, 0, 0, "", fault.problem, fault.hint or hint))
        return None
    return node and _elsewhere(node)


def _elsewhere(node: Node) -> Node:
    """Take a node out of any file: it was written on the command line."""
    value = node.value
    if isinstance(value, dict):
        value = {key: _elsewhere(item) for key, item in value.items()}
    elif isinstance(value, list):
        value = [_elsewhere(item) for item in value]
    return node._replace(value=value, line=0, column=0, keys={})


def _placed(root: Node, field: str, node: Node, faults: Faults) -> Node:
    steps = field.split(".")
    if steps[0] not in LIST_FIELDS or not all(_STEP.fullmatch(step) for step in steps):
        hint = nearest(steps[0], LIST_FIELDS)
        if steps[0] in WRITTEN:
            hint = f"a shot has it: --set defaults.{field}=..., or --set shots.NAME.{field}=..."
        elif steps[0] in LIST_FIELDS:
            hint = "name fields with dots, as in delivery.resolution or shots.sq010_sh0010.takes"
        faults.add(node.fault("", f"there is no field {shown(field)} to set", hint))
        return root
    if steps[0] == "shots":
        return _in_shot(root, steps, node, faults)
    return _within(root, steps, node)


def _in_shot(root: Node, steps: list[str], node: Node, faults: Faults) -> Node:
    shots = root.fields().get("shots")
    if shots is None or not isinstance(shots.value, list):
        return root
    names = {_name(shot): index for index, shot in enumerate(shots.value)}
    if len(steps) < 3:
        hint = "write shots.NAME.FIELD, as in shots.sq010_sh0010.takes"
        faults.add(node.fault("", "a setting changes one field of a shot", hint))
    elif steps[1] not in names:
        problem = f"there is no shot {shown(steps[1])} to set"
        faults.add(node.fault("", problem, nearest(steps[1], names)))
    else:
        items = list(shots.value)
        items[names[steps[1]]] = _within(items[names[steps[1]]], steps[2:], node)
        return root.with_fields({**root.fields(), "shots": shots._replace(value=items)})
    return root


def _name(shot: Node) -> str:
    found = shot.fields().get("shot")
    return str(found.value) if found else ""


def _within(holder: Node, steps: list[str], node: Node) -> Node:
    """Set one field, making the mappings that lead to it; a value replaces what was there."""
    here, *rest = steps
    fields = dict(holder.fields())
    if rest:
        inner = fields.get(here, Node({}, 0, 0, node.file))
        if not isinstance(inner.value, dict):
            inner = Node({}, 0, 0, node.file)
        fields[here] = _within(inner, rest, node)
    else:
        fields[here] = node
    return holder.with_fields(fields)
