"""The former name of app.server:HTTPProtocol, for `--http` options of version 0.1."""

from app.server.protocol import HTTPProtocol as PacedProtocol

__all__ = ["PacedProtocol"]
