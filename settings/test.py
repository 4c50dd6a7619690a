"""The test suite: stores that it starts itself, a cheap hasher, limits off."""

from settings import defaults
from settings.base import *
from settings.env import read

TEST_SECRET = "test-only-0123456789-abcdefghij-ABCDEFGHIJ"  # noqa: S105  signs nothing outside the tests

_env = read(**defaults.TEST)

globals().update(configure(_env, secret_key=_env.SECRET_KEY.get_secret_value() or TEST_SECRET))

# A file, since threads share no in-memory database.
if "sqlite" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "tests.sqlite3")}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *PASSWORD_HASHERS]
