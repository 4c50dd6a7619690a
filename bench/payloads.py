"""HTTP/1.1 requests as the bytes that go over the wire; the load generators send them as they are."""

import socket
from collections.abc import Mapping
from http.client import HTTPConnection
from urllib.parse import urlencode

import orjson

COMMON = {
    "User-Agent": "bench",
    "Accept": "application/json",
    "X-Forwarded-For": "127.0.0.1",
    "X-Forwarded-Proto": "https",
}
"""As from a proxy, for everybody alike: ours answers nothing over plain http."""


def get(port: int, path: str, *, token: str = "", origin: str = "") -> bytes:
    fields = {"Authorization": f"Bearer {token}" if token else "", "Origin": origin}
    return _request(port, f"GET {path}", fields, b"")


def post(port: int, path: str, body: Mapping[str, str], *, form: bool = False, token: str = "") -> bytes:
    content = urlencode(body).encode() if form else orjson.dumps(dict(body))
    kind = "application/x-www-form-urlencoded" if form else "application/json"
    fields = {"Authorization": f"Bearer {token}" if token else "", "Content-Type": kind}
    return _request(port, f"POST {path}", {**fields, "Content-Length": str(len(content))}, content)


def _request(port: int, line: str, fields: Mapping[str, str], body: bytes) -> bytes:
    everything = {"Host": f"127.0.0.1:{port}", **COMMON, **fields}
    lines = [f"{name}: {value}" for name, value in everything.items() if value]
    return "\r\n".join([f"{line} HTTP/1.1", *lines, "", ""]).encode() + body


def answer_to(port: int, request: bytes, *, timeout: float = 10.0) -> tuple[int, bytes]:
    """Send one request on a connection of its own: status and body. Raises OSError, HTTPException."""
    client = HTTPConnection("127.0.0.1", port, timeout=timeout)
    client.sock = socket.create_connection(("127.0.0.1", port), timeout=timeout)
    try:
        client.sock.sendall(request)
        response = client.response_class(client.sock)
        response.begin()
        return response.status, response.read()
    finally:
        client.close()
