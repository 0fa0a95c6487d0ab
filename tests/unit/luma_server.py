"""A server that behaves, and misbehaves when told to, as Luma's published API does."""

import io
import json
import sys
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np

from farm.frames import Rate
from farm.media.codecs import CODECS
from farm.media.colorspace import to_screen
from farm.media.exr import AP0, write_exr
from farm.media.movie import encode_movie, encode_review

WIDTH, HEIGHT = 160, 90


@dataclass(slots=True)
class LumaServer:
    """What was asked and billed; and what goes wrong, each trouble once unless it says always.

    `statuses` are answers to creations before one is taken; `lost` answers of creations never
    arrive, though they are billed; `hangs` creations that hold the line; `failure` is the code with
    which every generation fails; `dead` addresses have expired; `looks` is how often a generation
    is looked at before it is done; `torn` looks break off, and `short` fetches. Beside an HDR movie
    come EXRs, as a ZIP or as one `exr`, or none where `sidecar` is empty.
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
    short: int = 0
    frames: int = 121
    sidecar: str = "zip"


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
                base = f"{luma.url.removesuffix('/v1')}/movies/{number}"
                output = [{"type": "video", "url": f"{base}?look={luma.looked}"}]
                if luma.bills[number - 1]["video"].get("exr_export") and luma.sidecar:
                    output.insert(0, {"type": "exr", "url": f"{base}.exr?look={luma.looked}"})
                self.say(200, generation(number, "completed") | {"output": output})

        def movie(self) -> None:
            if luma.dead:
                luma.dead -= 1
                self.send_error(403)
                return
            name = self.path.split("?")[0].rpartition("/")[2]
            video = luma.bills[int(name.partition(".")[0]) - 1]["video"]
            data = hdr_movie(luma.frames) if video.get("hdr") else movie(luma.frames)
            if name.endswith(".exr"):
                data = exrs(luma.frames) if luma.sidecar == "zip" else one_exr()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if luma.short:
                luma.short -= 1
                self.wfile.write(data[: len(data) // 2])
                return
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
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ball.mp4"
        pictures = (ball(frame, frames) for frame in range(frames))
        for _ in encode_review(path, pictures, rate=Rate.parse("24")):
            pass
        return path.read_bytes()


@cache
def hdr_movie(frames: int) -> bytes:
    """The same as a PQ movie: what comes beside its EXRs."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ball.mp4"
        lights = (light(frame, frames) for frame in range(frames))
        codes = (to_screen(picture, "pq", toned=False) for picture in lights)
        for _ in encode_movie(path, codes, CODECS["hdr10"], rate=Rate.parse("24")):
            pass
        return path.read_bytes()


@cache
def exrs(frames: int) -> bytes:
    """The same as light, its ball twelve times white: a ZIP of EXRs in ACES2065-1."""
    with tempfile.TemporaryDirectory() as folder:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as bundle:
            for frame in range(frames):
                write_exr(path := Path(folder) / "f.exr", light(frame, frames), compression="dwab",
                          header={"chromaticities": AP0})  # fmt: skip
                bundle.write(path, f"generation/frame_{frame:05}.exr")
        return packed.getvalue()


@cache
def one_exr() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        write_exr(path := Path(folder) / "f.exr", light(0, 1), compression="dwab", header={})
        return path.read_bytes()


def light(frame: int, frames: int) -> np.ndarray:
    codes = ball(frame, frames).astype(np.float32) / 255
    return np.where(codes[..., :1] > 0.9, 12.0 * codes, codes**2.2).astype(np.float32)


def ball(frame: int, frames: int) -> np.ndarray:
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    turn = 2 * np.pi * frame / frames
    x, y = WIDTH / 2 + 50 * np.cos(turn), HEIGHT / 2 + 25 * np.sin(turn)
    inside = (columns - x) ** 2 + (rows - y) ** 2 < 144
    sky = np.stack([80 + rows, 100 + rows, 150 + columns / 4], axis=-1)
    return np.where(inside[..., None], [250, 60, 40], sky).astype(np.uint8)
