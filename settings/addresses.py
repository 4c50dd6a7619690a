"""Addresses that would be taken and never match, or fail at the first use."""

import re

from settings.env import Environment

_ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#@\s]+")  # RFC 6454 §6.2; other schemes: pages inside an app
_REDIS = ("redis://", "rediss://", "unix://")


def problems(env: Environment) -> list[str]:
    """One line for each variable that is wrong, with what to do. A Redis address is not repeated: it has a password."""
    lists = {"CORS_ALLOWED_ORIGINS": env.CORS_ALLOWED_ORIGINS, "CSRF_TRUSTED_ORIGINS": env.CSRF_TRUSTED_ORIGINS}
    found = [
        f"{name} holds what is no origin; write https://app.example.com, without a path"
        for name, origins in lists.items()
        if not all(_ORIGIN.fullmatch(origin) for origin in origins)
    ]
    redis = env.REDIS_URL.get_secret_value()
    if redis and not redis.startswith(_REDIS):
        found.append("REDIS_URL is no address of a Redis; write redis://, rediss:// or unix://")
    return found
