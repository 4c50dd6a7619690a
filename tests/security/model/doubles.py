"""The real parts of a worker, where operations may be stopped."""

from collections.abc import Sequence
from datetime import timedelta

from auth.core.revocations import Revoked
from auth.core.session_state import SessionState
from auth.errors import ServiceUnavailable
from auth.passwords.pool import PasswordPool, Verified
from auth.revocation.log import RevocationLog
from auth.stores.principals import Decision, PrincipalCache
from auth.tokens import AccessClaims
from tests.security.model import pauses


class Cache(PrincipalCache):
    """The real one, where operations may be stopped. While `is_deaf`, Redis takes no revocation."""

    is_deaf = False

    async def authorize(self, claims: AccessClaims, *, ending: str = "", counts: bool = True) -> Decision:
        decision = await super().authorize(claims, ending=ending, counts=counts)
        if counts:
            await pauses.stop("answered")
        return decision

    async def put(self, state: SessionState) -> None:
        await pauses.stop("fill")
        await super().put(state)

    async def revoke(self, entries: Sequence[Revoked]) -> None:
        await pauses.stop("spread")
        if self.is_deaf:
            raise ServiceUnavailable(1.0)
        await super().revoke(entries)


class Log(RevocationLog):
    """The real one, which takes entries for the same though time has passed for them."""

    def entries_grew_older(self, seconds: float) -> None:
        if self.head is not None:
            self.head = self.head._replace(created_at=self.head.created_at - timedelta(seconds=seconds))


class Passwords(PasswordPool):
    """The real pool, where an operation may be stopped once the password is found right."""

    async def verify(self, password: str, encoded: str | None) -> Verified:
        verified = await super().verify(password, encoded)
        await pauses.stop("verified")
        return verified
