"""A real chat-completions server on this machine that answers as a script, or a model, says."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise

Reply = dict[str, object]
Script = Callable[[Reply], object]
"""Turns the body of a request into the answer's words, or into a whole reply."""


class DropError(Exception):
    """Break the connection off."""


class StatusError(Exception):
    """Answer with a status."""


class Server:
    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[Reply] = []
        self.keys: list[str | None] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                server.asked.append(body)
                server.keys.append(self.headers.get("Authorization"))
                try:
                    reply = server.script(body)
                except DropError:
                    self.connection.close()
                    return
                except StatusError as status:
                    code, *more = status.args
                    self.send_response(code)
                    for name, value in more:
                        self.send_header(name, value)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                self._send(reply)

            def _send(self, reply: object) -> None:
                raw = reply if isinstance(reply, bytes) else json.dumps(_whole(reply)).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                try:
                    self.wfile.write(raw)
                except OSError:
                    return  # whoever asked has gone

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"


def _whole(reply: object) -> object:
    if isinstance(reply, dict) and "choices" in reply:
        return reply
    words = reply if isinstance(reply, str) else json.dumps(reply)
    message = {"role": "assistant", "content": words}
    return {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}


@contextmanager
def serving(script: Script) -> Iterator[Server]:
    server = Server(script)
    thread = threading.Thread(target=server.http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.http.shutdown()
        server.http.server_close()
        thread.join()


def text_of(body: Reply) -> str:
    parts = body["messages"][1]["content"]
    return "\n".join(part["text"] for part in parts if part["type"] == "text")


def code_of(body: Reply) -> str:
    return re.findall(r'code is "([a-p]{6})"', text_of(body))[-1]


def pictures_of(body: Reply) -> list[tuple[str, str]]:
    """Return every picture's caption and data URL."""
    parts, found = body["messages"][1]["content"], []
    for before, part in pairwise(parts):
        if part["type"] == "image_url":
            found.append((before["text"], part["image_url"]["url"]))
    return found


def honest(body: Reply, **changes: object) -> Reply:
    """Answer in form: every step is seen, and the heavier pictures are the better take."""
    base: Reply = {"code": code_of(body), "text_seen": ""}
    name = body.get("response_format", {}).get("json_schema", {}).get("name") or _name(body)
    if name == "look":
        numbers = map(int, re.findall(r"^(\d+)\. ", text_of(body), re.MULTILINE))
        base |= {"steps": [{"step": n, "happened": "yes", "frame": 1} for n in numbers]}
        base |= {"faults": []}
    elif name == "choice":
        weight = {"A": 0, "B": 0}
        for caption, url in pictures_of(body):
            weight[caption.removeprefix("take ")[0]] += len(url)
        better = max(weight, key=lambda label: weight[label])
        base |= {"better": better, "because": "it shows more"}
    else:
        base |= {"faults": ["the ball is too dark"], "edits": []}
    return base | changes


def _name(body: Reply) -> str:
    text = text_of(body)
    return "choice" if "A and B" in text else "look" if "each step" in text else "critique"


def slow(seconds: float) -> Script:
    def answer(body: Reply) -> object:
        time.sleep(seconds)
        return honest(body)

    return answer
