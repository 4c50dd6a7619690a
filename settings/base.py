"""Django settings that every environment shares: `configure(env)`."""

from pathlib import Path
from typing import Any

from auth.config import AuthSettings
from settings import addresses, auth, database, mail
from settings.env import BASE_DIR, Environment, doubts, refuse
from settings.secrets import weakness

INSTALLED_APPS = [
    "auth",  # its commands go before those of the same name in django.contrib.auth
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "ninja",
]

# The admin's synchronous stack. Requests for /api never enter it: see app/application.py.
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "app.django_handler.admin_outages.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "app.django_handler.admin_outages.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
# Async only, from the outside in. CORS is a layer around it: see app/application.py.
API_MIDDLEWARE: list[str] = []

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

ROOT_URLCONF = "app.urls"
ASGI_APPLICATION = "asgi.application"
AUTH_USER_MODEL = "accounts.User"
APPEND_SLASH = False

PASSWORD_HASHERS = [
    "auth.passwords.hashers.Argon2idHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 300
"""Of a query or an admin's form: the largest form of the admin, a list of 100 rows, has some over 100."""
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"

REQUIRE_NOEVICTION = False
"""Whether to refuse a Redis that may drop keys; else it is only logged."""

LOAD_TEST_REQUIRED = False
"""Whether a load test is seeded only if the setting LOAD_TEST names it."""

CORS_URLS_REGEX = r"^/(api|\.well-known)/.*$"
CORS_EXPOSE_HEADERS = [
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "WWW-Authenticate",
    "X-Request-ID",
    "Authgate-Refresh",
]
_OWN_FIELDS = ["accept", "authorization", "authgate-token-mode", "content-type", "x-request-id"]
_TRACING_FIELDS = ["traceparent", "tracestate", "baggage", "sentry-trace"]
"""W3C Trace Context and Baggage, and Sentry's: instrumented pages put them on every call."""
CORS_PREFLIGHT_MAX_AGE = 600

LOGGING_CONFIG = "app.logs.configure"

# Set by configure(), from the environment.
HOST: str
PORT: int
WORKERS: int
DATA_DIR: Path
SETTINGS_DOUBTS: list[str]
TRUSTED_PROXIES: int
REQUIRE_HTTPS: bool
DOCS_ENABLED: bool
ADMIN_ENABLED: bool
DEMO_ENABLED: bool
DEMO_CHAT_URL: str
METRICS_ENABLED: bool
METRICS_TOKEN: str
METRICS_DIR: Path
EMBEDDED_REDIS: bool
DB_THREADS: int
DB_QUEUE: int
AUTH: AuthSettings
DATABASES: dict[str, dict[str, Any]]


def configure(env: Environment, *, secret_key: str) -> dict[str, Any]:
    """The settings that follow from the environment. Stops with one line for each that cannot work."""
    data_dir = (BASE_DIR / env.DATA_DIR).resolve()
    if found := problems(env):
        refuse(found)
    return {
        "HOST": env.HOST,
        "PORT": env.PORT,
        "WORKERS": env.WORKERS,
        "DATA_DIR": data_dir,
        "DEBUG": env.DEBUG,
        "SETTINGS_DOUBTS": doubts(),
        "LOGGING": {"level": env.LOG_LEVEL},
        "SECRET_KEY": secret_key,
        "SECRET_KEY_FALLBACKS": [key.get_secret_value() for key in env.SECRET_KEY_FALLBACKS],
        "ALLOWED_HOSTS": env.ALLOWED_HOSTS,
        "TRUSTED_PROXIES": env.TRUSTED_PROXIES,
        "REQUIRE_HTTPS": bool(env.REQUIRE_HTTPS),
        "DOCS_ENABLED": bool(env.DOCS_ENABLED),
        "ADMIN_ENABLED": bool(env.ADMIN_ENABLED),
        "DEMO_ENABLED": bool(env.DEMO_ENABLED),
        "DEMO_CHAT_URL": env.DEMO_CHAT_URL,
        "METRICS_ENABLED": bool(env.METRICS_ENABLED),
        "METRICS_TOKEN": env.METRICS_TOKEN.get_secret_value(),
        "METRICS_DIR": (BASE_DIR / env.METRICS_DIR).resolve() if env.METRICS_DIR else data_dir / "metrics",
        "DATABASES": {"default": database.configure(env, data_dir)},
        "DB_THREADS": env.DB_THREADS,
        "DB_QUEUE": env.DB_QUEUE,
        "EMBEDDED_REDIS": not env.REDIS_URL.get_secret_value(),
        "REDIS_URL": auth.redis_url(env, data_dir),
        "AUTH_PASSWORD_VALIDATORS": password_validators(env.PASSWORD_MIN_LENGTH),
        "AUTH": auth.configure(env, data_dir, secret_key),
        "CORS_ALLOWED_ORIGINS": env.CORS_ALLOWED_ORIGINS,
        "CORS_ALLOW_HEADERS": [*_OWN_FIELDS, *_TRACING_FIELDS, *env.CORS_ALLOW_HEADERS],
        "CORS_ALLOW_CREDENTIALS": env.CORS_ALLOW_CREDENTIALS,
        "CSRF_TRUSTED_ORIGINS": env.CSRF_TRUSTED_ORIGINS,
        **mail.configure(env, data_dir),
    }


def problems(env: Environment) -> list[str]:
    """Settings that are refused in every environment, one line each with what to do."""
    return [*hmac_problems(env), *addresses.problems(env), *database.problems(env)]


def hmac_problems(env: Environment) -> list[str]:
    """With HS256, anyone who knows the secret can forge any token: a weak one is always refused."""
    if env.JWT_ALGORITHM != "HS256":
        return []
    found = [weakness("JWT_SECRET_KEY", env.JWT_SECRET_KEY.get_secret_value())]
    found += [
        weakness("JWT_SECRET_KEY_FALLBACKS", secret.get_secret_value()) for secret in env.JWT_SECRET_KEY_FALLBACKS
    ]
    return [problem for problem in found if problem]


def password_validators(min_length: int) -> list[dict[str, Any]]:
    package = "django.contrib.auth.password_validation"
    return [
        {"NAME": f"{package}.MinimumLengthValidator", "OPTIONS": {"min_length": min_length}},
        {"NAME": "auth.core.password_rules.MaximumLengthValidator"},
        {"NAME": f"{package}.UserAttributeSimilarityValidator"},
        {"NAME": f"{package}.CommonPasswordValidator"},
    ]
