"""Claims hooks, as an operator would write them (JWT_CLAIMS_HOOK)."""

import asyncio
from typing import Any

from auth.models import Session, User

RESERVED = (
    *("iss", "aud", "sub", "client_id", "sid", "jti", "iat", "nbf", "exp", "gen", "epoch", "version", "type"),
    *("user_id", "username", "is_staff", "is_superuser"),
)


def plain(user: User, session: Session) -> dict[str, Any]:
    return {"plan": "gold", "of": user.username, "from": session.user_agent}


def asking(user: User, session: Session) -> dict[str, Any]:
    """A synchronous hook may use the ORM."""
    return {"sessions": Session.objects.filter(user=user).count()}


async def awaited(user: User, session: Session) -> dict[str, Any]:
    return {"sessions": await Session.objects.filter(user=user).acount()}


async def endless(user: User, session: Session) -> dict[str, Any]:
    """Waits for what never comes."""
    return dict(await asyncio.Future())


is_down = False


def fragile(user: User, session: Session) -> dict[str, Any]:
    """Breaks while what it depends on is down."""
    if is_down:
        raise RuntimeError("the service of plans is down")
    return {"plan": "gold"}


def greedy(user: User, session: Session) -> dict[str, Any]:
    """Tries to say what only the server may say."""
    return dict.fromkeys(RESERVED, "stolen") | {"kept": True}
