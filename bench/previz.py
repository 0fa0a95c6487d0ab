"""Print how fast previz renders: frames a second at two sizes for ten scenes, and the time to compile.

    python bench/previz.py [--cold] [--frames N]

`--cold` compiles everything anew in an empty cache first. The figures are for all cores that this run may use.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from farm.route.footage import seed_of
from farm.shots.load import load_shot_list
from farm.shots.request import request_for
from functions.models.previz import snapshot as s
from functions.models.previz.compose import compose
from functions.models.previz.filming import Stage
from functions.models.previz.lengths import loop
from functions.models.previz.physics import Tracks

SIZES = ((480, 270), (3840, 2160))
TARGETS = {(480, 270): 20.0, (3840, 2160): 0.4}


def material(base, second=None, pattern=s.FLAT, scale=1.0, rough=0.6, metal=0.0, bump=0.0):
    """Return a row of `Snapshot.materials`."""
    return [*base, *(second or base), pattern, scale, rough, metal, 0.0, 1.5, 0.0, 0.0, 0.0, bump]


def quaternion(axis, degrees):
    """Return a turn about an axis."""
    half = np.radians(degrees) / 2
    return np.array([np.cos(half), *(np.sin(half) * np.array(axis, float))])


def snapshot(bodies, materials, lens, air, particles=None):
    """Put a snapshot together from rows (kind, size, place, place at close, material)."""
    n = len(bodies)
    places = np.array([[b[2] for b in bodies], [b[3] for b in bodies]], float).reshape(2, n, 3)
    turns = np.tile(np.array([1.0, 0.0, 0.0, 0.0]), (2, n, 1))
    return s.Snapshot(
        kinds=np.array([b[0] for b in bodies], np.int32),
        positions=places,
        rotations=turns,
        sizes=np.array([b[1] for b in bodies], float).reshape(n, 3),
        shape_materials=np.array([b[4] for b in bodies], np.int32),
        ids=np.arange(n, dtype=np.int32),
        materials=np.array(materials, float),
        particles=np.zeros((0, 8)) if particles is None else particles,
        lens=lens,
        air=air,
    )


def lens(place, then=None, *, tilt=-6.0, focal=35.0, stop=5.6, focus=7.0):
    """Return a camera that looks along -z."""
    turn = quaternion((1, 0, 0), tilt)
    return s.Lens(
        position=np.array([place, then or place], float),
        rotation=np.array([turn, turn]),
        focal_mm=np.array([focal, focal]),
        f_stop=stop,
        focus_m=focus,
    )


def air(**changes):
    """Return a clear afternoon over a plane."""
    high, round_ = np.radians(38), np.radians(140)
    values = {
        "sky": s.CLEAR,
        "sun_direction": np.array(
            [np.cos(high) * np.sin(round_), np.sin(high), -np.cos(high) * np.cos(round_)]
        ),
        "turbidity": 2.5,
        "cloud_cover": 0.0,
        "exposure_stops": 0.0,
        "fog_density": 0.0,
        "fog_color": np.array([0.7, 0.75, 0.8]),
        "tint": np.ones(3),
        "ground": s.PLANE,
        "ground_material": 0,
        "terrain_height_m": 0.0,
        "terrain_scale_m": 60.0,
        "wetness": 0.0,
        "seed": 7,
        "time_s": 1.0,
        "period_s": 0.0,
    }
    return s.Air(**(values | changes))


def spheres():
    """Ten balls on a floor, every other one a mirror: the scene of the sketch that the targets were taken from."""
    rng = np.random.default_rng(0)
    materials = [material((0.5, 0.5, 0.5), (0.2, 0.2, 0.2), s.CHECKER, 1.0, 0.8)]
    materials += [
        material(rng.uniform(0.1, 0.9, 3), rough=0.1 if k % 2 else 0.8, metal=k % 2)
        for k in range(10)
    ]
    bodies = []
    for k in range(10):
        radius = rng.uniform(0.3, 1.0)
        place = (rng.uniform(-4, 4), radius, rng.uniform(-8, -3))
        bodies.append((s.SPHERE, (radius,) * 3, place, place, 1 + k))
    return snapshot(bodies, materials, lens((0, 1.5, 2), tilt=0.0, focal=28.0), air())


def courtyard():
    """A red ball rolls over tiles towards crates; the camera stands still."""
    materials = [
        material((0.36, 0.33, 0.29), (0.2, 0.19, 0.18), s.TILES, 0.8, 0.7),
        material((0.55, 0.05, 0.04), rough=0.3),
        material((0.33, 0.17, 0.07), (0.17, 0.08, 0.03), s.WOOD, 0.3, 0.6, bump=0.2),
        material((0.8, 0.78, 0.75), rough=0.15, metal=1.0),
    ]
    bodies = [(s.SPHERE, (0.4,) * 3, (-1.0, 0.4, 0.0), (-0.93, 0.4, 0.0), 1)]
    for k in range(9):
        place = (1.0 + 0.62 * (k % 3), 0.3 + 0.6 * (k // 3), -0.6)
        bodies.append((s.BOX, (0.3,) * 3, place, place, 2))
    for k in range(4):
        place = (-4.0 + 2.6 * k, 1.5, -6.0)
        bodies.append((s.CYLINDER, (0.25, 1.5, 0.25), place, place, 3))
    return snapshot(bodies, materials, lens((0, 1.6, 6)), air())


def crowd():
    """Three hundred bodies in the open, and two thousand particles that fall."""
    rng = np.random.default_rng(1)
    materials = [material((0.12, 0.17, 0.05), (0.2, 0.22, 0.07), s.GRASS, 1.0, 0.9, bump=0.3)]
    materials += [
        material(rng.uniform(0.05, 0.7, 3), rough=rng.uniform(0.2, 0.8)) for _ in range(8)
    ]
    bodies = []
    for k in range(300):
        size = rng.uniform(0.15, 0.7, 3)
        if k % 5 == s.TORUS:
            size = np.array([size[0], 0.4 * size[0], size[0]])
        place = (rng.uniform(-16, 16), size[1], rng.uniform(-30, 1))
        bodies.append((k % 5, size, place, place, 1 + k % 8))
    fall = np.zeros((2000, 8))
    fall[:, :3] = rng.uniform((-9, 0.2, -14), (9, 7, 4), (2000, 3))
    fall[:, 3:6] = fall[:, :3] - (0.0, 0.03, 0.0)
    fall[:, 6], fall[:, 7] = 0.015, 1
    return snapshot(bodies, materials, lens((0, 2.2, 7)), air(), fall)


def hills():
    """A camera drives into hills under a low sun: all of the picture moves."""
    materials = [
        material((0.6, 0.58, 0.55), (0.2, 0.17, 0.14), s.NOISE, 12.0, 0.9),
        material((0.1, 0.2, 0.5), rough=0.25),
    ]
    bodies = [(s.BOX, (0.9, 0.5, 2.0), (0.5, 0.5, -4.0), (0.5, 0.5, -4.2), 1)]
    low = np.array([0.78, 0.3, -0.55])
    over = air(
        ground=s.TERRAIN,
        terrain_height_m=45.0,
        terrain_scale_m=80.0,
        sun_direction=low / np.linalg.norm(low),
    )
    return snapshot(bodies, materials, lens((0, 2.0, 6), (0, 2.0, 5.9), tilt=0.0), over)


def quickstart(number: int, *, written: bool = False) -> s.Snapshot:
    """Film a frame in the middle of one of the quickstart's shots: over two seconds, or as it is written."""
    show = load_shot_list(Path(__file__).parent.parent / "specs" / "quickstart.yaml")
    shot = show.shots[number]
    request = request_for(shot, show, draft_box=(480, 270))
    if not written:
        return Stage(compose(request.model_copy(update={"frames": 24}), 1), Tracks()).snapshot(10)
    scene = compose(request, seed_of(shot, 1))
    return Stage(loop(scene) if shot.loop else scene, Tracks()).snapshot(4)


SCENES: dict[str, Callable[[], s.Snapshot]] = {
    "spheres": spheres,
    "courtyard": courtyard,
    "crowd": crowd,
    "hills": hills,
    "crates": partial(quickstart, 0),
    "desert": partial(quickstart, 1),
    "ring": partial(quickstart, 2),
    "crates, as written": partial(quickstart, 0, written=True),
    "desert, as written": partial(quickstart, 1, written=True),
    "ring, as written": partial(quickstart, 2, written=True),
}


def first_picture() -> float:
    """Return the seconds that a fresh process needs to import and to render a first small picture."""
    code = (
        "import sys; sys.path[:0] = ['bench', '.']; import previz;"
        "from functions.models.previz.render import render;"
        "render(previz.courtyard(), width=32, height=18)"
    )
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - start


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cold", action="store_true")
    parser.add_argument("--frames", type=int, default=0)
    chosen = parser.parse_args()
    if chosen.cold:
        os.environ["NUMBA_CACHE_DIR"] = tempfile.mkdtemp(prefix="previz-cold-")
    print(f"first picture, {'cold' if chosen.cold else 'as the cache is'}: {first_picture():.1f} s")
    print(f"first picture, warm: {first_picture():.1f} s")
    from functions.models.previz.render import film  # noqa: PLC0415  # after the cache is set

    print(f"{'scene':18} {'size':>10} {'frames/s':>9} {'CPU s':>7} {'target':>7}")
    for name, make in SCENES.items():
        for width, height in SIZES:
            frames = chosen.frames or (16 if width < 1000 else 2)
            scene = make()
            deque(film([scene], width=width, height=height), maxlen=0)
            wall, cpu = time.perf_counter(), time.process_time()
            deque(film([scene] * frames, width=width, height=height), maxlen=0)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            size = f"{width}x{height}"
            print(
                f"{name:18} {size:>10} {frames / wall:9.2f} {cpu / frames:7.2f} {TARGETS[width, height]:7.1f}"
            )


if __name__ == "__main__":
    main()
