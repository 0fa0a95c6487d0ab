"""Where planted secrets are looked for: every file, every byte."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from tests.s3.server import KEY, SECRET

WORDS = (SECRET.encode(), KEY.encode())


def tells(content: bytes) -> bool:
    """Tell whether a secret is in what somebody said or wrote."""
    return any(word in content for word in WORDS)


def telling(*folders: Path) -> Iterator[Path]:
    """Name every file under some folders that holds a secret."""
    for path in (path for folder in folders for path in sorted(folder.rglob("*"))):
        if path.is_file() and not path.is_symlink() and tells(path.read_bytes()):
            yield path


class Collector:
    """A server that keeps whatever is sent to it, as collectors of traces do."""

    def __init__(self) -> None:
        self.heard = heard = []

        class Ear(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                heard.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
