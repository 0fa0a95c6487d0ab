"""Luma's service: a generation is asked for once, watched, and fetched before its address dies.

Only this room knows the `luma_agents` package. It would try a creation again by itself, and every
creation may be a bill: it is told not to. Statuses and failure codes are those of the service's
"Error handling" page (docs.agents.lumalabs.ai, read 2026-11-21).
"""

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from farm.errors import (
    BudgetError,
    FarmError,
    LostError,
    ModeratedError,
    ShortageError,
    TaskError,
    UnsureError,
)

CALL_SECONDS = 60.0
DEAD_ADDRESS = (401, 403, 404, 410)

STATUSES: Mapping[int, tuple[type[FarmError], str]] = {
    400: (TaskError, "the service does not take this request; see what it says"),
    401: (TaskError, "set LUMA_AGENTS_API_KEY where the workers run"),
    402: (BudgetError, "add funds to the account; the same run then goes on"),
    403: (TaskError, "the account may not do this; ask the service's support"),
    404: (TaskError, "the service does not know it any more"),
    413: (TaskError, "use smaller pictures"),
    422: (TaskError, "the service does not take this combination; see what it says"),
    429: (ShortageError, "the account's rate limit; the farm waits"),
    503: (ShortageError, "the service cannot take pictures in now; the farm waits"),
}
"""Answers to a creation after which it is certain that nothing was made."""

FAILURES: Mapping[str, tuple[type[FarmError], str]] = {
    "content_moderated": (ModeratedError, "change the prompt or the pictures"),
    "generation_failed": (TaskError, "change the seed to ask anew, which may be a new bill"),
    "output_not_found": (TaskError, "change the seed to ask anew, which may be a new bill"),
    "budget_exhausted": (BudgetError, "add funds to the account, and change the seed to ask anew"),
    "rate_limited": (ShortageError, "the service was too busy; the farm waits and asks anew"),
    "image_too_large": (TaskError, "use smaller pictures"),
    "unsupported_format": (TaskError, "use PNG or JPEG pictures"),
    "corrupt_input": (TaskError, "a picture cannot be decoded; write it anew"),
    "invalid_request": (TaskError, "the service does not take this request"),
}
"""What each failure code is in the farm's ledgers of retries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a generation stands; `urls` are its movie's and, where EXRs were asked for, theirs."""

    state: str
    code: str = ""
    reason: str = ""
    urls: tuple[str, ...] = ()


class Service(Protocol):
    """What the farm asks of a service that makes movies."""

    def create(self, wish: Mapping[str, object]) -> str:
        """Ask for a generation, once; return its id.

        Raises UnsureError where it may have been made all the same; any other error means that
        nothing was made.
        """
        ...

    def look(self, generation: str) -> Look:
        """Ask how a generation stands; raises LostError where no answer comes."""
        ...

    def fetch(self, url: str) -> bytes | None:
        """Fetch what was made; None where the address is dead."""
        ...

    def pause(self, seconds: float) -> None:
        """Wait between two looks."""
        ...


class LumaService:
    """The service behind LUMA_AGENTS_API_KEY, at LUMA_BASE_URL where that is set."""

    def __init__(self) -> None:
        import luma_agents  # noqa: PLC0415  # an extra, and only this model's

        self._luma: Any = luma_agents  # its error classes are looked up by name
        try:
            self._client = luma_agents.Luma(max_retries=0, timeout=CALL_SECONDS)
        except luma_agents.LumaError as error:
            hint = "set LUMA_AGENTS_API_KEY where the workers run"
            raise TaskError("luma needs the key of an account", hint=hint) from error

    def create(self, wish: Mapping[str, object]) -> str:
        """Ask for a generation, once."""
        try:
            made = self._client.generations.create(**wish)  # type: ignore[arg-type]  # built in wishes.py
        except self._luma.APIStatusError as error:
            raise _refusal(error.status_code, _words(error)) from error
        except self._luma.APIError as error:
            if _never_sent(error):
                raise LostError(f"luma cannot be reached: {_words(error)}") from error
            raise _unsure(_words(error)) from error
        return str(made.id)

    def look(self, generation: str) -> Look:
        """Ask how a generation stands."""
        try:
            said = self._client.generations.get(generation)
        except self._luma.APIStatusError as error:
            if error.status_code in (401, 403, 404):
                raise _refusal(error.status_code, _words(error)) from error
            raise LostError(f"luma: {error.status_code}: {_words(error)}") from error
        except self._luma.APIError as error:
            raise LostError(f"luma: {_words(error)}") from error
        outputs = sorted(said.output or [], key=lambda output: output.type != "video")
        return Look(
            state=said.state,
            code=said.failure_code or "",
            reason=said.failure_reason or "",
            urls=tuple(output.url for output in outputs),
        )

    def fetch(self, url: str) -> bytes | None:
        """Fetch what was made."""
        try:
            with urllib.request.urlopen(url, timeout=CALL_SECONDS) as answer:  # noqa: S310  # the address that the service gave
                data: bytes = answer.read()
                return data
        except urllib.error.HTTPError as error:
            if error.code in DEAD_ADDRESS:
                return None
            raise LostError(f"luma's movie: {error.code} {error.reason}") from error
        except (OSError, http.client.HTTPException) as error:
            raise LostError(f"luma's movie: {error}") from error

    def pause(self, seconds: float) -> None:
        """Wait between two looks."""
        time.sleep(seconds)


def failure(code: str, reason: str) -> FarmError:
    """Turn a failure code into the farm's error."""
    kind, hint = FAILURES.get(code, (TaskError, "the service gave a code that is not published"))
    return kind(f"luma: {code or 'failed'}: {reason or 'no reason was given'}", hint=hint)


def _refusal(status: int, words: str) -> FarmError:
    if status not in STATUSES:
        return _unsure(f"{status}: {words}")
    kind, hint = STATUSES[status]
    return kind(f"luma: {status}: {words}", hint=hint)


def _unsure(words: str) -> UnsureError:
    return UnsureError(
        f"luma was asked for a generation, and no answer came: {words}",
        hint="it may be on the bill, so it is not asked again; change the seed to pay for another",
    )


def _never_sent(error: BaseException) -> bool:
    """Tell whether not even a connection was made; any other fault leaves the bill open."""
    import httpx  # noqa: PLC0415  # the client's own

    return isinstance(error.__cause__, httpx.ConnectError | httpx.ConnectTimeout)


def _words(error: Any) -> str:  # noqa: ANN401  # the client's errors share no static type with ours
    body = getattr(error, "body", None)
    detail = body.get("detail") if isinstance(body, dict) else None
    return str(detail or getattr(error, "message", error))
