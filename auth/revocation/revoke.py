"""The database's half of a revocation: one transaction for each cause.

Each transaction also writes the revocation log.

Call these in a thread, or from synchronous code such as the admin and commands. Async callers must propagate the result
(revoker.py); synchronous callers leave that to the log, which every worker follows.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from auth.core.revocations import Revoked
from auth.errors import InvalidEmailToken, InvalidToken
from auth.models import BlacklistedToken, Revocation, Session, User
from auth.models.session import SessionQuerySet
from auth.tokens import AccessClaims


def revoke_sessions(
    user_id: int, sids: Iterable[UUID], *, reason: str, now: datetime, token: AccessClaims | None = None
) -> list[Revoked]:
    """End some sessions of one account, and blacklist the access token of the call. Idempotent."""
    revoked = [Revoked(user_id, sid=str(sid), reason=reason) for sid in sids]
    with transaction.atomic():
        if not _lock_account(user_id):
            _log(revoked, reason)  # deleted, and its sessions with it; the log has the revocation anyway
            return revoked
        ended = Session.objects.filter(pk__in=[entry.sid for entry in revoked], user_id=user_id)
        ended.mark_revoked(reason=reason, at=now)
        if token is not None:
            _blacklist(token, reason, now)
            revoked.append(Revoked(user_id, jti=token.token_id, reason=reason))
        _log(revoked, reason)
    return revoked


def revoke_all_sessions(user_id: int, *, reason: str, now: datetime, keep: UUID | None = None) -> list[Revoked]:
    """End every session of an account except one, which moves to the account's new epoch.

    A login in progress has the old epoch, so its session ends too. Raises InvalidToken, ending nothing, if the session
    to keep has been ended meanwhile.
    """
    account = User.objects.filter(pk=user_id)
    with transaction.atomic():
        account.record_change(ends_sessions=True, reason=reason, kept=str(keep or ""))
        raised = account.values_list("version", "epoch").first()
        if raised is None:
            return []
        version, epoch = raised
        if keep is not None:
            _carry_over(Session.objects.filter(pk=keep, user_id=user_id), epoch)
        Session.objects.filter(user_id=user_id, epoch__lt=epoch).mark_revoked(reason=reason, at=now)
    return [Revoked(user_id, version=version, epoch=epoch, kept=str(keep or ""), reason=reason)]


def reset_password_and_revoke(user: User, *, new: str, now: datetime) -> list[Revoked]:
    """Set a new hash on behalf of the owner of the mailbox; every session ends, and the address counts as verified.

    Raises InvalidEmailToken if the account has changed since `user` was read: of concurrent calls, one succeeds.
    """
    account = User.objects.filter(pk=user.pk)
    unchanged = account.filter(password=user.password, email=user.email, is_active=True)
    with transaction.atomic():
        if not unchanged.update(password=new, email_verified_at=now):
            raise InvalidEmailToken
        version, epoch = account.values_list("version", "epoch").get()
    return [Revoked(user.pk, version=version, epoch=epoch)]


def _carry_over(session: SessionQuerySet, epoch: int) -> None:
    if not session.filter(revoked_at=None, epoch=epoch - 1).update(epoch=epoch):
        raise InvalidToken


def _lock_account(user_id: int) -> bool:
    """Whether it is there. Lock it before its sessions, as a deletion does: the other order is a deadlock."""
    return bool(User.objects.select_for_update(no_key=True).filter(pk=user_id).values_list("pk"))


def _log(revoked: list[Revoked], reason: str) -> None:
    Revocation.objects.bulk_create(
        Revocation(user_id=entry.user_id, sid=entry.sid, jti=entry.jti, reason=reason) for entry in revoked
    )


def _blacklist(token: AccessClaims, reason: str, now: datetime) -> None:
    entry = BlacklistedToken(
        jti=token.token_id,
        user_id=token.subject,
        token_type=BlacklistedToken.TokenType.ACCESS,
        reason=reason,
        blacklisted_at=now,
        expires_at=datetime.fromtimestamp(token.expires_at, tz=now.tzinfo),
    )
    # A second logout with the same token finds it listed.
    BlacklistedToken.objects.bulk_create([entry], ignore_conflicts=True)
