"""What protects your own routes: `from auth.security import JWTAuth` (docs/protecting-routes.md)."""

from auth.authentication.bearer import AdminJWTAuth, JWTAuth
from auth.http.context import caller_of, principal_of, runtime_of

__all__ = ["AdminJWTAuth", "JWTAuth", "caller_of", "principal_of", "runtime_of"]
