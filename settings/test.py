"""The test suite: stores that the suite starts itself, a cheap first hasher, limits off unless a test turns one on."""

from settings.base import *
from settings.env import read

TEST_SECRET = "test-only-0123456789-abcdefghij-ABCDEFGHIJ"  # noqa: S105  signs nothing outside the tests

_LIMITS = (
    *("LOGIN", "LOGIN_ADDRESS", "LOGIN_ACCOUNT", "REGISTER"),
    *("REFRESH", "REFRESH_ADDRESS", "CHANGE_PASSWORD", "ENDING", "WS_TICKET"),
    *("MAIL_ADDRESS", "MAIL_ACCOUNT", "MAIL_CONFIRM"),
)

_env = read(
    ALLOWED_HOSTS=["testserver", "localhost", "127.0.0.1"],
    CORS_ALLOWED_ORIGINS=["http://localhost:3000"],
    DOCS_ENABLED=True,
    ADMIN_ENABLED=True,
    DEMO_ENABLED=True,
    METRICS_ENABLED=True,
    **{f"RATE_LIMIT_{name}": None for name in _LIMITS},
)

globals().update(configure(_env, secret_key=_env.SECRET_KEY.get_secret_value() or TEST_SECRET))

# A file, since threads share no in-memory database.
if "sqlite" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "tests.sqlite3")}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *PASSWORD_HASHERS]
