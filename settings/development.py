"""A laptop: SQLite, embedded Valkey, docs and admin on, secrets made at first start under DATA_DIR."""

from auth.core.policies import Quota
from settings.base import *
from settings.env import BASE_DIR, read, refuse
from settings.secrets import kept_in

_env = read(
    ALLOWED_HOSTS=["localhost", "127.0.0.1", "[::1]"],
    JWT_ISSUER="",
    JWT_ACCESS_TOKEN_EXPIRE_MINUTES=30,
    CORS_ALLOWED_ORIGINS=[  # where pages are served while they are written
        *("http://localhost:3000", "http://127.0.0.1:3000"),  # Next.js, and many others
        *("http://localhost:4200", "http://127.0.0.1:4200"),  # Angular
        *("http://localhost:5173", "http://127.0.0.1:5173"),  # Vite
        *("http://localhost:8080", "http://127.0.0.1:8080"),  # webpack, Vue CLI
    ],
    RATE_LIMIT_REGISTER=Quota(1000, 3600),  # scripts register the accounts that they try things with
    DOCS_ENABLED=True,
    ADMIN_ENABLED=True,
    DEMO_ENABLED=True,
    METRICS_ENABLED=True,
)
if not _env.JWT_ISSUER:
    _env.JWT_ISSUER = f"http://127.0.0.1:{_env.PORT}"

try:
    _secret_key = _env.SECRET_KEY.get_secret_value() or kept_in(BASE_DIR / _env.DATA_DIR / "secret.key")
except OSError as error:
    refuse([f"DATA_DIR: nothing can be kept there: {error.strerror}"])

globals().update(configure(_env, secret_key=_secret_key))
