"""Sun, sky and air: from words of time and weather to the light of a scene."""

import math
from dataclasses import dataclass
from typing import Any

from functions.models.previz import snapshot as skies
from functions.models.previz.lexicon import table
from functions.models.previz.reading import Reading
from functions.models.previz.space import Vec, chance

DEFAULT_TIME = "day"
WALLED = frozenset({"city", "street", "courtyard", "forest"})
"""Places whose walls or trees keep a low sun out."""

BACKLIT = frozenset({"dawn", "sunrise", "sunset", "dusk"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """The light of a scene, before it has a ground."""

    name: str
    sky: int
    sun: Vec
    turbidity: float
    clouds: float
    stops: float
    fog: float
    fog_color: Vec
    wet: float
    tint: Vec
    falls: tuple[str, ...]
    windy: bool
    dark: bool


def light_of(reading: Reading, place: dict[str, Any], *, facing: float, seed: int) -> Light:
    """Choose the light; `facing` is the camera's yaw, for the sun to model the subject."""
    indoors = place.get("sky", "")
    time = reading.time or _natural_time(reading, indoors)
    row = table("light")["times"][time]
    weather = [table("light")["weather"][name] for name in reading.weather]
    clouds = max([row["clouds"], *(w.get("clouds", 0.0) for w in weather)])
    fog = sum(w.get("fog", 0.0) for w in weather)
    sky = _sky(indoors, time, clouds)
    return Light(
        name=", ".join(
            [
                *([time] if reading.time else [f"{time} (not asked)"]),
                *reading.weather,
                *reading.indoor,
            ]
        ),
        sky=sky,
        sun=_sun(time, row["sun"], facing, seed),
        turbidity=row["haze"] + (2.0 if fog else 0.0),
        clouds=min(clouds + 0.15 * (chance(seed, 11) - 0.5), 1.0) if clouds < 1 else 1.0,
        stops=_stops(sky, time, reading, walled=place.get("build") in WALLED),
        fog=fog,
        fog_color=_fog_color(time, reading),
        wet=max([0.0, *(w.get("wet", 0.0) for w in weather)]),
        tint=_tint(place, sky, time, reading),
        falls=tuple(w["falls"] for w in weather if "falls" in w),
        windy=any(w.get("windy") for w in weather),
        dark=time in {"night", "dusk"} or sky in {skies.NIGHT, skies.SPACE},
    )


def _natural_time(reading: Reading, indoors: str) -> str:
    if "neon" in reading.indoor or indoors == "night":
        return "night"
    if "candlelit" in reading.indoor:
        return "dusk"
    return DEFAULT_TIME


def _sky(indoors: str, time: str, clouds: float) -> int:
    fixed = {
        "space": skies.SPACE,
        "underwater": skies.UNDERWATER,
        "night": skies.NIGHT,
        "overcast": skies.OVERCAST,
    }
    if indoors in fixed:
        return fixed[indoors]
    if indoors == "studio" and time not in {"night", "dusk"}:
        return skies.STUDIO
    if time == "night":
        return skies.NIGHT
    if clouds >= 0.95:
        return skies.OVERCAST
    return skies.CLOUDY if clouds > 0.1 else skies.CLEAR


def _sun(time: str, high: float, facing: float, seed: int) -> Vec:
    """Set the sun behind the scene at either end of the day, else beside the camera."""
    side = 1.0 if chance(seed, 12) < 0.5 else -1.0
    if time in BACKLIT:
        off = math.radians(16 + 26 * chance(seed, 13))
    elif time == "golden_hour":
        off = math.radians(62 + 45 * chance(seed, 13))
    else:
        off = math.radians(112 + 42 * chance(seed, 13))
    up = math.radians(high)
    yaw = facing + side * off
    return (-math.sin(yaw) * math.cos(up), math.sin(up), -math.cos(yaw) * math.cos(up))


def _stops(sky: int, time: str, reading: Reading, *, walled: bool) -> float:
    """Open up where it is dark: previsualisation must be readable."""
    if "candlelit" in reading.indoor:
        return 0.2
    if sky == skies.NIGHT:
        return 1.5
    low = walled and time in BACKLIT | {"golden_hour"}
    return (0.4 if time == "dusk" else 0.0) + (0.9 if low else 0.0)


def _fog_color(time: str, reading: Reading) -> Vec:
    if time in {"night", "dusk"}:
        return (0.05, 0.07, 0.11)
    if "storm" in reading.weather or "rain" in reading.weather:
        return (0.30, 0.34, 0.38)
    if "dusty" in reading.weather:
        return (0.85, 0.62, 0.38)
    if time in {"golden_hour", "sunset", "sunrise", "dawn"}:
        return (0.95, 0.68, 0.46)
    return (0.72, 0.77, 0.82)


def _tint(place: dict[str, Any], sky: int, time: str, reading: Reading) -> Vec:
    r, g, b = place.get("tint", (1.0, 1.0, 1.0))
    if sky == skies.STUDIO and place.get("build") == "studio":
        return _backdrop(reading)
    if sky == skies.STUDIO and time in BACKLIT | {"golden_hour"}:
        return (1.15, 0.85, 0.6)
    return (r, g, b)


def _backdrop(reading: Reading) -> Vec:
    if not reading.place_colour:
        return (1.0, 1.0, 1.0)
    r, g, b = table("looks")["colours"][reading.place_colour]["rgb"]
    most = max(r, g, b)
    return (r / most, g / most, b / most)
