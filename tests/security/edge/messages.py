"""Streams of requests as an attacker would frame them: each a few requests on one connection, some of them broken.

What other parsers may read otherwise without harm is left out: more than one blank in the first line (RFC 9112 §3).
Every request has an identity of its own in its path, so that an answer shows which it belongs to. Bodies hold further
requests, whose identities begin with s: they are requests only for whoever misreads the framing.
"""

import random
from dataclasses import dataclass
from itertools import count

from tests.security.edge import chunks

LAST = "last"
_OFFERS = [
    b"Connection: Upgrade\r\nUpgrade: h2c",
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAA",
    b"connection: keep-alive, upgrade\r\nUPGRADE: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    b"Upgrade: h2c\r\nConnection: foo\r\nConnection: Upgrade",
    b"Connection: upgrade",
    b"Upgrade: websocket",
    b"Connection: upgrade, close\r\nUpgrade: TLS/1.0, h2c",
]
_CODINGS = [
    b"chunked, chunked",
    b"gzip, chunked",
    b"identity",
    b"x",
    b"chunked, identity",
    b"\x0bchunked",
    b'"chunked"',
    b"",
]
_LENGTHS = [b"+%d", b"-%d", b"0x%x", b"%d, %d", b"%d 1", b"%de0", b"%d_0", b"1%d"]
_ODD_LINES = [
    b"X: a\r\n b",
    b"X: a\r\n\tTransfer-Encoding: chunked",
    b" X: leading",
    b"X : blank",
    b"X\t: tab",
    b"X: \0",
    b"X: a\rY: b",
    b"X: a\nContent-Length: 5",
    b"X: a\n\rY: b",
    b": nameless",
    b"no colon",
    b"X\xff: name",
    b"X: \xff\x80",
    b"Content_Length: 5",
    b"Transfer-Encoding\r\n : chunked",
    b"Expect: 100-continue",
    b"Expect: x",
    b"Content-Length:",
    b"Keep-Alive: 5",
    b"Connection: keep-alive",
    b"Connection: close, keep-alive",
    b"Proxy-Connection: close",
    b"TE: trailers",
    b"Trailer: X-Forwarded-For",
]
_VERSIONS = [
    b"HTTP/1.0",
    b"HTTP/0.9",
    b"HTTP/2.0",
    b"HTTP/1.2",
    b"http/1.1",
    b"HTTP/1.1 ",
    b"HTTP/01.1",
    b"HTTP/1.10",
    b"",
]
_METHODS = [
    b"post",
    b"PUT",
    b"DELETE",
    b"PATCH",
    b"OPTIONS",
    b"QUERY",
    b"TRACE",
    b"PRI",
    b"PO ST",
    b"G\0T",
    b"SOURCE",
    b"\xffGET",
]


@dataclass(frozen=True, slots=True)
class Stream:
    """What one client sends on one connection, in which pieces."""

    sent: bytes
    cuts: tuple[int, ...]

    @property
    def pieces(self) -> list[bytes]:
        ends = [*self.cuts, len(self.sent)]
        return [self.sent[start:end] for start, end in zip([0, *self.cuts], ends, strict=True)]


def streams(seed: int, amount: int) -> list[Stream]:
    chance = random.Random(seed)
    return [_stream(chance, f"{seed}x{number}") for number in range(amount)]


def _stream(chance: random.Random, name: str) -> Stream:
    identities = (f"{name}x{number}" for number in count())
    requests = [_request(chance, identities) for _ in range(chance.choice([1, 1, 2, 3]))]
    sent = b"".join(requests) + plain(f"n{next(identities)}{LAST}", b"Connection: close")
    return Stream(sent, _cuts(chance, len(sent)))


def plain(identity: str, *fields: bytes) -> bytes:
    return b"\r\n".join([f"GET /{identity} HTTP/1.1".encode(), b"Host: edge", *fields]) + b"\r\n\r\n"


def _cuts(chance: random.Random, length: int) -> tuple[int, ...]:
    """In one piece, at every byte, or somewhere."""
    match chance.randrange(40):
        case 0:
            return tuple(range(1, length)) if length < 1000 else tuple(range(1, 300))
        case kind if kind < 20:
            return ()
    return tuple(sorted(chance.sample(range(1, length), min(chance.choice([1, 2, 5]), length - 1))))


def _request(chance, identities):
    """A head and a body; one in three has something odd in its lines, too."""
    framing, body = _framed(chance, _body(chance, identities))
    fields = [b"Host: edge", b"X-Own: y", *framing]
    if chance.random() < 0.35:
        fields.append(chance.choice(_OFFERS))
    if chance.random() < 0.12:
        fields.insert(chance.randint(0, len(fields)), chance.choice(_ODD_LINES))
    chance.shuffle(fields)
    head = b"\r\n".join([_line(chance, f"n{next(identities)}"), *fields]) + b"\r\n\r\n"
    return _broken(chance, head) + body


def _line(chance, identity):
    target = f"/{identity}".encode()
    method = chance.choice([b"GET", *[b"POST"] * 5])
    match chance.randrange(25):
        case 0:
            return b"%b http://edge%b HTTP/1.1" % (method, target)
        case 1:
            return b"%b %b %b" % (method, target, chance.choice(_VERSIONS))
        case 2:
            return b"%b %b HTTP/1.1" % (chance.choice(_METHODS), target)
        case 3:
            return chance.choice([b"\r\n", b"\n", b" ", b"\r\n\r\n"]) + b"%b %b HTTP/1.1" % (method, target)
        case 4:
            return method + chance.choice([b"\t", b" \x0b", b"\r "]) + target + b" HTTP/1.1"
        case 5:
            return b"CONNECT edge:443 HTTP/1.1"
    return b"%b %b HTTP/1.1" % (method, target)


def _broken(chance, head):
    """Line ends that are none, in one head of ten."""
    match chance.randrange(40):
        case 0:
            return head.replace(b"\r\n", b"\n")
        case 1:
            return head.replace(b"\r\n", b"\n", 1)
        case 2:
            return head[:-2] + b"\n"
        case 3:
            return head[:-4] + b"\r\r\n\r\n"
        case 4:
            return head.replace(b"\r\n", b"\r", 1)
    return head


def _body(chance, identities):
    filler = chance.choice([b"", b"", b" " * chance.choice([1, 2048, 5000]), b"\r\n" * chance.choice([1, 1024, 2500])])
    inner = chance.choice([b"", b"0\r\n\r\n", plain(f"s{next(identities)}"), plain(f"s{next(identities)}") * 2])
    return filler + inner


def _framed(chance, body):
    """The fields that say where the body ends, and the body as it is sent."""
    length = b"Content-Length: %d" % len(body)
    chunked = chunks.encoded(chance, body)
    match chance.randrange(24):
        case 0 | 1 | 2 | 14 | 15 | 16 | 17 | 18:
            return [length], body
        case 3 | 4 | 5 | 19 | 20 | 21 | 22:
            return [b"Transfer-Encoding: chunked"], chunked
        case 6:
            wrong = chance.choice(_LENGTHS)
            return [b"Content-Length: " + wrong % ((len(body),) * wrong.count(b"%"))], body
        case 7:
            return [length, chance.choice([length, b"Content-Length: %d" % (len(body) + 1)])], body
        case 8:
            return [length, b"Transfer-Encoding: chunked"], chance.choice([body, chunked])
        case 9:
            return [b"Transfer-Encoding: " + chance.choice(_CODINGS)], chunked
        case 10:
            return [
                b"Transfer-Encoding: chunked",
                b"Transfer-Encoding: " + chance.choice([*_CODINGS, b"chunked"]),
            ], chunked
        case 11:
            return [b"Content-Length: %d" % max(0, len(body) + chance.choice([-7, -1, 1, 7]))], body
        case 12:
            return [
                chance.choice(
                    [b"transfer-encoding:\tChunked", b"Transfer-Encoding: chunked ", b"Transfer-Encoding:chunked"]
                )
            ], chunked
    return [], body
