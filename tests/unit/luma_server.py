"""A server that behaves, and misbehaves when told to, as Luma's published API does."""

import json
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np

from farm.frames import Rate
from farm.media.movie import encode_review

WIDTH, HEIGHT = 160, 90


@dataclass(slots=True)
class LumaServer:
    """What was asked and billed; and what goes wrong, each trouble once unless it says always.

    `statuses` are answers to creations before one is taken; `lost` answers of creations never
    arrive, though they are billed; `hangs` creations that hold the line; `failure` is the code with
    which every generation fails; `dead` addresses have expired; `looks` is how often a generation
    is looked at before it is done; `torn` looks break off.
    """

    url: str = ""
    bills: list[dict] = field(default_factory=list)
    creations: int = 0
    looked: int = 0
    statuses: list[int] = field(default_factory=list)
    lost: int = 0
    hold: threading.Event | None = None
    billed: threading.Event = field(default_factory=threading.Event)
    failure: str = ""
    dead: int = 0
    looks: int = 1
    torn: int = 0
    frames: int = 121


@contextmanager
def luma_server() -> Iterator[LumaServer]:  # noqa: C901  # it misbehaves in many ways
    luma = LumaServer()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            wish = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            luma.creations += 1
            if luma.statuses:
                self.say(luma.statuses.pop(0), {"detail": "not now"})
                return
            luma.bills.append(wish)
            luma.billed.set()
            if luma.hold:
                luma.hold.wait(30)
            if luma.lost:
                luma.lost -= 1
                self.connection.close()
                return
            self.say(201, generation(len(luma.bills), "queued"))

        def do_GET(self) -> None:
            if self.path.startswith("/movies/"):
                self.movie()
                return
            number = int(self.path.rsplit("-", 1)[1])
            luma.looked += 1
            if luma.torn:
                luma.torn -= 1
                self.connection.close()
                return
            if number > len(luma.bills):
                self.say(404, {"detail": "no such generation"})
            elif luma.looked <= luma.looks:
                self.say(200, generation(number, "processing"))
            elif luma.failure:
                said = {"failure_code": luma.failure, "failure_reason": "told to"}
                self.say(200, generation(number, "failed") | said)
            else:
                address = f"{luma.url.removesuffix('/v1')}/movies/{number}?look={luma.looked}"
                output = [{"type": "video", "url": address}]
                self.say(200, generation(number, "completed") | {"output": output})

        def movie(self) -> None:
            if luma.dead:
                luma.dead -= 1
                self.send_error(403)
                return
            data = movie(luma.frames)
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def say(self, status: int, body: dict) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            if not isinstance(sys.exc_info()[1], OSError | ValueError):
                super().handle_error(request, client_address)

    server = Quiet(("127.0.0.1", 0), Answer)
    luma.url = f"http://127.0.0.1:{server.server_port}/v1"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield luma
    finally:
        if luma.hold:
            luma.hold.set()
        server.shutdown()
        server.server_close()


def generation(number: int, state: str) -> dict:
    return {
        "id": f"00000000-0000-0000-0000-{number}",
        "created_at": "2026-11-21T00:00:00Z",
        "model": "ray-3.2",
        "state": state,
        "type": "video",
        "output": [],
    }


@cache
def movie(frames: int) -> bytes:
    """A ball that goes round once, on a slow gradient: what comes back as a generation."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]

    def picture(frame: int) -> np.ndarray:
        turn = 2 * np.pi * frame / frames
        x, y = WIDTH / 2 + 50 * np.cos(turn), HEIGHT / 2 + 25 * np.sin(turn)
        ball = (columns - x) ** 2 + (rows - y) ** 2 < 144
        sky = np.stack([80 + rows, 100 + rows, 150 + columns / 4], axis=-1)
        return np.where(ball[..., None], [250, 60, 40], sky).astype(np.uint8)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ball.mp4"
        for _ in encode_review(path, map(picture, range(frames)), rate=Rate.parse("24")):
            pass
        return path.read_bytes()
