"""The environment, typed: every setting that an operator may give, with its default and its unit.

Values come from the process environment, then from `.env` beside manage.py (another file: ENV_FILE; none: ENV_FILE="").
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, SecretStr, ValidationError

from auth.clients.secrets import parse_pairs
from auth.core.policies import Quota
from auth.tokens.keys import Algorithm
from settings import env_file
from settings.names import service_links, strangers

BASE_DIR = Path(__file__).resolve().parent.parent


def _split(value: Any) -> Any:
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


def _quota(value: Any) -> Any:
    return Quota.parse(value) if isinstance(value, str) else value


def _clients(value: Any) -> Any:
    return parse_pairs(_split(value)) if isinstance(value, str) else value


def _one_line(value: Any) -> Any:
    if any(character < " " or character == "\x7f" for character in str(value)):
        raise ValueError("holds a line break or a control character; leave it out")
    return value


def _bearer(value: SecretStr) -> SecretStr:
    if not all("!" <= character <= "~" for character in value.get_secret_value()):
        raise ValueError("holds what no Authorization header can carry; use letters, digits and signs of ASCII")
    return value


Text = Annotated[str, AfterValidator(_one_line)]
Name = Annotated[Text, Field(min_length=1)]
File = Annotated[Path, AfterValidator(_one_line)]
Items = Annotated[list[str], BeforeValidator(_split)]
Secrets = Annotated[list[SecretStr], BeforeValidator(_split)]
Limit = Annotated[Quota | None, BeforeValidator(_quota)]
Clients = Annotated[dict[str, str], BeforeValidator(_clients)]
_BROKEN = re.compile("[\ud800-\udfff]")  # what os.environ makes of bytes that are not UTF-8
_HOST = r"^[A-Za-z0-9._:%-]{0,253}$"  # an address or a name
_SOCKET = r"^(wss?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._/-]*)?)?$"  # by Rust's rules: $ is the very end
_SERVICE = r"^https?://[^\s#\x00-\x20\x7f]+$"
_PAGE = r"^(https?://[^\s#\x00-\x20\x7f]+)?$"  # a token comes behind it, as fragment
# Bounded, so that no sum of times overflows.
Positive = Annotated[int, Field(gt=0, lt=1 << 31)]
Natural = Annotated[int, Field(ge=0, lt=1 << 31)]
Port = Annotated[int, Field(ge=1, le=65535)]
Few = Annotated[int, Field(gt=0, le=1000)]
"""Each costs a process or a thread at once."""
Page = Annotated[str, Field(pattern=_PAGE)]
_FieldName = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'+.^_`|~-]+$")]  # RFC 9110 §5.1, without *
Fields = Annotated[list[_FieldName], BeforeValidator(_split)]
Days = Annotated[int, Field(gt=0, le=36500)]


class Environment(BaseModel):
    """One field a variable. docs/configuration.md says what each is for; a test holds the two together."""

    # Serving
    HOST: Annotated[str, Field(pattern=_HOST)] = "127.0.0.1"
    PORT: Port = 8000
    WORKERS: Few = 1
    DATA_DIR: File = Path("var")
    DEBUG: bool = False
    LOG_LEVEL: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    ALLOWED_HOSTS: Items = []
    TRUSTED_PROXIES: Natural = 0
    REQUIRE_HTTPS: bool | None = None
    DOCS_ENABLED: bool | None = None
    ADMIN_ENABLED: bool | None = None
    DEMO_ENABLED: bool | None = None
    METRICS_ENABLED: bool | None = None
    METRICS_TOKEN: Annotated[SecretStr, AfterValidator(_bearer)] = SecretStr("")
    METRICS_DIR: Text = ""
    DEMO_CHAT_URL: Annotated[str, Field(pattern=_SOCKET)] = ""

    # Secrets
    SECRET_KEY: SecretStr = SecretStr("")
    SECRET_KEY_FALLBACKS: Secrets = []
    JWT_SECRET_KEY: SecretStr = SecretStr("")
    JWT_SECRET_KEY_FALLBACKS: Secrets = []
    JWT_PRIVATE_KEYS: SecretStr = SecretStr("")

    # Stores
    DATABASE_URL: SecretStr = SecretStr("")
    DB_NAME: Text = ""
    DB_USER: Text = ""
    DB_PASSWORD: SecretStr = SecretStr("")
    DB_HOST: Text = "localhost"
    DB_PORT: Port = 5432
    DB_THREADS: Few = 4
    DB_QUEUE: Positive = 1000
    REDIS_URL: SecretStr = SecretStr("")
    REDIS_TIMEOUT_MS: Positive = 500
    REDIS_CLIENT: Literal["multiplexed", "redis-py"] = "multiplexed"

    # Tokens and sessions
    JWT_ALGORITHM: Algorithm = "ES256"
    JWT_ISSUER: Text = "authgate"
    JWT_AUDIENCE: Name = "authgate"
    JWT_CLIENT_ID: Name = "first-party"
    JWT_ACCESS_TOKEN_EXPIRE_MINUTES: Annotated[int, Field(gt=0, le=1440)] = 15
    JWT_REFRESH_TOKEN_EXPIRE_DAYS: Days = 7
    JWT_SESSION_EXPIRE_DAYS: Days = 90
    JWT_ROTATION_GRACE_SECONDS: Natural = 10
    JWT_LOST_ANSWER_RETRY_SECONDS: Natural = 600
    JWT_LEEWAY_SECONDS: Annotated[int, Field(ge=0, le=60)] = 30
    JWT_VERIFIED_TOKENS: Natural = 10_000
    JWT_EMAIL_CLAIM: bool = False
    JWT_DEVICE_CLAIMS: bool = False
    JWT_CLAIMS_HOOK: Text = ""

    # Passwords
    PASSWORD_MIN_LENGTH: Annotated[int, Field(ge=8, le=64)] = 10
    PASSWORD_BREACH_CHECK: bool = False
    PASSWORD_BREACH_URL: Annotated[str, Field(pattern=_SERVICE)] = "https://api.pwnedpasswords.com/range/"  # noqa: S105  an address
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
    RATE_LIMIT_ENDING: Limit = Quota(60, 60)
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
    CORS_ALLOW_HEADERS: Fields = []
    CSRF_TRUSTED_ORIGINS: Items = []
    SECURE_HSTS_SECONDS: Natural = 31536000
    SECURE_HSTS_INCLUDE_SUBDOMAINS: bool = True
    SECURE_HSTS_PRELOAD: bool = False

    # E-mail
    EMAIL_BACKEND: Text = "django.core.mail.backends.console.EmailBackend"
    EMAIL_FILE_PATH: File = Path("mail")
    EMAIL_HOST: Text = "localhost"
    EMAIL_PORT: Port = 25
    EMAIL_USE_TLS: bool = False
    EMAIL_HOST_USER: Text = ""
    EMAIL_HOST_PASSWORD: SecretStr = SecretStr("")
    DEFAULT_FROM_EMAIL: Text = "authgate@localhost"
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
    variables = given()
    for name in service_links(variables, Environment.model_fields):
        del variables[name]
    if broken := [name for name in Environment.model_fields if _BROKEN.search(variables.get(name, ""))]:
        refuse(f"{name}: holds bytes that are not UTF-8" for name in broken)
    try:
        found = Environment.model_validate(variables)
    except ValidationError as error:
        refuse(f"{problem['loc'][0]}: {_words(problem['msg'])}" for problem in error.errors(include_input=False))
    unset = {name: value for name, value in defaults.items() if name not in found.model_fields_set}
    return found.model_copy(update=unset)


def given() -> dict[str, str]:
    """Every variable of the process, and of the file. Stops the process when the file cannot be read."""
    chosen = os.environ.get("ENV_FILE")
    path = BASE_DIR / (".env" if chosen is None else chosen)
    if chosen == "" or (chosen is None and not path.exists()):
        return dict(os.environ)
    try:
        return env_file.read(path) | os.environ
    except env_file.UnreadableFile as error:
        refuse([f"ENV_FILE: {error}"])


def doubts() -> list[str]:
    """What a start goes on in spite of: variables that look like settings and are none, a line each."""
    variables = given()
    links = service_links(variables, Environment.model_fields)
    told = [
        f"{name} holds what Kubernetes says of a service, and is ignored; set enableServiceLinks: false"
        for name in sorted(links)
    ]
    return [*told, *strangers(variables, Environment.model_fields)]


def refuse(problems: Iterable[str]) -> NoReturn:
    """Stop with one clear line each; never print a value, it may be a secret."""
    raise SystemExit("\n".join(f"authgate: {problem}" for problem in dict.fromkeys(problems)))


def _words(message: str) -> str:
    """Pydantic's message: a ValueError of ours stands behind a prefix."""
    return message.removeprefix("Value error, ")
