"""The one door through which something is taken back: the database first, then every worker.

The caller is answered only when the database has it. Redis and this worker's memory follow at once; should Redis miss
it, each worker reads it from the revocation log within POLL_SECONDS.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog
from asgiref.sync import sync_to_async
from django.db import transaction

from auth.errors import ServiceUnavailable
from auth.models import BlacklistedToken, Revocation, Session
from auth.revocations import Taken
from auth.runtime import Runtime
from auth.tokens import AccessClaims

log = structlog.get_logger("authgate.revocations")


async def end_sessions(
    runtime: Runtime, *, user_id: int, sids: Sequence[str], reason: str, token: AccessClaims | None = None
) -> None:
    """End sessions of one account, and list the access token that asked for it. Idempotent.

    Raises the database's Error: then nothing was taken back.
    """
    taken = await _end(user_id, [UUID(sid) for sid in sids], reason, token, runtime.clock())
    await spread(runtime, taken)


async def spread(runtime: Runtime, taken: Sequence[Taken]) -> None:
    """Tell this worker and Redis of what the database already has."""
    runtime.revocations.note(taken)
    try:
        await runtime.principals.take_back(taken)
    except ServiceUnavailable:
        log.warning("redis_missed_revocation", entries=len(taken))  # the log brings it


@sync_to_async
def _end(user_id: int, sids: Sequence[UUID], reason: str, token: AccessClaims | None, now: datetime) -> list[Taken]:
    with transaction.atomic():
        Session.objects.filter(pk__in=sids, user_id=user_id, revoked_at=None).update(
            revoked_at=now, revoked_reason=reason
        )
        taken = [Taken(user_id, sid=str(sid)) for sid in sids]
        if token is not None:
            _blacklist(token, reason, now)
            taken.append(Taken(user_id, jti=token.token_id))
        Revocation.objects.bulk_create(
            Revocation(user_id=user_id, sid=entry.sid, jti=entry.jti, reason=reason) for entry in taken
        )
    return taken


def _blacklist(token: AccessClaims, reason: str, now: datetime) -> None:
    BlacklistedToken.objects.bulk_create(
        [
            BlacklistedToken(
                jti=token.token_id,
                user_id=token.subject,
                token_type=BlacklistedToken.TokenType.ACCESS,
                reason=reason,
                blacklisted_at=now,
                expires_at=datetime.fromtimestamp(token.expires_at, tz=now.tzinfo),
            )
        ],
        ignore_conflicts=True,  # a second logout with the same token finds it listed
    )
