"""The container's entry point: `python -m app.launch.docker`."""

import asyncio
import os
import sys

import django
from django.conf import settings

from app import log_writer
from app.launch import open_files
from app.launch.serve import StartError, check_fitness, import_routes, require_settings, say, server_command


def main() -> None:
    """Replaces this process with uvicorn, or exits with one line per problem."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.production")
    try:
        require_settings()
        django.setup(set_prefix=False)
        check_fitness()
    except StartError as error:
        sys.exit(f"authgate: {error}")
    open_files.raise_limit()
    for doubt in [*settings.SETTINGS_DOUBTS, *open_files.doubts()]:
        say(f"warning: {doubt}")
    import_routes()
    asyncio.run(_check_redis())
    command = server_command(settings.HOST, settings.PORT, settings.WORKERS)
    log_writer.stdout.drain()  # exec would lose what is still queued
    os.execv(command[0], command)  # noqa: S606  our own command, no shell


async def _check_redis() -> None:
    """Workers check this too, but uvicorn restarts failing workers, and its exit code does not show it."""
    from app.checks import StartRefusedError, check_eviction  # needs the settings
    from auth.stores.client import RedisStore

    store = RedisStore.connect(settings.AUTH.redis_url, timeout=settings.AUTH.redis_timeout)
    try:
        await check_eviction(store)
    except StartRefusedError as error:
        sys.exit(f"authgate: {error}")
    finally:
        await store.aclose()


if __name__ == "__main__":
    main()
