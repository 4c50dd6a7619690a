"""The deployment's identity, which keeps deployments on one Redis apart.

The database keeps a random id. A copy of the database has the same one, and staging is often made of a dump of
production: so the name of a deployment is made of the id and of the place where the database lies. Whatever changes
the name costs no more than emptying Redis does. What copies the place too, as a snapshot of the disks of a Postgres,
needs a new id: `manage.py deployment --new`.
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
    """The deployment's name: 16 hexadecimal digits. Makes the id if there is none, whoever else does at this moment.

    Raises the database's Error.
    """
    text = f"{_id(ids)} {_database_identity()}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def renew(ids: Callable[[], str]) -> None:
    """Take a new id. Workers that run keep the old name until they are restarted. Raises the database's Error."""
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
    """Empty where we may not ask, or where it is a relative of Postgres that has no such function."""
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
