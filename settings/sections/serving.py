"""Variables for the server's address, features, secrets and stores."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, SecretStr

from auth.core.setting import Natural, Positive, Text
from settings.sections.kinds import Bearer, Few, File, Host, Items, Port, Secrets, Socket, of


class Serving(BaseModel):
    HOST: Host = of("127.0.0.1", "the address to listen on")
    PORT: Port = of(8000, "the port to listen on")
    WORKERS: Few = of(
        1,
        "number of worker processes; each has its own event loop, hashing threads and database threads, and counts its"
        " share of every quota while Redis is unavailable. So set it even if another supervisor starts the workers",
    )
    DATA_DIR: File = of(
        Path("var"),
        "where the server keeps its files (keys, SQLite, the embedded Valkey), relative to `manage.py`",
    )
    DEBUG: bool = of(default=False, meaning="Django's debug mode, refused in production")
    LOG_LEVEL: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = of("INFO", "the lowest level that is logged")
    ALLOWED_HOSTS: Items = of(
        [],
        "accepted values of the Host header, separated by commas; a leading dot includes subdomains",
    )
    TRUSTED_PROXIES: Natural = of(
        0, "number of proxies in front of the server; see [operations](operations.md#proxies)"
    )
    REQUIRE_HTTPS: bool | None = of(
        None,
        "whether `/api/` and `/admin/` are refused over http (403 `https_required`); they are never redirected; see"
        " [operations](operations.md#proxies)",
    )
    DOCS_ENABLED: bool | None = of(None, "whether `/api/docs` and `/api/openapi.json` are served")
    ADMIN_ENABLED: bool | None = of(None, "whether `/admin/` is served")
    DEMO_ENABLED: bool | None = of(None, "whether `/` is the demo page")
    METRICS_ENABLED: bool | None = of(
        None, "whether `/metrics` is served for Prometheus; see [operations](operations.md#metrics)"
    )
    METRICS_TOKEN: Bearer = of(
        SecretStr(""),
        "the bearer token that `/metrics` requires, in production at least 32 random bytes; empty: none",
    )
    METRICS_DIR: Text = of(
        "",
        "where the workers of this host share their metrics; empty: `metrics` in `DATA_DIR`. If hosts share `DATA_DIR`,"
        " each needs its own",
    )
    DEMO_CHAT_URL: Socket = of("", "`ws://` or `wss://` URL of a chat that the demo page joins; `make chat` sets it")


class ServerSecrets(BaseModel):
    SECRET_KEY: SecretStr = of(
        SecretStr(""),
        "Django's secret, at least 32 random bytes; the key of refresh tokens is derived from it. Empty in development:"
        " one is generated in `DATA_DIR/secret.key`",
    )
    SECRET_KEY_FALLBACKS: Secrets = of(
        [],
        "previous values of `SECRET_KEY` that still verify, separated by commas; see"
        " [operations](operations.md#secret_key)",
    )
    JWT_SECRET_KEY: SecretStr = of(
        SecretStr(""),
        "signs access tokens when `JWT_ALGORITHM` is HS256, at least 32 random bytes; otherwise unused",
    )
    JWT_SECRET_KEY_FALLBACKS: Secrets = of(
        [], "previous values of `JWT_SECRET_KEY` that still verify, separated by commas"
    )
    JWT_PRIVATE_KEYS: SecretStr = of(
        SecretStr(""),
        "PEM private keys, one after the other: the first signs, all verify; line breaks may be written `\\n`. Empty:"
        " the keys in `DATA_DIR/keys`",
    )


class Stores(BaseModel):
    DATABASE_URL: SecretStr = of(
        SecretStr(""),
        "`postgresql://user:password@host:5432/name` or `sqlite:////absolute/path`; as in libpq, with several"
        " `host:port` and with parameters; percent-encode special characters of the password. Empty: the `DB_`"
        " variables, else SQLite in `DATA_DIR`",
    )
    DB_NAME: Text = of("", "the Postgres database, if `DATABASE_URL` is empty")
    DB_USER: Text = of("", "its user")
    DB_PASSWORD: SecretStr = of(SecretStr(""), "its password")
    DB_HOST: Text = of("localhost", "its host, or the directory of its socket")
    DB_PORT: Port = of(5432, "its port")
    DB_THREADS: Few = of(4, "database threads per worker for requests; each keeps one connection")
    DB_QUEUE: Positive = of(1000, "database calls that may run or wait per worker; further ones get 503")
    REDIS_URL: SecretStr = of(
        SecretStr(""),
        "`redis://`, `rediss://` or `unix://` URL of Redis 7 or Valkey, such as `redis://host:6379/0`; empty: the"
        " embedded Valkey in `DATA_DIR`",
    )
