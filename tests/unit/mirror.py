"""A web server with a shelf of weights, which can be told to break lines and to damage files."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass(slots=True)
class Mirror:
    """What it was asked, and how it misbehaves: `cut` bytes of a file, then a broken line."""

    folder: Path
    url: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)
    cut: dict[str, int] = field(default_factory=dict)
    spoil: set[str] = field(default_factory=set)
    slow: threading.Event | None = None


@contextmanager
def mirror_of(folder: Path) -> Iterator[Mirror]:
    mirror = Mirror(folder)

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            span = self.headers.get("Range", "")
            mirror.asked.append((self.path, span))
            path = mirror.folder / self.path.lstrip("/")
            if not path.is_file():
                self.send_error(404)
                return
            data = path.read_bytes()
            if path.name in mirror.spoil:
                mirror.spoil.discard(path.name)
                data = bytes([data[0] ^ 1]) + data[1:]
            start = int(span.removeprefix("bytes=").rstrip("-")) if span else 0
            if mirror.slow:
                mirror.slow.wait(10)
            self.send_response(206 if span else 200)
            self.send_header("Content-Length", str(len(data) - start))
            self.end_headers()
            stop = start + mirror.cut.pop(path.name) if path.name in mirror.cut else len(data)
            self.wfile.write(data[start:stop])

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    mirror.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield mirror
    finally:
        server.shutdown()
        server.server_close()
