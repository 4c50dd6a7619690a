"""The environment, typed: every setting that an operator may give, with its default and its unit.

Values come from the process environment, then from `.env` beside manage.py (another file: ENV_FILE; none: ENV_FILE="").
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from auth.client_secrets import parse_pairs
from auth.policies import Quota
from auth.tokens.keys import Algorithm

BASE_DIR = Path(__file__).resolve().parent.parent


def _split(value: Any) -> Any:
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


def _quota(value: Any) -> Any:
    return Quota.parse(value) if isinstance(value, str) else value


def _clients(value: Any) -> Any:
    return parse_pairs(_split(value)) if isinstance(value, str) else value


Items = Annotated[list[str], NoDecode, BeforeValidator(_split)]
Secrets = Annotated[list[SecretStr], NoDecode, BeforeValidator(_split)]
Limit = Annotated[Quota | None, NoDecode, BeforeValidator(_quota)]
Clients = Annotated[dict[str, str], NoDecode, BeforeValidator(_clients)]
_SOCKET = r"^(wss?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._/-]*)?)?$"  # by Rust's rules: $ is the very end
_PAGE = r"^(https?://[^\s#\x00-\x20\x7f]+)?$"  # a token comes behind it, as fragment
# Bounded, so that no sum of times overflows.
Positive = Annotated[int, Field(gt=0, lt=1 << 31)]
Natural = Annotated[int, Field(ge=0, lt=1 << 31)]
Page = Annotated[str, Field(pattern=_PAGE)]
Days = Annotated[int, Field(gt=0, le=36500)]


class Environment(BaseSettings):
    """One field a variable. docs/configuration.md says what each is for; a test holds the two together."""

    model_config = SettingsConfigDict(extra="ignore", case_sensitive=True, env_file_encoding="utf-8")

    # Serving
    HOST: str = "127.0.0.1"
    PORT: Annotated[int, Field(ge=1, le=65535)] = 8000
    WORKERS: Positive = 1
    DATA_DIR: Path = Path("var")
    DEBUG: bool = False
    LOG_LEVEL: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    ALLOWED_HOSTS: Items = []
    TRUSTED_PROXIES: Natural = 0
    REQUIRE_HTTPS: bool | None = None
    DOCS_ENABLED: bool | None = None
    ADMIN_ENABLED: bool | None = None
    DEMO_ENABLED: bool | None = None
    METRICS_ENABLED: bool | None = None
    METRICS_TOKEN: SecretStr = SecretStr("")
    METRICS_DIR: str = ""
    DEMO_CHAT_URL: Annotated[str, Field(pattern=_SOCKET)] = ""

    # Secrets
    SECRET_KEY: SecretStr = SecretStr("")
    SECRET_KEY_FALLBACKS: Secrets = []
    JWT_SECRET_KEY: SecretStr = SecretStr("")
    JWT_SECRET_KEY_FALLBACKS: Secrets = []
    JWT_PRIVATE_KEYS: SecretStr = SecretStr("")

    # Stores
    DATABASE_URL: SecretStr = SecretStr("")
    DB_NAME: str = ""
    DB_USER: str = ""
    DB_PASSWORD: SecretStr = SecretStr("")
    DB_HOST: str = "localhost"
    DB_PORT: int = 5432
    DB_THREADS: Positive = 4
    DB_QUEUE: Positive = 1000
    REDIS_URL: SecretStr = SecretStr("")
    REDIS_TIMEOUT_MS: Positive = 500
    REDIS_CLIENT: Literal["multiplexed", "redis-py"] = "multiplexed"

    # Tokens and sessions
    JWT_ALGORITHM: Algorithm = "ES256"
    JWT_ISSUER: str = "authgate"
    JWT_AUDIENCE: str = "authgate"
    JWT_CLIENT_ID: str = "first-party"
    JWT_ACCESS_TOKEN_EXPIRE_MINUTES: Annotated[int, Field(gt=0, le=1440)] = 15
    JWT_REFRESH_TOKEN_EXPIRE_DAYS: Days = 7
    JWT_SESSION_EXPIRE_DAYS: Days = 90
    JWT_ROTATION_GRACE_SECONDS: Natural = 10
    JWT_LOST_ANSWER_RETRY_SECONDS: Natural = 600
    JWT_LEEWAY_SECONDS: Annotated[int, Field(ge=0, le=60)] = 30
    JWT_VERIFIED_TOKENS: Natural = 10_000
    JWT_EMAIL_CLAIM: bool = False
    JWT_DEVICE_CLAIMS: bool = False
    JWT_CLAIMS_HOOK: str = ""

    # Passwords
    PASSWORD_MIN_LENGTH: Annotated[int, Field(ge=8, le=64)] = 10
    PASSWORD_BREACH_CHECK: bool = False
    PASSWORD_BREACH_URL: str = "https://api.pwnedpasswords.com/range/"  # noqa: S105  an address
    PASSWORD_HASH_THREADS: Natural = 0
    PASSWORD_HASH_QUEUE: Positive = 256

    # Limits
    RATE_LIMIT_LOGIN: Limit = Quota(10, 60)
    RATE_LIMIT_LOGIN_ADDRESS: Limit = Quota(60, 60)
    RATE_LIMIT_LOGIN_ACCOUNT: Limit = Quota(100, 86400)
    RATE_LIMIT_REGISTER: Limit = Quota(20, 3600)
    RATE_LIMIT_REFRESH: Limit = Quota(60, 60)
    RATE_LIMIT_REFRESH_ADDRESS: Limit = Quota(300, 60)
    RATE_LIMIT_CHANGE_PASSWORD: Limit = Quota(5, 900)
    RATE_LIMIT_MAIL_ADDRESS: Limit = Quota(20, 3600)
    RATE_LIMIT_MAIL_ACCOUNT: Limit = Quota(5, 3600)
    RATE_LIMIT_MAIL_CONFIRM: Limit = Quota(60, 3600)
    RATE_LIMIT_WS_TICKET: Limit = Quota(60, 60)
    RATE_LIMIT_API: Limit = Quota(1200, 60)
    RATE_LIMIT_INTROSPECT: Limit = Quota(6000, 60)
    RATE_LIMIT_DOCS: Limit = Quota(120, 60)
    RATE_LIMIT_TRUSTED_CALLER: Limit = Quota(6000, 60)

    # Browsers
    CORS_ALLOWED_ORIGINS: Items = []
    CORS_ALLOW_CREDENTIALS: bool = False
    CSRF_TRUSTED_ORIGINS: Items = []
    SECURE_HSTS_SECONDS: Natural = 31536000
    SECURE_HSTS_INCLUDE_SUBDOMAINS: bool = True
    SECURE_HSTS_PRELOAD: bool = True

    # E-mail
    EMAIL_BACKEND: str = "django.core.mail.backends.console.EmailBackend"
    EMAIL_FILE_PATH: Path = Path("mail")
    EMAIL_HOST: str = "localhost"
    EMAIL_PORT: int = 25
    EMAIL_USE_TLS: bool = False
    EMAIL_HOST_USER: str = ""
    EMAIL_HOST_PASSWORD: SecretStr = SecretStr("")
    DEFAULT_FROM_EMAIL: str = "authgate@localhost"
    PASSWORD_RESET_URL: Page = ""
    PASSWORD_RESET_EXPIRE_MINUTES: Annotated[int, Field(gt=0, le=1440)] = 10
    EMAIL_VERIFICATION: Literal["off", "on"] = "off"
    EMAIL_VERIFICATION_URL: Page = ""
    EMAIL_VERIFICATION_EXPIRE_HOURS: Annotated[int, Field(gt=0, le=720)] = 24

    # Services
    SERVICE_CLIENTS: Clients = {}
    FEED_READERS: Positive = 100
    VERIFY_CACHE_SECONDS: Annotated[int, Field(ge=0, le=1)] = 0

    # Keeping
    HISTORY_RETENTION_DAYS: Days = 365


def read(**defaults: Any) -> Environment:
    """The environment over `defaults`. Stops the process with one line for each variable that is wrong."""
    chosen = os.environ.get("ENV_FILE", str(BASE_DIR / ".env"))
    try:
        found = Environment(_env_file=chosen or None)  # type: ignore[call-arg]  # pydantic-settings takes it, undeclared
    except ValidationError as error:
        refuse(f"{problem['loc'][0]}: {problem['msg']}" for problem in error.errors(include_input=False))
    unset = {name: value for name, value in defaults.items() if name not in found.model_fields_set}
    return found.model_copy(update=unset)


def refuse(problems: Iterable[str]) -> NoReturn:
    """Stop with one clear line each; never print a value, it may be a secret."""
    raise SystemExit("\n".join(f"authgate: {problem}" for problem in problems))
