"""Defaults of each settings module that differ from settings/sections."""

from collections.abc import Mapping
from typing import Any

from auth.core.policies import LIMITS, Quota, variable_of

DEVELOPMENT: Mapping[str, Any] = {
    "ALLOWED_HOSTS": ["localhost", "127.0.0.1", "[::1]"],
    "JWT_ISSUER": "",
    "JWT_ACCESS_TOKEN_EXPIRE_MINUTES": 30,
    "CORS_ALLOWED_ORIGINS": [  # where pages are served while they are written
        *("http://localhost:3000", "http://127.0.0.1:3000"),  # Next.js, and many others
        *("http://localhost:4200", "http://127.0.0.1:4200"),  # Angular
        *("http://localhost:5173", "http://127.0.0.1:5173"),  # Vite
        *("http://localhost:8080", "http://127.0.0.1:8080"),  # webpack, Vue CLI
    ],
    "RATE_LIMIT_REGISTER": Quota(1000, 3600),  # scripts register the accounts that they try things with
    "DOCS_ENABLED": True,
    "ADMIN_ENABLED": True,
    "DEMO_ENABLED": True,
    "METRICS_ENABLED": True,
}

PRODUCTION: Mapping[str, Any] = {
    "REQUIRE_HTTPS": True,
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",  # the console would show tokens to the log
}

_ON_IN_TESTS = {"api", "introspect", "docs", "trusted_caller"}
TEST: Mapping[str, Any] = {
    "ALLOWED_HOSTS": ["testserver", "localhost", "127.0.0.1"],
    "CORS_ALLOWED_ORIGINS": ["http://localhost:3000"],
    "DOCS_ENABLED": True,
    "ADMIN_ENABLED": True,
    "DEMO_ENABLED": True,
    "METRICS_ENABLED": True,
    **{variable_of(name): None for name in LIMITS if name not in _ON_IN_TESTS},
}
