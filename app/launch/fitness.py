"""Checks before any worker starts: what a server cannot run without.

uvicorn restarts failing workers again and again, and its exit code does not show it. An unavailable store is not an
error: workers wait for it.
"""

from collections.abc import Callable
from contextlib import suppress

from django.conf import settings
from django.db import Error, connection
from django.utils.module_loading import import_string

from app.checks import StartRefusedError, check_encoding, check_hook_exists, check_root_path, check_static_files
from app.django_handler import database_timeouts
from auth.signing_keys.watcher import KeyDirectoryWatcher
from auth.tokens.keys import UnusableKey


def check() -> None:
    """Needs Django's apps. Makes the first signing key, as a worker would. Raises StartRefusedError."""
    examinations: list[Callable[[], None]] = [
        check_root_path,
        check_static_files,
        _keys,
        check_hook_exists,
        _mail_backend,
        _database,
    ]
    for examination in examinations:
        examination()


def _database() -> None:
    """With the timeouts of a worker's connections: a database that hangs must not block the start."""
    try:
        with suppress(Error):
            connection.ensure_connection()
            database_timeouts.bound(connection)
            check_encoding()
    finally:
        connection.close()


def _keys() -> None:
    try:
        KeyDirectoryWatcher(settings.AUTH)
    except UnusableKey as error:
        raise StartRefusedError(str(error)) from error
    except OSError as error:
        raise StartRefusedError(f"DATA_DIR: signing keys cannot be read or created there: {error.strerror}") from error


def _mail_backend() -> None:
    try:
        import_string(settings.MAILERS["default"]["BACKEND"])  # type: ignore[misc]  # newer than the stubs
    except ImportError as error:
        raise StartRefusedError("EMAIL_BACKEND cannot be imported; every message would be lost") from error
