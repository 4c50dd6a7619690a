"""Two HTTP parsers that nobody here wrote, asked what requests a stream holds: h11, and Node's in strict mode."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import h11

_PROGRAM = Path(__file__).parent / "judge.js"
_OFFER = re.compile(rb"u(?=pgrade:)", re.IGNORECASE)
_HIDDEN = {b"U": b"~", b"u": b"^"}
"""judge.js puts them back where they were text of a body."""
NODE_IS_ABSENT = None if shutil.which("node") else "node is not installed: the edge was NOT judged by Node's parser"


@dataclass(frozen=True, slots=True)
class Request:
    """What a judge read. The body's hash is None when its end never came."""

    identity: str
    body: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    requests: list[Request]
    refused: bool
    """Whether the judge would say 400 behind the last of them."""

    @property
    def answers(self) -> int:
        """How many answers there may be at most."""
        return len(self.requests) + self.refused


def identity_of(target: str) -> str:
    return target.removeprefix("http://edge").lstrip("/")


def by_h11(sent: bytes) -> Verdict:
    requests: list[Request] = []
    try:
        while sent := sent.lstrip(b"\r\n"):  # h11 knows no blank lines before a request (RFC 9112 §2.2)
            sent = _read_one(sent, requests)
    except h11.RemoteProtocolError:
        return Verdict(requests, refused=True)
    return Verdict(requests, refused=False)


def _read_one(sent: bytes, requests: list[Request]) -> bytes:
    """What stands behind the first request; nothing when no more is to be read from the connection."""
    judge = h11.Connection(h11.SERVER, max_incomplete_event_size=64 * 1024)
    judge.receive_data(sent)
    body = hashlib.sha256()
    while True:
        match judge.next_event():
            case h11.Request(target=target):
                requests.append(Request(identity_of(target.decode("latin-1")), None))
            case h11.Data(data=data):
                body.update(data)
            case h11.EndOfMessage():
                requests[-1] = Request(requests[-1].identity, body.hexdigest())
                judge.send(h11.Response(status_code=404, headers=[("Content-Length", "0")]))
                judge.send(h11.EndOfMessage())
                return judge.trailing_data[0] if judge.our_state is judge.their_state is h11.DONE else b""
            case _:
                return b""


class Node:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def __call__(self, sent: bytes) -> Verdict:
        """Of the stream without its offers of other protocols, which count as not made (RFC 9110 §7.8): Node leaves
        what comes in one piece with such a request to the other protocol, though nobody has taken the offer.
        """
        hidden = _OFFER.sub(lambda offer: _HIDDEN[offer[0]], sent)
        question = {"sent": base64.b64encode(hidden).decode()}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        requests = [Request(identity_of(one["target"]), one["body"]) for one in told["requests"]]
        return Verdict(requests, told["refused"])


@contextmanager
def node() -> Iterator[Node]:
    with subprocess.Popen(["node", str(_PROGRAM)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Node(process)
        finally:
            process.kill()
