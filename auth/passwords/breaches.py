"""Breached passwords, by k-anonymity (Pwned Passwords range API).

Only the first five hex digits of its SHA-1 leave the server. The service is external, so during an outage passwords are
accepted, and a warning is logged.
"""

import asyncio
import hashlib

import httpx
import structlog

log = structlog.get_logger("authgate.breaches")

TIMEOUT_SECONDS = 2.0


class BreachCheck:
    """`url` returns lines of SUFFIX:COUNT for GET {url}{prefix}; empty: no check.

    Belongs to one event loop, and keeps connections open: `aclose` closes them.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = httpx.AsyncClient() if url else None

    async def has_seen(self, password: str) -> bool:
        if self._client is None:
            return False
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                lines = await self._range(self._client, digest[:5])
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            log.warning("breach_check_unavailable", cause=type(error).__name__)
            return False
        # Padding lines have a count of 0.
        return any(line.startswith(f"{digest[5:]}:") and not line.endswith(":0") for line in lines)

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def _range(self, client: httpx.AsyncClient, prefix: str) -> list[str]:
        response = await client.get(f"{self._url}{prefix}", headers={"Add-Padding": "true"})
        response.raise_for_status()
        return [line.strip() for line in response.text.splitlines()]
