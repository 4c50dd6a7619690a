"""What stands behind the proxies: a backend that says what reached it, and a stand-in for Authgate."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_ANY_PORT = ("127.0.0.1", 0)

_WEBSOCKET = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 §1.3


class _Quiet(BaseHTTPRequestHandler):
    def handle(self) -> None:
        """A proxy that ends cuts the connections that it has kept."""
        with suppress(ConnectionError):
            super().handle()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Echo(_Quiet):
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        if self.headers.get("Upgrade", "").lower() == "websocket":
            self.speak()
        else:
            self.echo()

    do_GET = do_POST = answer

    def echo(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        sent = self.chunks() if self.headers.get("Transfer-Encoding") else self.rfile.read(length)
        seen = {
            "method": self.command,
            "path": self.path,
            "headers": self.headers.items(),
            "body": base64.b64encode(sent).decode(),
        }
        body = json.dumps(seen).encode()
        self.send_response(int(self.headers.get("Answer-With", 200)))
        self.send_header("X-Backend", "yes")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def speak(self) -> None:
        """Accept the upgrade, and echo a line; frames are left out, since no proxy looks into them."""
        accepted = hashlib.sha1(self.headers["Sec-WebSocket-Key"].encode() + _WEBSOCKET).digest()
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(accepted).decode())
        self.end_headers()
        self.wfile.write(self.rfile.readline())
        self.close_connection = True

    def chunks(self) -> bytes:
        found = b""
        while size := int(self.rfile.readline(), 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return found


class StandInServer(ThreadingHTTPServer):
    status = 200
    delay = 0.0
    asked: list[tuple[str, str, dict[str, str]]]


class _StandIn(_Quiet):
    """In Authgate's place, as `standing_in` says."""

    server: StandInServer

    def do_GET(self) -> None:
        fields = {name.lower(): value for name, value in self.headers.items()}
        time.sleep(self.server.delay)
        self.server.asked.append((self.command, self.path, fields))
        self.send_response(self.server.status)
        self.send_header("Retry-After", "7")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler] = _Echo) -> Iterator[ThreadingHTTPServer]:
    """Serves on a free port of 127.0.0.1 until the block ends."""
    server = ThreadingHTTPServer(_ANY_PORT, handler)
    with _running(server):
        yield server


@contextmanager
def _running(server: ThreadingHTTPServer) -> Iterator[None]:
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def standing_in(status: int, *, delay: float = 0) -> Iterator[StandInServer]:
    """In Authgate's place: answers `status` with Retry-After: 7, and notes in `asked` what it was asked.

    `status` can be changed as it goes; `delay` is in seconds.
    """
    server = StandInServer(_ANY_PORT, _StandIn)
    server.status, server.delay, server.asked = status, delay, []
    with _running(server):
        yield server
