"""The ASGI interface, named (ASGI 3.0)."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Field = tuple[bytes, bytes]
Fields = list[Field]
"""Of a head: names in lower case where the server gave them, and values."""

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
