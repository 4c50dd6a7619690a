"""Requests and handshakes, sent through a proxy byte for byte."""

import base64
import http.client
import json
import os
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Fields = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` has lower-case names, and `seen` what the backend says it saw, if it was the backend that answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def seen(self) -> dict[str, Any]:
        assert "x-backend" in self.headers, (self.status, self.headers, self.body)
        return json.loads(self.body)

    @property
    def told(self) -> dict[str, str]:
        """What the backend was told of the user, by lower-case names with - for _, as WSGI and CGI read them."""
        fields = [(name.lower().replace("_", "-"), value) for name, value in self.seen["headers"]]
        return {name: value for name, value in fields if name.startswith("x-auth-")}


def send(port: int, path: str, fields: Fields = (), *, method: str = "GET", body: bytes = b"") -> Answer:
    """One request, its path and header fields exactly as given."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in fields:
            connection.putheader(name, value)
        if body:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body or None)
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, headers, answer.read())
    finally:
        connection.close()


def upgraded(port: int, path: str, fields: Fields = ()) -> tuple[int, bytes]:
    """The status of a WebSocket's handshake, and what came back for one line sent over it."""
    key = base64.b64encode(os.urandom(16)).decode()
    handshake = {"Host": f"127.0.0.1:{port}", "Connection": "Upgrade", "Upgrade": "websocket"}
    handshake |= {"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key, **dict(fields)}
    head = "".join(f"{name}: {value}\r\n" for name, value in handshake.items())
    with socket.create_connection(("127.0.0.1", port), timeout=15) as connection, connection.makefile("rb") as answer:
        connection.sendall(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
        status = int(answer.readline().split()[1])
        if status != 101:
            return status, b""
        http.client.parse_headers(answer)
        connection.sendall(b"hello\n")
        return status, answer.readline()
