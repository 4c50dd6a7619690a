"""What protects your own routes: `from auth.security import JWTAuth` (docs/protecting-routes.md)."""

from auth.authentication.bearer import AdminJWTAuth, JWTAuth

__all__ = ["AdminJWTAuth", "JWTAuth"]
