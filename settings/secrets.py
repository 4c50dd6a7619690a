"""Checks of secrets, and generation of one for development."""

import hashlib
import os
import secrets
from functools import cache
from pathlib import Path

MIN_BYTES = 32
_GIVEAWAYS = ("change", "example", "insecure", "password", "placeholder", "secret-key", "your-", "your_", "replace")
_PUBLISHED = Path(__file__).with_name("published_secrets.bin")
_DIGEST_BYTES = 8


def weakness(name: str, value: str) -> str | None:
    """The problem with a secret and how to fix it, or None. Never repeats the secret."""
    hint = "generate one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
    if not value:
        return f"{name} is missing; {hint}"
    if len(value.encode()) < MIN_BYTES:
        return f"{name} has fewer than {MIN_BYTES} bytes; {hint}"
    if is_published(value):
        return f"{name} is in a published list of leaked secrets; {hint}"
    if len(set(value)) < 12 or any(word in value.lower() for word in _GIVEAWAYS):
        return f"{name} is guessable; {hint}"
    return None


def is_published(value: str) -> bool:
    """Whether anyone can read this secret on the internet (scripts/published_secrets.py made the list)."""
    return hashlib.sha256(value.encode()).digest()[:_DIGEST_BYTES] in _published()


@cache
def _published() -> frozenset[bytes]:
    digests = _PUBLISHED.read_bytes()
    return frozenset(digests[i : i + _DIGEST_BYTES] for i in range(0, len(digests), _DIGEST_BYTES))


def kept_in(path: Path) -> str:
    """The secret in this file, generated on first use (mode 0600). Safe for processes that start concurrently."""
    if path.exists():
        return path.read_text().strip()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48))
    try:
        os.link(draft, path)  # appears whole, and only for the first of several
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text().strip()
