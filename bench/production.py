"""The settings that Authgate is measured with."""

from pathlib import Path

ORIGIN = "https://app.example"
"""Of the pages that may read answers."""

_PLENTY = "1000000/minute"
_LIMITS = ("LOGIN", "LOGIN_ADDRESS", "LOGIN_ACCOUNT", "REFRESH", "REFRESH_ADDRESS", "API")


def environment(directory: Path, *, secret: str, database_url: str, redis_url: str) -> dict[str, str]:
    """As in production, all switched on; the limits count every call and never refuse one."""
    return {
        "DJANGO_SETTINGS_MODULE": "settings.production",
        "ENV_FILE": "",
        "DATA_DIR": str(directory),
        "SECRET_KEY": secret,
        "ALLOWED_HOSTS": "127.0.0.1",
        "TRUSTED_PROXIES": "1",
        "JWT_ISSUER": "https://auth.example",
        "JWT_ACCESS_TOKEN_EXPIRE_MINUTES": "240",  # longer than any run
        "CORS_ALLOWED_ORIGINS": ORIGIN,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        **{f"RATE_LIMIT_{name}": _PLENTY for name in _LIMITS},
    }
