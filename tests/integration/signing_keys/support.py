"""A directory of keys, and the commands that rotate them."""

from io import StringIO
from pathlib import Path
from typing import Any

from asgiref.sync import sync_to_async
from django.core.management import call_command

from auth.signing_keys import directory as keystore
from auth.tokens.keys import Algorithm

ROOT = Path(__file__).resolve().parents[3]
START = 1_900_000_000.0  # seconds


def started(directory: Path, *, algorithm: Algorithm = "ES256", now: float = START) -> str:
    """The kid of the key that a first start makes."""
    return keystore.ensure(directory, algorithm=algorithm, now=now).signing


def added(directory: Path, *, algorithm: Algorithm = "ES256", now: float = START) -> str:
    """The kid of another key, published and no more."""
    return keystore.add(directory, algorithm=algorithm, now=now).kid


def manage(*arguments: Any) -> str:
    """What `manage.py keys` prints."""
    out = StringIO()
    call_command("keys", *map(str, arguments), stdout=out)
    return out.getvalue()


amanage = sync_to_async(manage)
