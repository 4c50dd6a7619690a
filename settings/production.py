"""Production: refuses to start on anything weak, with one clear line each."""

import importlib.util
import re

from settings import defaults
from settings.base import *
from settings.env import read, refuse
from settings.secrets import weakness

_env = read(**defaults.PRODUCTION)
_HTTPS = re.compile(r"https://[!-~]+")
_secret_key = _env.SECRET_KEY.get_secret_value()


def _problems() -> list[str]:
    """Everything that must not go into production, each with what to do."""
    weak = [weakness("SECRET_KEY", _secret_key)]
    weak += [weakness("SECRET_KEY_FALLBACKS", former.get_secret_value()) for former in _env.SECRET_KEY_FALLBACKS]
    if _env.METRICS_ENABLED:
        weak.append(weakness("METRICS_TOKEN", _env.METRICS_TOKEN.get_secret_value()))
    return [*filter(None, weak), *problems(_env), *(text for text, is_so in _faults().items() if is_so)]


def _faults() -> dict[str, bool]:
    return {
        "DEBUG is on; unset it": _env.DEBUG,
        "JWT_SECRET_KEY equals SECRET_KEY; use another value: services that verify access tokens know it": (
            _env.JWT_ALGORITHM == "HS256" and _env.JWT_SECRET_KEY.get_secret_value() == _secret_key
        ),
        "ALLOWED_HOSTS is empty; name the hosts you serve, separated by commas": not _env.ALLOWED_HOSTS,
        "ALLOWED_HOSTS contains a wildcard; name the hosts you serve": "*" in _env.ALLOWED_HOSTS,
        "JWT_ISSUER must be the public https:// URL of this server": (not _HTTPS.fullmatch(_env.JWT_ISSUER)),
        "PASSWORD_RESET_URL must be an https:// URL: tokens are sent to it": _is_plain(_env.PASSWORD_RESET_URL),
        "EMAIL_VERIFICATION_URL must be an https:// URL: tokens are sent to it": _is_plain(_env.EMAIL_VERIFICATION_URL),
        "DATABASE_URL is missing; set it, for example to postgresql://user:password@host:5432/name": not (
            _env.DATABASE_URL.get_secret_value() or _env.DB_NAME
        ),
        "REDIS_URL is missing; set it, for example to redis://host:6379/0": not _env.REDIS_URL.get_secret_value(),
        "httptools is not installed, and h11 accepts ambiguous requests; install requirements/run.txt": (
            importlib.util.find_spec("httptools") is None
        ),
    }


def _is_plain(page: str) -> bool:
    return page.startswith("http://")


if _found := _problems():
    refuse(_found)

globals().update(configure(_env, secret_key=_secret_key))

STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "servestatic.storage.CompressedManifestStaticFilesStorage"},
}

REQUIRE_NOEVICTION = True
LOAD_TEST_REQUIRED = True

# TLS ends at the proxy in front of us; the proxy says so with this header and must strip a client's own.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _env.TRUSTED_PROXIES else None
SECURE_SSL_REDIRECT = True  # for /admin/ only: the API is not under this middleware, and never redirects a password
SECURE_HSTS_SECONDS = _env.SECURE_HSTS_SECONDS
SECURE_HSTS_INCLUDE_SUBDOMAINS = _env.SECURE_HSTS_INCLUDE_SUBDOMAINS
SECURE_HSTS_PRELOAD = _env.SECURE_HSTS_PRELOAD
# Browsers remove a domain from their list only after months: so this is the owner's choice; W021 recommends it.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
