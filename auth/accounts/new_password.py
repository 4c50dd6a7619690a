"""Accepting a new password."""

from auth.core.password_rules import normalised
from auth.errors import ValidationFailed
from auth.models import User
from auth.runtime import Runtime


async def hash_new_password(runtime: Runtime, password: str, user: User, *, field: str = "password") -> str:
    """The hash of an acceptable new password. Raises ValidationFailed naming `field`, ServiceUnavailable."""
    hashed = await runtime.passwords.hash_new(password, user, field=field)
    if await runtime.breaches.has_seen(normalised(password)):
        message = "This password has appeared in a data breach. Choose another one, and use it nowhere else."
        raise ValidationFailed(details={"fields": [{"field": field, "code": "password_breached", "message": message}]})
    return hashed
