"""Checks of URLs and origins that would never match, or fail at first use."""

import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from settings.env import Environment

_ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[!-~]+")  # RFC 6454 §6.2; other schemes: pages inside an app
_NOT_IN_AN_ORIGIN = re.compile(r"[/?#@]")
_HOST = re.compile(r"\*|\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\]")
_ISSUER = re.compile(r"https?://[^/?#]*/?", re.IGNORECASE)
_REDIS = ("redis://", "rediss://", "unix://")
_REDIS_URL = re.compile(r"\w+://([^@/?#\s]*@)?[^@#\s]*", re.ASCII)
_REDIS_PARAMETER = re.compile(
    r"db|username|password|client_name|protocol|health_check_interval|socket_(keepalive|read_size)"
    r"|ssl_(cert_reqs|ca_certs|ca_path|certfile|keyfile|password|check_hostname|min_version|ciphers)"
)
_NUMBER = re.compile(r"[0-9]{0,9}")


def problems(env: Environment) -> list[str]:
    """One line for each variable that is wrong, with what to do. A Redis address is not repeated: it has a password."""
    return [
        *_origin_problems(env),
        *_host_problems(env),
        *_issuer_problems(env.JWT_ISSUER),
        *_redis_problems(env.REDIS_URL.get_secret_value()),
    ]


def _origin_problems(env: Environment) -> Iterator[str]:
    hint = "write https://app.example.com, without a path or trailing slash"
    if "*" in "".join(env.CORS_ALLOWED_ORIGINS):
        yield "CORS_ALLOWED_ORIGINS contains a wildcard; name the origins you trust"
    elif not all(map(_is_origin, env.CORS_ALLOWED_ORIGINS)):
        yield f"CORS_ALLOWED_ORIGINS contains a value that is not an origin; {hint}"
    if not all(map(_is_origin, env.CSRF_TRUSTED_ORIGINS)):
        yield f"CSRF_TRUSTED_ORIGINS contains a value that is not an origin; {hint}"


def _host_problems(env: Environment) -> Iterator[str]:
    if not all(map(_HOST.fullmatch, env.ALLOWED_HOSTS)):
        yield (
            "ALLOWED_HOSTS contains a value that is not a host; write auth.example.com, without scheme, port and path,"
            " and names of other alphabets as in DNS (xn--...)"
        )


def _issuer_problems(issuer: str) -> Iterator[str]:
    """RFC 8414 §3.1 would have the metadata of one with a path elsewhere, and §2 forbids a query and a fragment."""
    if issuer.lower().startswith(("http://", "https://")) and not _ISSUER.fullmatch(issuer):
        yield "JWT_ISSUER has a path, a query or a fragment; write https://auth.example.com, and serve Authgate there"


def _is_origin(text: str) -> bool:
    return bool(_ORIGIN.fullmatch(text)) and not _NOT_IN_AN_ORIGIN.search(text.partition("://")[2])


def _redis_problems(url: str) -> Iterator[str]:
    """At most one line: URLs that redis-py refuses, and those that it silently misreads."""
    if not url:
        return
    try:
        parts = urlsplit(url)
        is_url = parts.port != 0 and bool(_REDIS_URL.fullmatch(url))
    except ValueError:  # its text may repeat a part of the password
        is_url = False
    if not url.startswith(_REDIS):
        yield "REDIS_URL is not a Redis URL; write redis://, rediss:// or unix://"
    elif not is_url:
        yield "REDIS_URL is not a URL; percent-encode special characters of the password"
    else:
        yield from islice(_redis_details(parts), 1)


def _redis_details(parts: SplitResult) -> Iterator[str]:
    parameters = parse_qs(parts.query)
    if not all(map(_REDIS_PARAMETER.fullmatch, parameters)):
        yield "REDIS_URL has an unknown parameter; write redis://host:6379/0, or rediss:// with ssl_ca_certs"
    if any(name.startswith("ssl_") for name in parameters) and parts.scheme != "rediss":
        yield "REDIS_URL has TLS parameters; write rediss://"
    if parts.scheme == "unix" and (parts.netloc.rpartition("@")[2] or not parts.path.strip("/")):
        yield "REDIS_URL has no socket path; write unix:///path/to/redis.sock"
    names = [*parameters.get("db", []), *([] if parts.scheme == "unix" else [unquote(parts.path).removeprefix("/")])]
    if not all(map(_NUMBER.fullmatch, names)):  # redis-py would take database 0
        yield "REDIS_URL: the database must be a number; write redis://host:6379/0"
