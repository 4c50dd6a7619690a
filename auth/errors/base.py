"""The base of all errors: status, code, message, challenge and details."""

import math
from collections.abc import Mapping
from typing import Any, ClassVar

BEARER = 'Bearer realm="authgate"'
"""RFC 6750 §3 wants a parameter also where there is no error to name."""


class AuthError(Exception):
    """A failure that the caller may be told of.

    `details` is public too: it must never hold a token, a password or what the caller sent as one.
    """

    status: ClassVar[int]
    code: ClassVar[str]
    message: ClassVar[str]
    www_authenticate: ClassVar[str | None] = None
    """The challenge of the response. None: that for an access token if the status is 401, else none."""

    def __init__(self, message: str | None = None, *, details: Mapping[str, Any] | None = None) -> None:
        self.text = message or self.message
        self.details = details
        super().__init__(self.text)


class Delayed(AuthError):
    """A refusal that says when to come back, `retry_after` in seconds."""

    def __init__(self, retry_after: float, message: str | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message)

    @property
    def wait(self) -> int:
        """Whole seconds, at least 1, as Retry-After has them (RFC 9110 §10.2.3)."""
        return max(1, math.ceil(self.retry_after))
