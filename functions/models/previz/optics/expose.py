"""The passes that sample: here and there, then between, then more where what was found differs."""

from functions.models.previz.optics.between import (
    filled_between,
    filled_over_time,
    nearest_around,
    nearest_between,
    sparse,
)
from functions.models.previz.optics.canvas import (
    BLOCK,
    FINER,
    GROWN,
    KEEP,
    PROBE_STEP,
    QUARTERS,
    SHADED,
    SHAPE,
    SHAPED,
    SMOOTHED_PX,
    SOFT,
    TILE,
    TONE,
    Canvas,
    Room,
    first_hill,
    met,
    tone_of,
)
from functions.models.previz.optics.foreknown import (
    NOTHING_KNOWN,
    Foreknown,
    away_at,
    known_around,
    known_between,
)
from functions.models.previz.optics.jit import entry, forward, inlined, kernels_stamp, merged
from functions.models.previz.optics.layout import SLOTS, TAN_X, camera_at
from functions.models.previz.optics.lens import MIDDLE, camera_ray
from functions.models.previz.optics.moments import (
    TAKEN,
    calm,
    finest_due,
    is_banded,
    note,
    over_time,
    unsteady,
)
from functions.models.previz.optics.path import Seen, radiance
from functions.models.previz.optics.recall import (
    UNKNOWN,
    few_around,
    glimpse,
    glimpse_few,
    known,
    shade_change,
    shifted,
)
from functions.models.previz.optics.survey import shift_px
from functions.models.previz.optics.trace import NOTHING, item_moves
from functions.models.previz.optics.vec import F64, Vec, add, along
from functions.models.previz.optics.veil import keep_veil

FIRST, BETWEEN, PROBE, EDGES, MOTION = range(5)
"""The passes: every `step`th pixel; those half way between; probes of what may move; edges and what the
lens blurs; what moves."""

BRIGHTEST = 60000.0
"""The most a pixel may hold, so that it fits a half float."""

WIDE = 2500
"""Narrower pictures have a sample in every other pixel at least."""

AGREED = 0.06
"""Where the first samples differ by less in tone, no more are taken."""


@inlined
def _sound(x: float) -> float:
    """Return x within what a half float holds; 0 for what is no number."""
    if not x > 0.0:
        return 0.0
    return min(x, BRIGHTEST)


@inlined
def _stride(work: int, step: int) -> int:
    """Return how many pixels apart the pixels are that a pass looks at."""
    if work == PROBE:
        return PROBE_STEP
    return step if work < PROBE else 1


@merged
def _due(c: Canvas, work: int, step: int, y: int, x: int) -> int:
    """Return how many samples a pixel gets in one of the first three passes."""
    if work == FIRST:
        return 1
    if work == PROBE:
        moving = c.moving[y, x]
        return 3 if moving > 0 and moving & (KEEP + SHADED) != KEEP else 0
    if ((y & step) == 0 and (x & step) == 0) or c.plain[y // BLOCK, x // BLOCK]:
        return 0
    if step > 1 and c.first.shape[1] < WIDE:
        return 1
    return 0 if filled_between(c, y, x, step) else 1


@merged
def _wanted(c: Canvas, work: int, rows: int, edges: int, y: int, x: int) -> int:
    """Return how many samples a pixel gets in one of the last two passes; `edges` is the pass's step."""
    moving = c.moving[y, x]
    if work == MOTION:
        quarters = moving & QUARTERS
        if quarters == 0 or (edges == 1) == sparse(y, x, moving):
            return 0
        if edges == 1 and filled_over_time(c, y, x):
            return 0
        return min(rows * quarters // 4 + 1, rows)
    wide, apart = c.wide[y // TILE, x // TILE], c.steps[y // TILE, x // TILE]
    if moving > 0 or (wide > 0 and (y | x) & (apart - 1)):
        return 0
    if wide > 0:
        return rows * (wide & QUARTERS) // 4
    if c.marks[y, x] == TONE:
        if c.reach.shape[0] > 1 and c.reach[y, x, 0] > SMOOTHED_PX:
            return 0
        return edges // 2
    return edges if c.marks[y, x] else 0


@inlined
def _recalls(c: Canvas, work: int, y: int, x: int) -> bool:
    """Tell whether samples of a pixel may take the colours of others: not where light itself changes."""
    if work < EDGES:
        return False
    mark = c.marks[y, x]
    return bool(
        work == MOTION or mark == SHAPE or mark == GROWN or c.wide[y // TILE, x // TILE] > 0
    )


@inlined
def _ahead(c: Canvas, work: int, step: int, y: int, x: int) -> float:
    """Return how far no hill is met in a pixel."""
    if not c.hilly:
        return 0.0
    if work == BETWEEN:
        return nearest_between(c, y, x, step)
    if work == EDGES:
        return nearest_around(c.seen, y, x)
    return first_hill(c.starts, y // TILE, x // TILE)


@inlined
def _foreknown(c: Canvas, work: int, step: int, y: int, x: int, pixel: float) -> Foreknown:
    """Return what is known before a ray is sent, in the passes and pixels that show what those around do."""
    if work == BETWEEN:
        return known_between(c, y, x, step, pixel)
    if work == EDGES and c.marks[y, x] == TONE and not _recalls(c, work, y, x):
        return known_around(c, y, x, pixel)
    return NOTHING_KNOWN


@inlined
def _crisp(c: Canvas, work: int, y: int, x: int) -> bool:
    """Tell whether a pixel has a sharp edge, of which only things seen beside it have a part."""
    return bool(work == EDGES and c.wide[y // TILE, x // TILE] == 0 and c.marks[y, x] == SHAPE)


@inlined
def _soft(c: Canvas, work: int, y: int, x: int) -> bool:
    """Tell whether the lens blurs one thing alone in a pixel, so that no ray need be sent."""
    wide, mark = c.wide[y // TILE, x // TILE], c.marks[y, x]
    if work != EDGES or wide & SHAPED or mark == GROWN:
        return False
    return bool(mark == SOFT or (wide > 0 and mark != SHAPE))


@inlined
def _slow(w: F64, c: Canvas, y: int, x: int) -> bool:
    """Tell whether what moves over a pixel moves little and is plain, so that few moments may do."""
    moving, code = c.moving[y, x], c.first[y, x]
    if moving & QUARTERS != 1 or moving & KEEP or code & FINER:
        return False
    return not is_banded(w, met(code))


@inlined
def _shade_over(w: F64, slot: int, item: int, o: Vec, d: Vec, t: float) -> float:
    """Return how much more of the key light a ray's end sees than in mid-shutter, if it stands still."""
    if item == NOTHING or item_moves(w, item):
        return 0.0
    return shade_change(w, slot, item, along(o, d, 0.9999 * t))


@inlined
def _recalled(c: Canvas, place: int, change: float) -> tuple[Vec, int]:
    """Return the light and code of a pixel; `change` is how much more of the key light there is now."""
    v, u = forward(place // c.first.shape[1]), forward(place % c.first.shape[1])
    light = (float(c.base[v, u, 0]), float(c.base[v, u, 1]), float(c.base[v, u, 2]))
    if change != 0.0:
        more = c.keyed[v, u]
        light = along(light, (float(more[0]), float(more[1]), float(more[2])), change)
        light = (max(light[0], 0.0), max(light[1], 0.0), max(light[2], 0.0))
    return light, c.first[v, u]


@inlined
def _sound_light(light: Vec) -> Vec:
    return (_sound(light[0]), _sound(light[1]), _sound(light[2]))


@inlined
def _keep(c: Canvas, y: int, x: int, seen: Seen) -> None:
    """Note what the one ray of a pixel met."""
    _, code, n, depth, keyed, veil = seen
    s = c.seen[y, x]
    s[0], s[1], s[2], s[3] = n[0], n[1], n[2], depth
    c.first[y, x] = code
    keep_veil(c, y, x, veil)
    if c.keyed.shape[0] > 1:
        s = c.keyed[y, x]
        s[0], s[1], s[2] = _sound_light(keyed)


def _make(stamp: int):  # type: ignore[no-untyped-def]  # noqa: ANN202  # numba's own types
    @entry
    def expose(
        w: F64, table: F64, work: int, step: int, top: int, end: int, c: Canvas, room: Room
    ) -> None:
        """Do one pass over the rows top to end: in MOTION at a time for each sample, else in mid-shutter.

        `step` is how many pixels apart the samples of the first passes are, in EDGES how many samples an edge
        gets, and in MOTION 2 and then 1: every other pixel, then those between that differ. `room` is room to write in.
        """
        height, width = c.first.shape
        notes = room.notes
        stride = _stride(work, step)
        start = stride // 2 if work == PROBE else 0
        for y in range(top + start, end, stride):
            for x in range(start + stamp * 0, width, stride):
                if work < EDGES:
                    most = _due(c, work, step, y, x)
                else:
                    most = _wanted(c, work, table.shape[0], step, y, x)
                if work == EDGES and most == 0:
                    for k in range(3):
                        c.sharp[y, x, k] = c.base[y, x, k]
                if most == 0:
                    continue
                recalls, enough = _recalls(c, work, y, x), min(most - 1, 5)
                total: Vec = (0.0, 0.0, 0.0)
                low, high, bend, same, taken, begin = 1e9, -1e9, 0.0, True, 0, 0
                due = SLOTS
                tile = (y // TILE) * c.wide.shape[1] + x // TILE
                wide = c.wide[y // TILE, x // TILE]
                ahead = _ahead(c, work, step, y, x)
                pixel = 2.0 * w[camera_at(w, MIDDLE) + TAN_X] / width
                sure, likely, near, veil = _foreknown(c, work, step, y, x, pixel)
                crisp, soft = _crisp(c, work, y, x), _soft(c, work, y, x)
                few, grounded, circle = 0, False, 0.0
                if crisp:
                    few, grounded = few_around(c, y, x, room.few)
                elif soft:
                    circle = shift_px(w, y, x, c.seen[y, x, 3], width, height)
                thin = banded = slow = False
                if work == MOTION:
                    notes[:, TAKEN] = 0.0
                    thin, banded = c.moving[y, x] & KEEP > 0, is_banded(w, met(c.first[y, x]))
                    slow = _slow(w, c, y, x)
                if work == EDGES and wide == 0:
                    total = (float(c.base[y, x, 0]), float(c.base[y, x, 1]), float(c.base[y, x, 2]))
                    low = high = float(c.tones[y, x])
                    taken = begin = 1
                for k in range(begin, most):
                    slot = forward(int(table[k, 4])) if work == MOTION or work == PROBE else MIDDLE
                    if work == MOTION and k > 2:
                        if k == 3 and slow and calm(notes):
                            break
                        if k == 5:
                            due = finest_due(notes, thin, banded)
                        if k > 4 and (slot & (due - 1)) != 0 and not unsteady(notes, slot):
                            continue
                    eye = slot if work == MOTION else MIDDLE
                    off = 0.0 if work == PROBE else 1.0
                    px = 2.0 * (x + 0.5 + off * table[k, 0]) / width - 1.0
                    py = (height - 2.0 * (y + 0.5 + off * table[k, 1])) / width
                    o, d = camera_ray(w, eye, px, py, off * table[k, 2], off * table[k, 3])
                    pixel = 2.0 * w[camera_at(w, eye) + TAN_X] / width
                    place, change = UNKNOWN, 0.0
                    if soft:
                        right = table[k, 0] + circle * table[k, 2]
                        place = shifted(c, y, x, right, table[k, 1] - circle * table[k, 3])
                    elif recalls:
                        if crisp:
                            t, item = glimpse_few(w, c, room.few, few, grounded, o, d, pixel, ahead)
                        else:
                            t, item = glimpse(w, c, tile, slot, o, d, pixel, ahead)
                        place = known(w, c, slot, item, o, d, t)
                        if place != UNKNOWN and c.moving[y, x] & SHADED:
                            change = _shade_over(w, slot, item, o, d, t)
                    if place != UNKNOWN:
                        light, code = _recalled(c, place, change)
                    else:
                        seen = radiance(
                            w,
                            c.lists,
                            c.nears,
                            c.heads[tile],
                            c.heads[tile + 1],
                            slot,
                            o,
                            d,
                            pixel,
                            ahead,
                            sure,
                            likely,
                            away_at(near, off * table[k, 0], off * table[k, 1]),
                            veil,
                        )
                        light, code = _sound_light(seen[0]), seen[1]
                        if work < PROBE:
                            _keep(c, y, x, seen)
                    tone = tone_of(light[0], light[1], light[2])
                    if work == MOTION:
                        note(notes, slot, code, tone, light)
                        continue
                    total = add(total, light)
                    low, high = min(low, tone), max(high, tone)
                    same = same and met(code) == met(c.first[y, x])
                    taken += 1
                    if work < PROBE:
                        c.tones[y, x] = tone
                    elif work == PROBE:
                        bend += (-2.0 if k == 2 else 1.0) * tone
                        plain = code & FINER == 0 or not item_moves(w, met(code))
                        still = same and plain and high - low < 0.5 and (k < 2 or abs(bend) < 0.05)
                        c.probes[y // PROBE_STEP, x // PROBE_STEP] = 1 if still else 0
                        if not still:
                            break
                    elif same and (
                        (taken == enough and high - low < AGREED)
                        or (taken == 2 and enough == 3 and high - low < 2.0 * AGREED)
                    ):
                        break
                if work == PROBE:
                    continue
                out = c.base[y, x] if work < PROBE else c.sharp[y, x]
                if work == MOTION:
                    out = c.out[y, x]
                    total, taken = over_time(notes), 1
                out[0], out[1], out[2] = total[0] / taken, total[1] / taken, total[2] / taken

    return expose


expose = _make(kernels_stamp())
