"""A server that answers as the Hugging Face hub does, for one repository at one commit."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass(slots=True)
class Hub:
    """What it was asked for, and the files whose bytes it damages."""

    url: str = ""
    asked: list[str] = field(default_factory=list)
    damage: set[str] = field(default_factory=set)


def git_digest(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()  # noqa: S324  # git's


@contextmanager
def hub_of(folder: Path, *, repo: str, commit: str) -> Iterator[Hub]:  # noqa: C901  # a server
    hub = Hub()

    def model() -> bytes:
        siblings = []
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            data, name = path.read_bytes(), str(path.relative_to(folder))
            entry = {"rfilename": name, "size": len(data), "blobId": git_digest(data)}
            if name.endswith(".safetensors"):
                sha256 = hashlib.sha256(data).hexdigest()
                entry["lfs"] = {"sha256": sha256, "size": len(data), "pointerSize": 1}
            siblings.append(entry)
        return json.dumps({"id": repo, "sha": commit, "siblings": siblings, "tags": []}).encode()

    class Answer(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.answer(body=False)

        def do_GET(self) -> None:
            self.answer(body=True)

        def answer(self, *, body: bool) -> None:
            hub.asked.append(self.path)
            path = self.path.partition("?")[0]
            if path == f"/api/models/{repo}/revision/{commit}":
                self.send(model(), body=body)
                return
            name = path.removeprefix(f"/{repo}/resolve/{commit}/")
            if name == path or not (folder / name).is_file():
                self.send_error(404)
                return
            data = (folder / name).read_bytes()
            etag = hashlib.sha256(data).hexdigest()
            if name in hub.damage:
                data = bytes([data[0] ^ 1]) + data[1:]
            self.send(data, body=body, etag=etag)

        def send(self, data: bytes, *, body: bool, etag: str = "") -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Content-Type", "application/json")
            self.send_header("X-Repo-Commit", commit)
            self.send_header("ETag", f'"{etag or "model"}"')
            self.end_headers()
            if body:
                self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
