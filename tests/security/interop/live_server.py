"""A real server that names itself as issuer, on the migrated database and the Valkey of this run."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from django.db import connection

from tests.e2e.wire.server import Server
from tests.services import Services


@asynccontextmanager
async def serving(services: Services, data_dir: Path, *, workers: int = 1, **variables: str) -> AsyncIterator[Server]:
    """Serves with these settings, and its signing keys under `data_dir`, until the block ends."""
    given = {"DATA_DIR": str(data_dir), "DATABASE_URL": _database_url(services), "RATE_LIMIT_API": "off", **variables}
    server = Server(env=given, workers=workers)
    server.env["JWT_ISSUER"] = server.url
    async with server:
        yield server


def client_of(server: Server) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=server.url, timeout=30)


def _database_url(services: Services) -> str:
    name = str(connection.settings_dict["NAME"])
    return services.postgres.url(name) if services.postgres else f"sqlite:///{name}"
