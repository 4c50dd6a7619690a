"""Credentials of a socket: in its subprotocols or a message, never in its URL."""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from authgate_verifier.asgi_types import Message
from authgate_verifier.claims import Claims
from authgate_verifier.compact import MAX_LENGTH
from authgate_verifier.verifier import Verifier

PROTOCOL = "authgate"

_TICKET = "authgate.ticket."
_BEARER = "authgate.bearer."
_LONGEST_MESSAGE = MAX_LENGTH + 1024  # characters or bytes


class Credential(NamedTuple):
    """Whatever the client sent as such: judging it is the verifier's."""

    value: Any
    is_ticket: bool


def from_protocols(offered: Iterable[str]) -> Credential | None:
    """A ticket goes before a token."""
    names = list(offered)
    for prefix in (_TICKET, _BEARER):
        for name in names:
            if name.startswith(prefix):
                return Credential(name.removeprefix(prefix), prefix == _TICKET)
    return None


def is_secret(protocol: str) -> bool:
    return protocol.startswith((_TICKET, _BEARER))


def from_message(message: Message) -> Credential | None:
    """That of `{"type": "auth", ...}`; None for every other message."""
    body = message.get("text") or message.get("bytes") or ""
    if len(body) > _LONGEST_MESSAGE or (b'"auth"' if isinstance(body, bytes) else '"auth"') not in body:
        return None  # most messages are not parsed
    match _parse(body):
        case {"type": "auth", "ticket": str(ticket)}:
            return Credential(ticket, is_ticket=True)
        case {"type": "auth", **rest}:
            return Credential(rest.get("token"), is_ticket=False)
    return None


async def judge(verifier: Verifier, credential: Credential) -> Claims:
    """Raises InvalidToken, Unavailable."""
    if credential.is_ticket:
        return await verifier.redeem(credential.value)
    return verifier.verify(credential.value)


def _parse(body: str | bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None  # the application's own message, in a form of its own
