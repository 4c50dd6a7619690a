"""The deployment's identity, which keeps deployments on one Redis apart.

The database has a random id. A copy of the database has the same id, and staging is often restored from a dump of
production. So the deployment's name derives from the id and from the location of the database. A change of the name has
the same effect as emptying Redis. A copy with the same location, such as a disk snapshot of a Postgres server, needs a
new id: `manage.py deployment --new`.
"""

import hashlib
import os
from collections.abc import Callable

from django.db import ProgrammingError, connection

from auth.models import Deployment

_ROW = 1

_CLUSTER_IDENTITY = """
SELECT system_identifier, (SELECT oid FROM pg_database WHERE datname = current_database()) FROM pg_control_system()
"""
"""Replicas have both from their primary, so a failover changes neither; a restored dump lies elsewhere."""


def name(ids: Callable[[], str]) -> str:
    """The deployment's name: 16 hexadecimal digits. Creates the id if there is none; safe for concurrent callers.

    Raises the database's Error.
    """
    text = f"{_id(ids)} {_database_identity()}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def renew(ids: Callable[[], str]) -> None:
    """Generate a new id. Running workers keep the old name until they are restarted. Raises the database's Error."""
    Deployment.objects.update_or_create(pk=_ROW, defaults={"key": ids()})


def _id(ids: Callable[[], str]) -> str:
    row = Deployment.objects.filter(pk=_ROW)
    if not row.exists():
        Deployment.objects.bulk_create([Deployment(pk=_ROW, key=ids())], ignore_conflicts=True)
    return row.get().key


def _database_identity() -> str:
    if connection.vendor == "postgresql":
        return _postgres_identity()
    file = connection.settings_dict["NAME"]
    return _file_identity(str(file))


def _postgres_identity() -> str:
    """Empty without the permission, or on a Postgres derivative without this function."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(_CLUSTER_IDENTITY)
            return " ".join(map(str, cursor.fetchone()))
    except ProgrammingError:
        return ""


def _file_identity(path: str) -> str:
    """Empty for a database in memory."""
    try:
        found = os.stat(path)
    except OSError:
        return ""
    return f"{found.st_dev} {found.st_ino}"
