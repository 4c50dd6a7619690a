"""The party that a verified access token represents (pure)."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson

from auth.tokens import AccessClaims


@dataclass(frozen=True)
class Principal:
    """The value of `request.auth` in a protected handler.

    Rights are the account's current rights, never those in the token.
    """

    claims: AccessClaims
    profile: bytes = field(repr=False)
    """JSON of the account as its owner is shown it: the body of GET /me."""

    @property
    def user_id(self) -> int:
        return self.claims.subject

    @property
    def sid(self) -> str:
        return self.claims.session

    @cached_property
    def account(self) -> dict[str, Any]:
        """The profile as a dictionary: id, username, email, first_name, last_name, is_staff, is_active, date_joined."""
        return dict(orjson.loads(self.profile))

    @property
    def is_staff(self) -> bool:
        return bool(self.account["is_staff"])
