"""One-time tickets, stored under their SHA-256 so that Redis reveals none."""

from datetime import timedelta

from auth.stores import key_names
from auth.stores.client import Call, RedisStore, Script

_KEEP = Script.beside(__file__, "keep_ticket")
_TAKE = Script.beside(__file__, "take_ticket")


async def keep(store: RedisStore, user_id: int, ticket: str, content: bytes, *, lifetime: timedelta) -> None:
    """Raises ServiceUnavailable: then the ticket does not exist."""
    milliseconds = int(lifetime.total_seconds() * 1000)
    await store.run(Call(_KEEP, [key_names.ticket(user_id, ticket)], [content, milliseconds]))


async def take(store: RedisStore, user_id: int, ticket: str) -> bytes | None:
    """The stored ticket, for the first caller only; None if there is none. Raises ServiceUnavailable."""
    content: bytes | None = await store.run(Call(_TAKE, [key_names.ticket(user_id, ticket)], []))
    return content
