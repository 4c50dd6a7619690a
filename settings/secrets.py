"""Which secrets are fit to be used, and the one that a development server makes for itself."""

import os
import secrets
from pathlib import Path

MIN_BYTES = 32
_GIVEAWAYS = ("change", "example", "insecure", "password", "placeholder", "secret-key", "your-", "your_", "replace")


def weakness(name: str, value: str) -> str | None:
    """What is wrong with a secret and what to do, or None. Never repeats the secret."""
    hint = "make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
    if not value:
        return f"{name} is missing; {hint}"
    if len(value.encode()) < MIN_BYTES:
        return f"{name} has fewer than {MIN_BYTES} bytes; {hint}"
    if len(set(value)) < 12 or any(word in value.lower() for word in _GIVEAWAYS):
        return f"{name} is guessable; {hint}"
    return None


def kept_in(path: Path) -> str:
    """The secret in this file, made at first use (mode 0600). Safe when several processes start at once."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text().strip()
