"""Checks at the start: what no server must run on, each with what to do about it."""

import os
import sys
from contextlib import suppress

import structlog
from django.conf import settings
from django.db import Error, connection
from django.templatetags.static import static

from app import root_path
from auth.errors import ServiceUnavailable
from auth.maintenance import doctor
from auth.sessions.claims import can_be_hooked
from auth.stores.client import RedisStore

log = structlog.get_logger("authgate.checks")


class StartRefusedError(RuntimeError):
    """Something is set up in a way that no server must run on; the message says what to do."""


def check_root_path() -> None:
    """Raises StartRefusedError for a server that would put a prefix before every path."""
    if problem := root_path.problem(sys.argv, os.environ):
        raise StartRefusedError(problem)


def check_hook_exists() -> None:
    """Raises StartRefusedError for a hook that cannot be imported."""
    if not can_be_hooked(settings.AUTH.claims_hook):
        raise StartRefusedError("JWT_CLAIMS_HOOK cannot be imported; every login would fail")


def check_static_files() -> None:
    """Raises StartRefusedError where pages are served whose files were never collected: they would answer 500."""
    pages = {"ADMIN_ENABLED": "admin/css/base.css", "DOCS_ENABLED": "ninja/swagger-ui.css"}
    for setting, file in pages.items():
        if not getattr(settings, setting):
            continue
        try:
            static(file)
        except ValueError as error:
            raise StartRefusedError(f"{setting} needs the static files: run manage.py collectstatic") from error


def check_encoding() -> None:
    """Raises StartRefusedError for a database that cannot hold every name. One that does not answer passes."""
    with suppress(Error):
        if problem := doctor.unfit_encoding(connection):
            raise StartRefusedError(problem)


async def check_eviction(store: RedisStore) -> None:
    """A Redis that drops keys when its memory is full drops limits, and what it knows of revocations.

    Raises StartRefusedError where settings.REQUIRE_NOEVICTION says so. A Redis that does not answer passes, and so does
    one that does not say: our user may lack INFO, and services that run Redis for others often do not tell.
    """
    with suppress(ServiceUnavailable):
        policy = await store.eviction_policy()
        if policy is None:
            log.warning("eviction_policy_unknown")
        elif policy != "noeviction" and settings.REQUIRE_NOEVICTION:
            raise StartRefusedError(
                f"Redis evicts keys when memory is full (maxmemory-policy {policy}); set maxmemory-policy noeviction"
            )
        elif policy != "noeviction":
            log.warning("redis_evicts", maxmemory_policy=policy)
