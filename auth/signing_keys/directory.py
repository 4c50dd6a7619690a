"""Signing keys on disk: `<kid>.pem` files, and `keys.json` with their states.

A key is published first, signs once verifiers had time to fetch it, and is retired when its last token has expired.
Workers follow the directory: see auth/signing_keys/watcher.py.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from auth.tokens.keys import Algorithm, KeySet, SigningKey, UnusableKey, from_pem, generate

_MANIFEST = "keys.json"


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """The life of one key, in Unix seconds; None: not yet."""

    published_at: float
    signing_since: float | None = None
    signing_until: float | None = None


@dataclass(frozen=True, slots=True)
class Keys:
    """The state of the directory. `signing` is "" before the first key."""

    signing: str = ""
    records: Mapping[str, KeyRecord] = field(default_factory=dict)
    keys: Mapping[str, SigningKey] = field(default_factory=dict)

    def ring(self) -> KeySet:
        """Raises UnusableKey when no key is there to sign."""
        if self.signing not in self.keys:
            raise UnusableKey("no signing key: run manage.py keys generate and manage.py keys promote")
        return KeySet.of(self.keys[self.signing], self.keys.values())


def read(directory: Path) -> Keys:
    """Raises UnusableKey naming the file at fault. A single key without `keys.json` signs: a mounted secret."""
    signing, records = _manifest(directory)
    keys = {key.kid: key for key in map(_read_key, sorted(directory.glob("*.pem")))}
    if len(keys) == 1 and not (directory / _MANIFEST).exists():
        [signing] = keys
    return Keys(signing, {kid: record for kid, record in records.items() if kid in keys}, keys)


def ensure(directory: Path, *, algorithm: Algorithm, now: float) -> Keys:
    """As read(); when none of this algorithm signs yet, signs with the oldest that is published, or makes one.

    Writes nothing else: where a key signs, the directory may be a mounted secret, or on a read-only disk.
    """
    if _signs(found := read(directory), algorithm):
        return found
    with _locked(directory):
        found = read(directory)
        if not _signs(found, algorithm):
            if (kid := _oldest(found, algorithm)) is None:
                kid = _create(directory, algorithm).kid
            _write_manifest(directory, _promoted(found, kid, now))
        return read(directory)


def add(directory: Path, *, algorithm: Algorithm, now: float) -> SigningKey:
    """Make and publish a key; it verifies, and does not sign yet."""
    with _locked(directory):
        found = read(directory)
        key = _create(directory, algorithm)
        _write_manifest(directory, _published(found, key, now))
        return key


def promote(directory: Path, kid: str, *, algorithm: Algorithm, now: float) -> None:
    """Sign with this key from now on; the previous one still verifies.

    Raises UnusableKey if it does not exist, or has another algorithm: the next start would sign with another key.
    """
    with _locked(directory):
        found = read(directory)
        if kid not in found.keys:
            raise UnusableKey(f"there is no key {kid}; see manage.py keys list")
        if (other := found.keys[kid].algorithm) != algorithm:
            advice = f"set JWT_ALGORITHM={other} and restart to sign with it"
            raise UnusableKey(f"{kid} is for {other}, and JWT_ALGORITHM is {algorithm}: {advice}")
        _write_manifest(directory, _promoted(found, kid, now))


def remove(directory: Path, kid: str) -> None:
    """Tokens of this key are refused from now on. Raises UnusableKey for a key that signs or is not there."""
    with _locked(directory):
        found = read(directory)
        if kid == found.signing:
            raise UnusableKey(f"{kid} signs; promote another key first")
        if kid not in found.keys:
            raise UnusableKey(f"there is no key {kid}; see manage.py keys list")
        (directory / f"{kid}.pem").unlink()
        records = {other: record for other, record in found.records.items() if other != kid}
        _write_manifest(directory, Keys(found.signing, records))


def public_pem(directory: Path, kid: str) -> str:
    """The public half of a key (SubjectPublicKeyInfo, RFC 5280 §4.1). Raises UnusableKey when it is not there."""
    key = read(directory).keys.get(kid)
    if key is None:
        raise UnusableKey(f"there is no key {kid}; see manage.py keys list")
    pem: bytes = key.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem.decode()


def fingerprint(directory: Path) -> tuple[tuple[str, int, int], ...]:
    """Changes whenever a key or the manifest does, twice in one tick of the file system's clock too."""
    with os.scandir(directory) as entries:
        names = [entry for entry in entries if entry.name == _MANIFEST or entry.name.endswith(".pem")]
        found = [(entry.name, entry.stat()) for entry in names]
        return tuple(sorted((name, status.st_mtime_ns, status.st_ino) for name, status in found))


def _signs(found: Keys, algorithm: Algorithm) -> bool:
    signing = found.keys.get(found.signing)
    return signing is not None and signing.algorithm == algorithm


def _oldest(found: Keys, algorithm: Algorithm) -> str | None:
    """The key of this algorithm that was published first; one that has signed before comes last."""

    def order(kid: str) -> tuple[bool, float]:
        return found.records[kid].signing_since is not None, found.records[kid].published_at

    candidates = [kid for kid, key in found.keys.items() if key.algorithm == algorithm and kid in found.records]
    return min(candidates, key=order, default=None)


def _published(found: Keys, key: SigningKey, now: float) -> Keys:
    return Keys(found.signing, {**found.records, key.kid: KeyRecord(published_at=now)})


def _promoted(found: Keys, kid: str, now: float) -> Keys:
    records = dict(found.records)
    if found.signing in records and found.signing != kid:
        former = records[found.signing]
        records[found.signing] = KeyRecord(former.published_at, former.signing_since, now)
    records[kid] = KeyRecord(records[kid].published_at if kid in records else now, now)
    return Keys(kid, records)


def _manifest(directory: Path) -> tuple[str, dict[str, KeyRecord]]:
    path = directory / _MANIFEST
    if not path.exists():
        return "", {}
    try:
        found = json.loads(path.read_text())
        return str(found["signing"]), {kid: KeyRecord(**record) for kid, record in found["keys"].items()}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UnusableKey(f"{_MANIFEST} is corrupt; restore it from a backup") from error


def _write_manifest(directory: Path, keys: Keys) -> None:
    records = {kid: asdict(record) for kid, record in keys.records.items()}
    text = json.dumps({"signing": keys.signing, "keys": records}, indent=2, sort_keys=True)
    _write(directory / _MANIFEST, text.encode())


def _read_key(path: Path) -> SigningKey:
    try:
        return from_pem(path.read_bytes())
    except UnusableKey as error:
        raise UnusableKey(f"{path.name}: {error}") from error


def _create(directory: Path, algorithm: Algorithm) -> SigningKey:
    pem = generate(algorithm).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key = from_pem(pem)
    if key.kid.startswith("-"):  # one in 64: manage.py keys would parse the name as an option
        return _create(directory, algorithm)
    _write(directory / f"{key.kid}.pem", pem)
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
    """One change at a time, and one first key between workers that start together."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (directory / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
