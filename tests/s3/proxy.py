"""A proxy before the S3 server that misbehaves as told, and whose clock can be moved on.

It passes signed requests on untouched. On the way back it moves `Date` and `Last-Modified` by as
much as its clock was ahead when the object was written: a server whose time passes when told.
"""

import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

Request = tuple[str, str]
"""Method and path."""

ERROR = "<?xml version='1.0'?><Error><Code>{code}</Code><Message>as told</Message></Error>"
_ROW = re.compile(rb"<Contents>.*?</Contents>", re.DOTALL)
_KEY = re.compile(rb"<Key>(.*?)</Key>")
_WHEN = re.compile(rb"(<LastModified>)(.*?)(</LastModified>)")


@dataclass(kw_only=True)
class Fault:
    """What to do to requests: answer `status` and `code`, or one of the manners below.

    cut_upload: read half of the body and hang up. cut_download: send half of the answer.
    lose_answer: let the server do it, and hang up. hang_up: as a server that is not there.
    slow: wait `seconds` first.
    """

    manner: str = "answer"
    status: int = 503
    code: str = "SlowDown"
    times: float = float("inf")
    seconds: float = 0.0
    when: Callable[[Request], bool] = bool
    met: int = 0


@dataclass(kw_only=True)
class Clock:
    """Seconds by which the server's time is ahead of the real one."""

    ahead: float = 0.0

    @property
    def now(self) -> float:
        return time.time() + self.ahead

    @now.setter
    def now(self, value: float) -> None:
        self.ahead = round(value - time.time(), 2)


class Proxy:
    def __init__(self, upstream: str) -> None:
        self.clock = Clock()
        self.faults: list[Fault] = []
        self.requests: list[Request] = []
        self.headers: list[dict[str, str]] = []
        self.written: dict[str, float] = {}
        self.stored: Counter[str] = Counter()
        self.upstream = urlsplit(upstream).netloc
        proxy = self

        class Handler(_Handler):
            of = proxy

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def misbehave(self, **terms) -> Fault:
        self.faults.append(Fault(**terms))
        return self.faults[-1]

    def behave(self) -> None:
        self.faults.clear()

    def fault_for(self, request: Request) -> Fault | None:
        self.requests.append(request)
        for fault in self.faults:
            if fault.met < fault.times and fault.when(request):
                fault.met += 1
                return fault
        return None

    def when(self, path: str, real: datetime) -> datetime:
        return real + timedelta(seconds=self.written.get(path, 0.0))


class _Handler(BaseHTTPRequestHandler):
    of: Proxy
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    def do(self) -> None:
        self.of.headers.append({name.lower(): value for name, value in self.headers.items()})
        fault = self.of.fault_for((self.command, self.path))
        manner = fault.manner if fault else ""
        size = int(self.headers.get("Content-Length") or 0)
        if manner == "hang_up":
            return self._hang_up()
        if manner == "cut_upload":
            self.rfile.read(size // 2)
            return self._hang_up()
        body = self.rfile.read(size)
        if fault and manner == "slow":
            time.sleep(fault.seconds)
        if fault and manner == "answer":
            return self._answer(fault)
        answer, data = self._pass_on(body)
        if manner == "lose_answer":
            return self._hang_up()
        return self._send(answer, data, cut=manner == "cut_download")

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do  # noqa: N815

    def log_message(self, *_: object) -> None:
        return

    def _hang_up(self) -> None:
        self.close_connection = True

    def _answer(self, fault: Fault) -> None:
        body = ERROR.format(code=fault.code).encode()
        self.send_response(fault.status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _pass_on(self, body: bytes) -> tuple[HTTPResponse, bytes]:
        connection = HTTPConnection(self.of.upstream, timeout=60)
        try:
            connection.putrequest(
                self.command, self.path, skip_host=True, skip_accept_encoding=True
            )
            for name, value in self.headers.items():
                if name.lower() not in ("connection", "expect"):
                    connection.putheader(name, value)
            connection.endheaders(body or None)
            answer = connection.getresponse()
            data = answer.read()
        finally:
            connection.close()
        if self.command in ("PUT", "POST") and answer.status < 300:
            self.of.written[urlsplit(self.path).path] = self.of.clock.ahead
            self.of.stored[urlsplit(self.path).path] += 1
        return answer, data

    def _send(self, answer: HTTPResponse, data: bytes, *, cut: bool) -> None:
        self.send_response_only(answer.status, answer.reason)
        path = urlsplit(self.path).path
        data = _ROW.sub(lambda row: self._row(path, row[0]), data)
        for name, value in answer.getheaders():
            if name.lower() == "date":
                value = _moved(value, self.of.clock.ahead)  # noqa: PLW2901
            elif name.lower() == "last-modified":
                value = _moved(value, self.of.written.get(path, 0.0))  # noqa: PLW2901
            elif name.lower() in ("content-length", "transfer-encoding", "connection"):
                continue
            self.send_header(name, value)
        length = answer.getheader("Content-Length") if self.command == "HEAD" else len(data)
        self.send_header("Content-Length", str(length or 0))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data[: len(data) // 2] if cut else data)
        if cut:
            self._hang_up()

    def _row(self, bucket: str, row: bytes) -> bytes:
        key = _KEY.search(row)
        path = f"{bucket.rstrip('/')}/{key[1].decode() if key else ''}"

        def move(said: re.Match[bytes]) -> bytes:
            real = datetime.fromisoformat(said[2].decode())
            return said[1] + self.of.when(path, real).isoformat().encode() + said[3]

        return _WHEN.sub(move, row)


def _moved(text: str, seconds: float) -> str:
    moment = parsedate_to_datetime(text) + timedelta(seconds=seconds)
    return format_datetime(moment, usegmt=True)
