"""A small film set for the renderer's tests: snapshots put together by hand."""

from typing import Any

import numpy as np

from functions.models.previz import snapshot as s

Body = dict[str, Any]


def material(base=(0.5, 0.5, 0.5), **changes) -> list[float]:
    values = {
        "second": base,
        "pattern": s.FLAT,
        "scale": 1.0,
        "rough": 0.8,
        "metal": 0.0,
        "clear": 0.0,
        "ior": 1.5,
        "emit": (0.0, 0.0, 0.0),
        "bump": 0.0,
    } | changes
    return [
        *base,
        *values["second"],
        values["pattern"],
        values["scale"],
        values["rough"],
        values["metal"],
        values["clear"],
        values["ior"],
        *values["emit"],
        values["bump"],
    ]


def turned(axis=(0, 1, 0), degrees=0.0) -> np.ndarray:
    half = np.radians(degrees) / 2
    unit = np.array(axis, float) / np.linalg.norm(axis)
    return np.array([np.cos(half), *(np.sin(half) * unit)])


def sun(high: float, round_: float = 150.0) -> np.ndarray:
    """Return the sun's direction: degrees over the horizon, and round from straight ahead (-z)."""
    e, a = np.radians(high), np.radians(round_)
    return np.array([np.cos(e) * np.sin(a), np.sin(e), -np.cos(e) * np.cos(a)])


def lens(**changes) -> s.Lens:
    values = {
        "place": (0.0, 1.0, 5.0),
        "then": None,
        "turn": turned(),
        "turn_then": None,
        "focal": 35.0,
        "stop": 1000.0,
        "focus": 5.0,
        "blades": 0,
    } | changes
    then = values["place"] if values["then"] is None else values["then"]
    turn_then = values["turn"] if values["turn_then"] is None else values["turn_then"]
    return s.Lens(
        position=np.array([values["place"], then], float),
        rotation=np.array([values["turn"], turn_then], float),
        focal_mm=np.array([values["focal"]] * 2, float),
        f_stop=values["stop"],
        focus_m=values["focus"],
        aperture_blades=values["blades"],
    )


def air(**changes) -> s.Air:
    values = {
        "sky": s.CLEAR,
        "sun_direction": sun(40),
        "turbidity": 2.5,
        "cloud_cover": 0.0,
        "exposure_stops": 0.0,
        "fog_density": 0.0,
        "fog_color": np.array([0.7, 0.75, 0.8]),
        "tint": np.ones(3),
        "ground": s.PLANE,
        "ground_material": 0,
        "terrain_height_m": 0.0,
        "terrain_scale_m": 40.0,
        "wetness": 0.0,
        "seed": 3,
        "time_s": 0.0,
        "period_s": 0.0,
    } | changes
    return s.Air(**values)


def body(kind=s.SPHERE, place=(0.0, 1.0, 0.0), size=(0.5, 0.5, 0.5), **changes) -> Body:
    values: Body = {"material": 1, "then": place, "turn": turned(), "turn_then": None, "id": 0}
    return {"kind": kind, "place": place, "size": size} | values | changes


def snapshot(bodies=(), *, materials=None, lens_=None, air_=None, particles=None) -> s.Snapshot:
    n = len(bodies)
    then = [b["turn"] if b["turn_then"] is None else b["turn_then"] for b in bodies]
    return s.Snapshot(
        kinds=np.array([b["kind"] for b in bodies], np.int32),
        positions=np.array(
            [[b["place"] for b in bodies], [b["then"] for b in bodies]], float
        ).reshape(2, n, 3),
        rotations=np.array([[b["turn"] for b in bodies], then], float).reshape(2, n, 4),
        sizes=np.array([b["size"] for b in bodies], float).reshape(n, 3),
        shape_materials=np.array([b["material"] for b in bodies], np.int32),
        ids=np.array([b["id"] for b in bodies], np.int32),
        materials=np.array(materials or [material(), material((0.6, 0.1, 0.1))], float),
        particles=np.zeros((0, 8)) if particles is None else np.array(particles, float),
        lens=lens_ or lens(),
        air=air_ or air(),
    )


def luminance(pixels: np.ndarray) -> np.ndarray:
    return pixels @ np.array([0.2722287, 0.6740818, 0.0536895])
