"""Work on the ORM's threads, as requests do it."""

from asgiref.sync import sync_to_async

from app.django_handler.thread_context import ThreadContext


async def call(threads, work, *args):
    """One request that does one piece of work."""
    with ThreadContext(threads.lease):
        return await sync_to_async(work)(*args)
