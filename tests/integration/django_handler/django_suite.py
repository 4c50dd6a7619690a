"""Runs Django's own tests/asgi against our handler: `python -m …django_handler.django_suite TESTS [declared]`.

TESTS is the `tests` directory of Django's source distribution. These tests send a body without saying so in the fields
of the request; with `declared`, they do say so. Prints one JSON object: how many tests ran, and the names of those that
did not pass.
"""

import io
import json
import sys
import unittest
from typing import Any

import django
import django.contrib.staticfiles.handlers  # before the swap: it only wraps the handler
from django.conf import settings
from django.core import asgi
from django.core.handlers import asgi as handlers
from django.test import AsyncRequestFactory
from django.test.utils import setup_test_environment


def main(directory: str, *, declared: bool) -> None:
    settings.configure(
        SECRET_KEY="of-a-test",
        MIDDLEWARE=["django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware"],
        INSTALLED_APPS=["django.contrib.staticfiles"],
        STATIC_URL="static/",
    )
    django.setup()
    setup_test_environment()
    _swap_in_our_handler()
    if declared:
        _declare_bodies()
    sys.path.insert(0, directory)
    suite = unittest.defaultTestLoader.loadTestsFromName("asgi.tests")
    result = unittest.TextTestRunner(stream=io.StringIO()).run(suite)
    unfit = sorted(test.id().rpartition(".")[2] for test, _ in result.failures + result.errors)
    print(json.dumps({"ran": result.testsRun, "skipped": len(result.skipped), "unfit": unfit}))


def _swap_in_our_handler() -> None:
    """It is what Django's tests then import as ASGIHandler, subclass, and get from get_asgi_application()."""
    from app.django_handler.handler import LeanHandler
    from app.django_handler.threads import DatabaseThreads

    threads = DatabaseThreads(4, limit=1000)

    class ASGIHandler(LeanHandler):
        def __init__(self) -> None:
            super().__init__(threads)

    handlers.ASGIHandler = asgi.ASGIHandler = ASGIHandler  # type: ignore[misc, attr-defined]


def _declare_bodies() -> None:
    factory: Any = AsyncRequestFactory
    scope_of = factory._base_scope

    def declaring(self: AsyncRequestFactory, **request: Any) -> dict[str, Any]:
        scope = scope_of(self, **request)
        if not any(name == b"content-length" for name, _ in scope["headers"]):
            scope["headers"] = [*scope["headers"], (b"transfer-encoding", b"chunked")]
        return scope

    factory._base_scope = declaring


if __name__ == "__main__":
    main(sys.argv[1], declared="declared" in sys.argv[2:])
