"""A handler of views of every kind, on threads of its own."""

import asyncio
from typing import Any

import pytest

from app.django_handler.threads import DatabaseThreads
from tests.integration.django_handler.asgi_requests import make_handler
from tests.integration.django_handler.exchanges import Connection
from tests.integration.django_handler.urls import seen


@pytest.fixture
def threads():
    threads = DatabaseThreads(2, limit=100)
    yield threads
    threads.close()


@pytest.fixture
def handler(threads, settings):
    return make_handler(threads, settings)


@pytest.fixture
async def left_behind() -> dict[str, Any]:
    """What views leave behind."""
    seen.clear()
    seen.update(started=asyncio.Event(), loop=asyncio.get_running_loop())
    return seen


@pytest.fixture
async def connect():
    """Makes connections to an application; each is closed in the end."""
    made: list[Connection] = []

    def connect(app: Any) -> Connection:
        made.append(Connection(app))
        return made[-1]

    yield connect
    for connection in made:
        await connection.close()
