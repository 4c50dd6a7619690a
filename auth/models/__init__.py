"""The source of truth. Redis holds only copies of it and counters."""

from auth.models.blacklist import BlacklistedToken
from auth.models.client import ServiceClient
from auth.models.deployment import Deployment
from auth.models.event import SecurityEvent
from auth.models.history import UserLoginHistory
from auth.models.load_run import LoadAccount, LoadRun
from auth.models.revocation import Revocation, RevocationHead
from auth.models.session import Session
from auth.models.user import User

__all__ = [
    "BlacklistedToken",
    "Deployment",
    "LoadAccount",
    "LoadRun",
    "Revocation",
    "RevocationHead",
    "SecurityEvent",
    "ServiceClient",
    "Session",
    "User",
    "UserLoginHistory",
]
