"""WebSockets with Authgate's tokens: login, renewal and ending, for ASGI."""

from authgate_verifier.sockets.close import EXPIRED, REVOKED, UNAUTHORIZED, UNAVAILABLE, Close
from authgate_verifier.sockets.kit import SocketKit
from authgate_verifier.sockets.session import SocketSession

__all__ = ["EXPIRED", "REVOKED", "UNAUTHORIZED", "UNAVAILABLE", "Close", "SocketKit", "SocketSession"]
