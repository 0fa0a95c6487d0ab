"""Compile every kernel once, and let numba remember it: `python -m functions.models.previz.warm`.

Set-up does this, so that the first take of a farm does not wait for a compiler.
"""

from farm.frames import FrameRange
from farm.shots.request import Request
from farm.shots.spec import Camera
from functions.models.previz.model import Previz

SIZE = (64, 36)
PROMPTS = (
    "A red ball rolls into a sunlit courtyard, hits a stack of wooden crates, and they topple",
    "A blue car drives along a desert road at golden hour",
)


def warm() -> None:
    """Render a few small frames that use physics, hills, particles and a moving camera."""
    for prompt in PROMPTS:
        model = Previz()
        camera = Camera(moves=("dolly_in",))
        request = Request(prompt=prompt, frames=12, rate=12, size=SIZE, camera=camera)  # type: ignore[arg-type]  # pydantic reads the rate
        state = model.draft(request, seed=1)
        for _ in model.render(state, FrameRange(11, 11), size=SIZE):
            pass


if __name__ == "__main__":
    warm()
