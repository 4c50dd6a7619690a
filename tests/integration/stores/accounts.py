"""Accounts, sessions and tokens as values: what the principal cache is asked about."""

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import Any

from auth.core.policies import Policy, Quota
from auth.core.session_state import SessionState
from auth.stores.client import RedisStore
from auth.stores.principals import PrincipalCache
from auth.tokens import AccessClaims

LIFETIME = timedelta(minutes=15)

_users = itertools.count(900_000_000)


def new_user() -> int:
    """An account that no other test asks about."""
    return next(_users)


def cache_of(store: RedisStore, *, quota: Quota | None = None, clock: Any = None) -> PrincipalCache:
    return PrincipalCache(store, lifetime=LIFETIME, policy=Policy("api", quota), clock=clock)


def state(user: int, **changes: Any) -> SessionState:
    """A live session, "sid", of the account, as the database first has it."""
    first = SessionState(user, "sid", version=1, epoch=0, session_epoch=0, min_generation=0, profile=f'{{"id":{user}}}')
    return replace(first, **changes)


def claims(user: int, **changes: Any) -> AccessClaims:
    """A token of that session."""
    first = AccessClaims(user, "sid", "jti", generation=0, issued_at=0, expires_at=0)
    return replace(first, **changes)
