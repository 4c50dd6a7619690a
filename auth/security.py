"""Protection of your own routes: `from auth.security import JWTAuth`."""

from auth.authentication.bearer import AdminJWTAuth, JWTAuth
from auth.http.context import caller_of, context_of, principal_of, runtime_of

__all__ = ["AdminJWTAuth", "JWTAuth", "caller_of", "context_of", "principal_of", "runtime_of"]
