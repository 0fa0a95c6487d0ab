"""What a pixel shows while the shutter is open: which moments are looked at, and the mean of their light."""

from functions.models.previz.optics.canvas import F64, met
from functions.models.previz.optics.jit import inlined, kernel
from functions.models.previz.optics.layout import (
    BODIES,
    MATERIAL,
    PATTERN,
    SLOTS,
    count_at,
    material_at,
    shape_at,
)
from functions.models.previz.optics.lens import MIDDLE
from functions.models.previz.optics.vec import Vec, along, scaled
from functions.models.previz.snapshot import BANDS

STEADY, FICKLE = 0.12, 0.5
"""Between two moments at which a pixel shows the same thing, and tones that differ by less than the first, none
is looked at. Where the same thing differs by more than the second, it has markings, and all moments are."""

CODE, BRIGHT, LIGHT, TAKEN = 0, 1, 2, 5
"""Columns of what is noted of each moment: what was seen, its tone, its light, whether it was looked at."""

NOTES = TAKEN + 1


@inlined
def unsteady(notes: F64, slot: int) -> bool:
    """Tell whether the moments on both sides of a slot were looked at, and differ."""
    half = slot & -slot
    before, after = slot - half, min(slot + half, SLOTS - 1)
    if notes[before, TAKEN] == 0.0 or notes[after, TAKEN] == 0.0:
        return False
    if notes[before, CODE] != notes[after, CODE]:
        return True
    return bool(abs(notes[before, BRIGHT] - notes[after, BRIGHT]) > STEADY)


@inlined
def calm(notes: F64) -> bool:
    """Tell whether the first three moments, the first, the last and the middle, show the same."""
    first, last = notes[0], notes[SLOTS - 1]
    middle = notes[SLOTS // 2]
    if first[CODE] != middle[CODE] or last[CODE] != middle[CODE]:
        return False
    least = min(min(first[BRIGHT], last[BRIGHT]), middle[BRIGHT])
    most = max(max(first[BRIGHT], last[BRIGHT]), middle[BRIGHT])
    return bool(most - least < 0.5 * STEADY)


@inlined
def finest_due(notes: F64, thin: bool, banded: bool) -> int:
    """Return how many slots apart a pixel is looked at in any case, after its first five moments.

    Closer where thin things may pass or it shows different things, and closer still where what it shows has bands
    or other markings.
    """
    due = 4 if thin else 8
    if banded:
        due = 2
    for slot in (8, 16, 24, SLOTS - 1):
        before = slot & ~7 if slot == SLOTS - 1 else slot - 8
        if notes[before, TAKEN] == 0.0 or notes[slot, TAKEN] == 0.0:
            continue
        if notes[before, CODE] != notes[slot, CODE]:
            due = min(due, 4)
        elif abs(notes[before, BRIGHT] - notes[slot, BRIGHT]) > FICKLE:
            due = 2
    return due


@inlined
def is_banded(w: F64, item: int) -> bool:
    """Tell whether an item bears thin bands, which a few moments may miss."""
    if item < 0 or item >= count_at(w, BODIES):
        return False
    m = material_at(w, int(w[shape_at(w, MIDDLE, item) + MATERIAL]))
    return bool(w[m + PATTERN] == BANDS)


@inlined
def note(notes: F64, slot: int, code: int, tone: float, light: Vec) -> None:
    """Note what a pixel shows at one moment."""
    notes[slot, CODE], notes[slot, BRIGHT], notes[slot, TAKEN] = met(code), tone, 1.0
    notes[slot, LIGHT], notes[slot, LIGHT + 1], notes[slot, LIGHT + 2] = light


@kernel
def over_time(notes: F64) -> Vec:
    """Return the mean light while the shutter is open; between two moments it changes evenly."""
    total: Vec = (0.0, 0.0, 0.0)
    last = -1
    for slot in range(SLOTS):
        if notes[slot, TAKEN] == 0.0:
            continue
        gap = 0.5 * (slot - last) if last >= 0 else slot + 0.5
        here = notes[slot]
        total = along(total, (here[LIGHT], here[LIGHT + 1], here[LIGHT + 2]), gap)
        if last >= 0:
            there = notes[last]
            total = along(total, (there[LIGHT], there[LIGHT + 1], there[LIGHT + 2]), gap)
        last = slot
    here = notes[last]
    left = SLOTS - 0.5 - last
    total = along(total, (here[LIGHT], here[LIGHT + 1], here[LIGHT + 2]), left)
    return scaled(total, 1.0 / SLOTS)
