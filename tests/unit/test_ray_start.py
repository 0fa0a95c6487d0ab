"""A Ray that does not start stops the show with a way out, not with a fault of the farm's own."""

import asyncio

import pytest

from farm.errors import ExecutorError
from farm.executors.ray import RayExecutor


@pytest.mark.parametrize(
    "fault", [Exception("The current node timed out\nduring startup."), ExecutorError("ours")]
)
def test_whatever_ray_raises_as_it_starts_is_a_refusal_of_the_machines(monkeypatch, fault):
    async def fails(_session) -> None:
        raise fault

    monkeypatch.setattr("farm.executors.ray_session.RaySession.open", fails)
    with pytest.raises(
        ExecutorError, match=r"ours|Ray did not start: The current node timed out d"
    ):
        asyncio.run(RayExecutor("file:/nowhere").open())
