"""Reasons for refusing a token, for logs and metrics only."""


class TokenRefused(Exception):
    """The token must not be accepted; `reason` is a short stable word, never a part of the token."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class TokenExpired(TokenRefused):
    """The token was valid before (RFC 7519 §4.1.4)."""

    def __init__(self) -> None:
        super().__init__("expired")
