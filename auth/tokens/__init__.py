"""The pure token core: no Django, no Redis, no await, no clock of its own."""

from auth.tokens.access import AccessTokens
from auth.tokens.claims import AccessClaims, RefreshClaims
from auth.tokens.keys import KeySet, SigningKey
from auth.tokens.refresh import RefreshTokens

__all__ = ["AccessClaims", "AccessTokens", "KeySet", "RefreshClaims", "RefreshTokens", "SigningKey"]
