"""Passwords that wait for their turn."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.application import Application
from tests.conftest import eventually


@asynccontextmanager
async def hashing_held_up(application: Application) -> AsyncIterator[None]:
    """Inside, no password is hashed, by an application with one hashing thread; what waits for it goes on at the end.

    What holds the thread up takes one of the queue's places.
    """
    gate = threading.Event()
    holding = asyncio.create_task(application.runtime.passwords.submit(gate.wait, 10))
    await asyncio.sleep(0)
    try:
        yield
    finally:
        gate.set()
        await holding


async def waiting_for_a_hash(application: Application, count: int = 1) -> None:
    """Until so many passwords wait, besides what holds the thread up."""

    async def are_waiting() -> bool:
        return application.runtime.passwords.waiting == count + 1

    await eventually(are_waiting)
