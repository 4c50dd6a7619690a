"""Signing keys on disk: `<kid>.pem` files, and the name of the one that signs in a file called `signing`."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from auth.tokens.keys import Algorithm, KeyRing, SigningKey, UnusableKey, from_pem, from_secret, generate

_SIGNING = "signing"


def load(directory: Path, *, algorithm: Algorithm, secret: bytes) -> KeyRing:
    """The ring of this directory; its first key is made when there is none of this algorithm.

    HS256 takes its key from `secret` alone. Raises UnusableKey naming the file or setting at fault.
    """
    if algorithm == "HS256":
        return KeyRing.of(from_secret(secret))
    with _locked(directory):
        keys = _read(directory)
        signing = keys.get(_signing_name(directory))
        if signing is None or signing.algorithm != algorithm:
            signing = _create(directory, algorithm)
    return KeyRing.of(signing, keys.values())


def _read(directory: Path) -> dict[str, SigningKey]:
    keys = [_read_key(path) for path in sorted(directory.glob("*.pem"))]
    return {key.kid: key for key in keys}


def _read_key(path: Path) -> SigningKey:
    try:
        return from_pem(path.read_bytes())
    except UnusableKey as error:
        raise UnusableKey(f"{path.name}: {error}") from error


def _signing_name(directory: Path) -> str:
    marker = directory / _SIGNING
    return marker.read_text().strip() if marker.exists() else ""


def _create(directory: Path, algorithm: Algorithm) -> SigningKey:
    pem = generate(algorithm).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key = from_pem(pem)
    _write(directory / f"{key.kid}.pem", pem)
    _write(directory / _SIGNING, key.kid.encode())
    return key


def _write(path: Path, content: bytes) -> None:
    """Appears whole or not at all, readable by its owner only."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Workers that start together make one key between them."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (directory / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
