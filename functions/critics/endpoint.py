"""A vision critic behind any OpenAI-compatible endpoint; the key stays in the environment.

The address is `FARM_CRITIC_URL` (such as http://127.0.0.1:8000/v1), the key, where one is needed,
`FARM_CRITIC_KEY`, and the patience for one answer `FARM_CRITIC_SECONDS`.
"""

import base64
import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field

from farm.digest import Plain
from functions.critics.eyes import Question, Silence

MOST_BYTES = 1_000_000
"""An answer longer than this is none."""

LONGEST_ANSWER_TOKENS = 900
PATIENCE_SECONDS = 60.0
REFUSED_SCHEMA = frozenset({400, 415, 422, 501})
"""What servers answer that know nothing of schemas."""


@dataclass(slots=True, kw_only=True)
class Endpoint:
    """Asks one server; learns by itself whether it can hold an answer to a schema."""

    url: str
    model: str
    key: str = field(default="", repr=False)
    seconds: float = PATIENCE_SECONDS
    _constrains: bool = True

    @classmethod
    def of(cls, model: str, environ: Mapping[str, str]) -> "Endpoint":
        """Read the address, the key and the patience from the environment."""
        url = environ.get("FARM_CRITIC_URL", "").rstrip("/")
        if not url.startswith(("http://", "https://")):
            raise Silence("FARM_CRITIC_URL is no http address on the machine that judges")
        try:
            seconds = float(environ.get("FARM_CRITIC_SECONDS") or PATIENCE_SECONDS)
        except ValueError:
            seconds = PATIENCE_SECONDS
        return cls(url=url, model=model, key=environ.get("FARM_CRITIC_KEY", ""), seconds=seconds)

    def ask(self, question: Question, /) -> str:
        """Ask with the schema where the server can hold to one, and else without."""
        if self._constrains:
            try:
                return self._answer(question, constrained=True)
            except urllib.error.HTTPError as fault:
                if fault.code not in REFUSED_SCHEMA:
                    raise Silence(f"the server answers {fault.code} {fault.reason}") from fault
                self._constrains = False
        try:
            return self._answer(question, constrained=False)
        except urllib.error.HTTPError as fault:
            raise Silence(f"the server answers {fault.code} {fault.reason}") from fault

    def _answer(self, question: Question, *, constrained: bool) -> str:
        try:
            with _OPENER.open(self._request(question, constrained), timeout=self.seconds) as reply:
                raw = reply.read(MOST_BYTES + 1)
        except urllib.error.HTTPError:
            raise
        except TimeoutError as fault:
            raise Silence(f"no answer in {self.seconds:g} seconds") from fault
        except (OSError, http.client.HTTPException, ValueError) as fault:
            late = isinstance(getattr(fault, "reason", None), TimeoutError)
            said = f"no answer in {self.seconds:g} seconds" if late else f"no connection: {fault}"
            raise Silence(said) from fault
        if len(raw) > MOST_BYTES:
            raise Silence("the answer is endless")
        return _words_of(raw)

    def _request(
        self, question: Question, constrained: bool
    ) -> urllib.request.Request:  # one word, named by its parameter
        headers = {"Content-Type": "application/json"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        body = json.dumps(self._body(question, constrained=constrained)).encode()
        address = f"{self.url}/chat/completions"  # http and https alone, as `of` checks
        return urllib.request.Request(address, data=body, headers=headers)  # noqa: S310  # see above

    def _body(self, question: Question, *, constrained: bool) -> dict[str, Plain]:
        body: dict[str, Plain] = {
            "model": self.model,
            "temperature": 0,
            "seed": 0,
            "max_tokens": LONGEST_ANSWER_TOKENS,
            "messages": messages_of(question),
        }
        if constrained:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {
                    "name": question.name, "strict": True, "schema": dict(question.schema),
                },
            }  # fmt: skip
        return body


class _NoWayOn(urllib.request.HTTPRedirectHandler):
    """Goes nowhere else: the key and the pictures are for the server that was named."""

    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoWayOn)


def messages_of(question: Question) -> list[Plain]:
    """Write a question as chat messages, with the pictures as data URLs."""
    parts: list[Plain] = [{"type": "text", "text": question.material}]
    for picture in question.pictures:
        coded = base64.b64encode(picture.jpeg).decode()
        parts += [
            {"type": "text", "text": picture.caption},
            {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{coded}"}},
        ]
    parts.append({"type": "text", "text": question.task})
    return [
        {"role": "system", "content": question.charge},
        {"role": "user", "content": parts},
    ]


def _words_of(raw: bytes) -> str:
    """Take the words out of a chat completion; raises Silence where there are none."""
    try:
        choice = json.loads(raw)["choices"][0]
        message = choice["message"]
        words, refusal = message.get("content"), message.get("refusal")
    except (ValueError, LookupError, TypeError, AttributeError) as fault:
        raise Silence("the server's reply is no chat completion") from fault
    if refusal:
        raise Silence("it refuses to answer")
    if choice.get("finish_reason") == "length":
        raise Silence("its answer breaks off in the middle")
    if not isinstance(words, str) or not words.strip():
        raise Silence("it says nothing")
    return words
