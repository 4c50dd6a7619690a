"""manage.py keys: rotation of the signing keys in DATA_DIR/keys."""

import time
from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from auth.config import AuthSettings
from auth.signing_keys import directory
from auth.signing_keys.directory import KeyRecord, Keys
from auth.tokens.jwks import CACHE_LIFETIME
from auth.tokens.keys import Algorithm, UnusableKey

FOLLOW_SECONDS = 5
"""Within this time every worker has loaded a change."""


class Command(BaseCommand):
    help = "Rotate signing keys: generate publishes one, promote signs with it, retire removes it."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("list", help="list all keys with their roles")
        generate = actions.add_parser("generate", help="generate and publish a key that does not sign yet")
        generate.add_argument("--algorithm", choices=[a for a in get_args(Algorithm) if a != "HS256"])
        _with_kid(actions.add_parser("promote", help="sign with this key from now on"), "do not wait for caches")
        _with_kid(actions.add_parser("retire", help="remove a key that no longer signs"), "its tokens are refused now")
        actions.add_parser("export", help="print the public key as PEM, for verifiers").add_argument("kid")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        auth: AuthSettings = settings.AUTH
        if auth.algorithm == "HS256" or auth.private_keys:
            raise CommandError(
                "The keys come from the environment (JWT_SECRET_KEY or JWT_PRIVATE_KEYS): change it there."
            )
        try:
            getattr(self, action)(auth, now=time.time(), **options)
        except UnusableKey as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{auth.keys_dir}: {error.strerror}") from error

    def list(self, auth: AuthSettings, **_: Any) -> None:
        found = directory.read(auth.keys_dir)
        if not found.keys:
            self.stdout.write(f"There are no keys in {auth.keys_dir} yet: the first start generates one (DATA_DIR).")
        for kid, key in found.keys.items():
            state, record = _state(found, kid), found.records.get(kid, KeyRecord(0.0))
            self.stdout.write(f"{kid}  {key.algorithm:6} {state:10} published {_moment(record.published_at)}")

    def generate(self, auth: AuthSettings, *, now: float, algorithm: Algorithm | None, **_: Any) -> None:
        key = directory.add(auth.keys_dir, algorithm=algorithm or auth.algorithm, now=now)
        ready = _moment(now + _publishing().total_seconds())
        self.stdout.write(f"{key.kid} is published. Sign with it from {ready} on: manage.py keys promote {key.kid}")

    def promote(self, auth: AuthSettings, *, kid: str, now: float, force: bool, **_: Any) -> None:
        record = directory.read(auth.keys_dir).records.get(kid)
        if record and not force:
            self._wait_until(record.published_at + _publishing().total_seconds(), now, "verifiers may not know it yet")
        directory.promote(auth.keys_dir, kid, algorithm=auth.algorithm, now=now)
        self.stdout.write(
            f"{kid} signs within {FOLLOW_SECONDS} seconds on every worker. The previous key still verifies."
        )

    def retire(self, auth: AuthSettings, *, kid: str, now: float, force: bool, **_: Any) -> None:
        record = directory.read(auth.keys_dir).records.get(kid)
        if record and record.signing_until and not force:
            overlap = auth.access_lifetime + auth.leeway + timedelta(seconds=FOLLOW_SECONDS)
            self._wait_until(record.signing_until + overlap.total_seconds(), now, "live tokens are signed with it")
        directory.remove(auth.keys_dir, kid)
        self.stdout.write(f"{kid} has been removed. Tokens signed with it are refused within a second.")

    def export(self, auth: AuthSettings, *, kid: str, **_: Any) -> None:
        self.stdout.write(directory.public_pem(auth.keys_dir, kid), ending="")

    def _wait_until(self, moment: float, now: float, reason: str) -> None:
        if now < moment:
            raise CommandError(f"Not yet: {reason}. Wait until {_moment(moment)}, or use --force.")


def _with_kid(parser: ArgumentParser, force: str) -> None:
    parser.add_argument("kid")
    parser.add_argument("--force", action="store_true", help=force)


def _publishing() -> timedelta:
    """Verifiers may cache the old key set this long, and workers follow within this time."""
    return CACHE_LIFETIME + timedelta(seconds=FOLLOW_SECONDS)


def _state(found: Keys, kid: str) -> str:
    if kid == found.signing:
        return "signing"
    record = found.records.get(kid)
    return "verifying" if record and record.signing_since else "published"


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
