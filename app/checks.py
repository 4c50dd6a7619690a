"""Checks at startup: what a server must not run with, and how to fix it."""

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
    """The server must not run with this configuration; the message says what to do."""


def check_root_path() -> None:
    """Raises StartRefusedError if the server would serve under a path prefix."""
    if problem := root_path.problem(sys.argv, os.environ):
        raise StartRefusedError(problem)


def check_hook_exists() -> None:
    """Raises StartRefusedError if the hook cannot be imported."""
    if not can_be_hooked(settings.AUTH.claims_hook):
        raise StartRefusedError("JWT_CLAIMS_HOOK cannot be imported; every login would fail")


def check_static_files() -> None:
    """Raises StartRefusedError if the static files of enabled pages were not collected: these would return 500."""
    pages = {"ADMIN_ENABLED": "admin/css/base.css", "DOCS_ENABLED": "ninja/swagger-ui.css"}
    for setting, file in pages.items():
        if not getattr(settings, setting):
            continue
        try:
            static(file)
        except ValueError as error:
            raise StartRefusedError(f"{setting} needs the static files: run manage.py collectstatic") from error


def check_encoding() -> None:
    """Raises StartRefusedError if the database cannot store every name. An unavailable database passes."""
    with suppress(Error):
        if problem := doctor.unfit_encoding(connection):
            raise StartRefusedError(problem)


async def check_eviction(store: RedisStore) -> None:
    """A Redis that evicts keys when its memory is full loses limits and revocations.

    Raises StartRefusedError if settings.REQUIRE_NOEVICTION is on. An unavailable Redis passes, and so does one that
    does not report its policy: our user may lack INFO, and managed services often hide it.
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
