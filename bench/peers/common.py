"""What the peers agree on. Only the standard library: this is imported in every environment."""

import os

SECRET = "bench-only-0123456789-abcdefghij-ABCDEFGHIJ"
"""Signs the peers' HS256 tokens."""
USERS = 64
PASSWORD = "correct horse battery staple"
ARGON2 = {"time_cost": 2, "memory_cost": 19 * 1024, "parallelism": 1}
"""The same hash for everybody: argon2id as Authgate has it."""
REVOKED_JTI = "00000000000000000000000000000000"
"""The token that every peer which can revoke must refuse."""
HOURS = 6
JOINED = "2026-01-01T00:00:00Z"

REDIS_URL = os.environ.get("REDIS_URL", "")
DATABASE_HOST = os.environ.get("DATABASE_HOST", "")
"""The directory of Postgres' socket."""
DATABASE_NAME = os.environ.get("DATABASE_NAME", "")


def blacklist_key(jti: str) -> str:
    return f"blacklist:{jti}"


def profile(number: int) -> dict[str, object]:
    """What /me says of user `number`, in each peer that keeps no database for it."""
    return {
        "id": number,
        "username": f"user{number}",
        "email": f"user{number}@example.com",
        "first_name": "First",
        "last_name": "Lastname",
        "is_staff": False,
        "is_active": True,
        "date_joined": JOINED,
    }
