"""Whether a password is in a public collection of stolen ones, asked by k-anonymity (Pwned Passwords range API).

Only the first five hex digits of its SHA-1 leave the server. The service is somebody else's, so an outage of it lets
passwords pass, and is logged.
"""

import asyncio
import hashlib
from dataclasses import dataclass

import httpx
import structlog

log = structlog.get_logger("authgate.breaches")

TIMEOUT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class BreachCheck:
    """`url` answers GET {url}{prefix} with lines of SUFFIX:COUNT; empty: nothing is asked."""

    url: str

    async def has_seen(self, password: str) -> bool:
        if not self.url:
            return False
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                lines = await self._range(digest[:5])
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            log.warning("breach_check_unavailable", cause=type(error).__name__)
            return False
        # Padding lines have a count of 0.
        return any(line.startswith(f"{digest[5:]}:") and not line.endswith(":0") for line in lines)

    async def _range(self, prefix: str) -> list[str]:
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"{self.url}{prefix}", headers={"Add-Padding": "true"})
            answer.raise_for_status()
        return [line.strip() for line in answer.text.splitlines()]
