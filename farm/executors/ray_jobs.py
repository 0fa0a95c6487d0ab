"""A driver on a cluster's head: sent there as a Ray job, asked about and stopped from anywhere."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from farm.errors import ExecutorError
from farm.executors.ray_session import NOT_SHIPPED, RayThing, first_lines, own_packages

State = Literal["waiting", "running", "ended", "failed", "stopped", "unknown"]
STATES: dict[str, State] = {
    "PENDING": "waiting",
    "RUNNING": "running",
    "SUCCEEDED": "ended",
    "FAILED": "failed",
    "STOPPED": "stopped",
}
OVER: tuple[State, ...] = ("ended", "failed", "stopped", "unknown")
LEFT_OUT = ["**/.farm/**", "**/renders/**", "**/.git/**", "**/.venv/**", *NOT_SHIPPED]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a job stands, and what Ray says of it."""

    state: State
    said: str = ""


class RayJobs:
    """The jobs of one cluster, by the address of its dashboard, such as http://head:8265."""

    def __init__(self, address: str) -> None:
        self.address = address if "://" in address else f"http://{address}"
        self._client: RayThing = None

    def send(
        self, words: Sequence[str], *, name: str, folder: Path, env: Mapping[str, str]
    ) -> None:
        """Start `python -m farm WORDS` on the head, in a copy of `folder`, with our own code.

        Raises ExecutorError when the cluster does not take it.
        """
        entry = " ".join(["python", "-m", "farm", *(shlex.quote(word) for word in words)])
        runtime = {
            "working_dir": str(folder),
            "excludes": LEFT_OUT,
            "py_modules": own_packages(),
            "env_vars": dict(env),
        }
        self._ask("submit_job", entrypoint=entry, submission_id=name, runtime_env=runtime)

    def standing(self, name: str) -> Standing:
        """Say how a job stands; one that the cluster does not know is `unknown`."""
        try:
            told = self._ask("get_job_info", name)
        except ExecutorError as error:
            if "404" in error.problem or "does not exist" in error.problem:
                return Standing(state="unknown", said="the cluster knows no such run")
            raise
        return Standing(state=STATES.get(str(told.status), "unknown"), said=told.message or "")

    def log(self, name: str) -> str:
        """Return what the driver has said so far."""
        return str(self._ask("get_job_logs", name))

    def stop(self, name: str) -> bool:
        """Tell a driver to end, as Ctrl-C does; False if it was over."""
        return bool(self._ask("stop_job", name))

    def _ask(self, verb: str, *terms: object, **more: object) -> RayThing:
        try:
            if self._client is None:
                from ray.job_submission import JobSubmissionClient  # noqa: PLC0415  # seconds

                self._client = JobSubmissionClient(self.address)
            return getattr(self._client, verb)(*terms, **more)
        except (RuntimeError, ConnectionError, ValueError, OSError) as error:
            raise ExecutorError(
                f"{self.address} does not take the call: {first_lines(error)}",
                hint="give the dashboard's address, as in http://head:8265; "
                "its head needs `pip install 'ray[default]'`",
            ) from error


def new_lines(before: str, now: str) -> Iterator[str]:
    """Yield what was said since; a log that was cut is told from its beginning."""
    yield from now.removeprefix(before).splitlines()
