"""What a prompt asks of motion and light, as far as a judge needs to know: English stems."""

import re
from collections.abc import Iterable

from farm.shots.request import Request
from functions.intent import steps_of

ACTIONS = (
    "bounc", "burst", "chas", "climb", "collaps", "collid", "crash", "danc", "dash", "dissolv",
    "dribbl", "driv", "drop", "emerg", "erupt", "explod", "fall", "fight", "flap", "flies",
    "flow", "fly", "gallop", "glid", "grow", "hover", "hurl", "jog", "jump", "kick", "leap",
    "march", "melt", "mov", "orbit", "pour", "race", "racing", "ride", "riding", "roll",
    "rotat", "run", "runs", "rush", "sail", "shatter", "shower", "skat", "slid", "spill",
    "spin", "splash", "sprint", "sway", "swim", "swing", "throw", "topple", "toppl", "tumbl",
    "turn", "twirl", "walk", "wav",
)  # fmt: skip
"""Beginnings of words that promise motion in front of the camera."""

FLICKERS = (
    "blast", "candle", "club", "disco", "explo", "fire", "flam", "flash", "flicker",
    "lightning", "muzzle", "neon", "spark", "strob", "thunder",
)  # fmt: skip
"""Beginnings of words whose light may jump."""

FADES = (
    "blackout", "blink", "eclips", "fade", "fading",
)  # fmt: skip
"""Beginnings of words that allow a black picture."""

BACKDROPS = (
    "backdrop", "cyclorama", "fog", "limbo", "mist", "overcast", "seamless", "snow", "studio",
    "void", "white",
)  # fmt: skip
"""Beginnings of words that allow wide areas of one white."""

LIGHT = {
    "night": -2.5, "midnight": -3.0, "moonlit": -2.5, "moonlight": -2.5, "starlit": -3.0,
    "starlight": -3.0, "dark": -2.5, "darkness": -3.0, "dim": -2.0, "gloomy": -2.0,
    "shadowy": -2.0, "noir": -2.0, "silhouette": -2.5, "space": -6.0, "galaxy": -6.0,
    "nebula": -6.0, "stars": -5.0, "cave": -2.5, "candle": -2.0, "candlelit": -2.0,
    "candlelight": -2.0, "underwater": -1.5, "dusk": -1.0, "twilight": -1.5, "dawn": -1.0,
    "sunset": -0.7, "sunrise": -0.7, "storm": -1.0, "stormy": -1.0, "bright": 1.0,
    "sunlit": 0.7, "sunny": 0.7, "noon": 1.0, "midday": 1.0, "snow": 2.0, "snowy": 2.0,
    "desert": 2.0, "beach": 1.5, "dazzling": 1.5, "glaring": 1.5, "white": 1.5, "studio": 1.5,
}  # fmt: skip
"""Stops from middle grey at which a picture's median may be expected, by the word that says so.

Snow and sand in the sun, and a white backdrop, lie one and a half stops to two above it (zones VI
and VII: Adams, The Negative, 1981).
"""


DAY = (0.0, 0.5)
"""Where the median of a plain day may be expected."""

SOFT, HARD = 6.5, 3.0
"""Stops between the darks and the lights that soft light has at most, and hard light at least."""

LEAST_CONTRAST, MOST_CONTRAST = 0.9, 12.0
"""What any light has."""

SOFTENS = ("fog", "haze", "hazy", "mist", "overcast", "diffus", "smok", "whiteout", "blizzard")
HARDENS = ("chiaroscuro", "dramatic", "harsh", "noir", "silhouett", "stark")


def contrast_asked(request: Request) -> tuple[float, float]:
    """Return the least and the most stops of contrast that the words allow."""
    soft, hard = mentions(request, SOFTENS), mentions(request, HARDENS)
    if soft and not hard:
        return 0.4, SOFT
    return (HARD if hard and not soft else LEAST_CONTRAST), MOST_CONTRAST


def only_turns(request: Request) -> bool:
    """Tell whether all that is to happen is a turning on the spot, which may not show."""
    steps = steps_of(request)
    return bool(steps) and all(step.turns for step in steps)


def asks_for_action(request: Request) -> bool:
    """Tell whether something is to move in front of the camera."""
    guided = any(a.path or (a.arrow and a.guides != "camera") for a in request.annotations)
    return guided or mentions(request, ACTIONS)


def asks_for_camera(request: Request) -> bool:
    """Tell whether the camera is to move."""
    return set(request.camera.moves) - {"static"} != set()


def mentions(request: Request, stems: Iterable[str]) -> bool:
    """Tell whether any word of the prompt begins with one of the stems."""
    return any(word.startswith(tuple(stems)) for word in words_of(request))


def light_asked(request: Request) -> tuple[tuple[float, float], str]:
    """Return the least and the most stops from middle grey that the words allow, and the words."""
    told = {word: LIGHT[word] for word in words_of(request) if word in LIGHT}
    return (min([DAY[0], *told.values()]), max([DAY[1], *told.values()])), " ".join(told)


def words_of(request: Request) -> list[str]:
    """Split the prompt into words."""
    return re.findall(r"[^\W\d_]+", request.prompt.casefold())
