"""The base of all errors: status, code, message, challenge and details."""

import math
from collections.abc import Mapping
from typing import Any, ClassVar

BEARER = 'Bearer realm="authgate"'
"""RFC 6750 §3 requires a parameter even if there is no error to name."""


class AuthError(Exception):
    """A failure that is reported to the caller.

    `details` is public too: it must never contain a token, a password, or input that was meant as one.
    """

    status: ClassVar[int]
    code: ClassVar[str]
    message: ClassVar[str]
    www_authenticate: ClassVar[str | None] = None
    """The response's challenge. None: that of access tokens if the status is 401, else no challenge."""

    def __init__(self, message: str | None = None, *, details: Mapping[str, Any] | None = None) -> None:
        self.text = message or self.message
        self.details = details
        super().__init__(self.text)


class Delayed(AuthError):
    """A refusal that says when to try again: `retry_after`, in seconds."""

    def __init__(self, retry_after: float, message: str | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message)

    @property
    def wait(self) -> int:
        """Whole seconds for Retry-After, at least 1 (RFC 9110 §10.2.3)."""
        return max(1, math.ceil(self.retry_after))
