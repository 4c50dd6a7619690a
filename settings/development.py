"""Development: SQLite, embedded Valkey, docs and admin on, secrets in DATA_DIR."""

from settings import defaults
from settings.base import *
from settings.env import BASE_DIR, read, refuse
from settings.secrets import kept_in

_env = read(**defaults.DEVELOPMENT)
if not _env.JWT_ISSUER:
    _env.JWT_ISSUER = f"http://127.0.0.1:{_env.PORT}"

try:
    _secret_key = _env.SECRET_KEY.get_secret_value() or kept_in(BASE_DIR / _env.DATA_DIR / "secret.key")
except OSError as error:
    refuse([f"DATA_DIR: nothing can be written there: {error.strerror}"])

globals().update(configure(_env, secret_key=_secret_key))
