"""Whether a target answers as it must, before it is measured."""

import orjson

from bench import payloads
from bench.servers import CheckFailedError, Server

LOGOUT = "/api/auth/logout"


def checked(server: Server) -> Server:
    """200 and the right account for a good token, 401 for a tampered and a revoked one. Raises CheckFailedError."""
    if not server.tokens:
        return server
    good = server.tokens[0]
    body = _expect(server, "good", good, 200)
    if orjson.loads(body)["email"] != "user1@example.com":
        raise CheckFailedError(f"{server.target.name} answered with another account: {body[:300]!r}")
    _expect(server, "tampered", _tampered(good), 401)
    if server.revoked:
        _revoke(server)
        _expect(server, "revoked", server.revoked, 401)
    return server


def check_login(server: Server) -> None:
    """Raises CheckFailedError unless the first account can log in."""
    status, body = payloads.answer_to(server.port, server.logins()[0])
    if status != 200:
        raise CheckFailedError(f"{server.target.name} answered a login with {status} {body[:300]!r}")


def _expect(server: Server, kind: str, token: str, wanted: int) -> bytes:
    status, body = payloads.answer_to(server.port, server.target.me(server.port, [token])[0])
    if status != wanted:
        raise CheckFailedError(f"{server.target.name} answered a {kind} token with {status} {body[:300]!r}")
    return body


def _tampered(token: str) -> str:
    """One character inside the signature changed: the last one may hold no bits that count."""
    return f"{token[:-10]}{'A' if token[-10] != 'A' else 'B'}{token[-9:]}"


def _revoke(server: Server) -> None:
    """Ours is revoked by logging out; the peers' is revoked in their data already."""
    if server.target.is_ours:
        logout = payloads.post(server.port, LOGOUT, {}, token=server.revoked)
        payloads.answer_to(server.port, logout)
