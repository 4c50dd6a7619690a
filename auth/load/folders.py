"""The folder of a run, opened for seeding, and what run.json in it must say."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from django.conf import settings

from auth.clients.secrets import new_secret
from auth.core.run_names import client_name
from auth.load.runs import SECRET_FILES, LoadError, RunFile, draft_of
from auth.maintenance import deployment
from auth.models import LoadRun, ServiceClient

_NAMES = {"run.json", *(draft_of(Path(name)).name for name in SECRET_FILES)}
"""What an interrupted first call can leave in the folder."""


@dataclass(frozen=True, slots=True)
class Order:
    """The run that is wanted. `folder` is its own."""

    run: str
    users: int
    sessions: int
    folder: Path
    base_url: str
    spread_expiry: bool


def this_deployment() -> str:
    """The name by which run.json tells this server's runs from those of others."""
    return deployment.name(partial(secrets.token_hex, 16))


@contextmanager
def opened(folder: Path) -> Iterator[None]:
    """The folder, made if it is missing, and locked: one call at a time. Raises LoadError, OSError."""
    folder.mkdir(mode=0o700, exist_ok=True)
    with _locked(folder):
        try:
            yield
        finally:
            if not any(folder.iterdir()):
                folder.rmdir()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        raise LoadError(f"Another process is seeding into {folder}: wait until it ends.") from error
    try:
        yield
    finally:
        os.close(lock)


def describe(order: Order, *, now: int) -> RunFile:
    """run.json of an opened folder, as it was or new. Raises LoadError when the folder or the name has another use."""
    here = this_deployment()
    known = LoadRun.objects.filter(name=order.run).exists()
    if (order.folder / "run.json").exists():
        file = _compared(RunFile.read(order.folder), order, here)
    elif known:
        raise LoadError(
            f"The run {order.run} exists, but {order.folder} does not hold it: name its folder with --directory, or"
            f" remove the run with manage.py load clean {order.run}."
        )
    else:
        file = _new_file(order, here, now)
    if not known:
        _require_unused(order)
    order.folder.chmod(0o700)
    file.write(order.folder)
    return file


def _compared(file: RunFile, order: Order, here: str) -> RunFile:
    """Raises LoadError when the folder holds another run than the wanted one."""
    if file.deployment != here:
        raise LoadError(
            f"{order.folder} holds a run of another server ({file.deployment}; this one is {here}): name another folder"
            " with --directory."
        )
    if (file.run, file.users, file.sessions) != (order.run, order.users, order.sessions):
        raise LoadError(
            f"{order.folder} holds the run {file.run} with --users {file.users} --sessions {file.sessions}: repeat"
            f" these, or remove it first with manage.py load clean {file.run}."
        )
    return replace(file, base_url=order.base_url or file.base_url, issuer=settings.AUTH.issuer)


def _new_file(order: Order, here: str, now: int) -> RunFile:
    return RunFile(
        run=order.run,
        deployment=here,
        issuer=settings.AUTH.issuer,
        base_url=order.base_url,
        created_at=now,
        users=order.users,
        sessions=order.sessions,
        client_id=client_name(order.run),
        client_secret=new_secret(secrets.token_bytes),
        password=secrets.token_urlsafe(24),
    )


def _require_unused(order: Order) -> None:
    """Raises LoadError when a new run would mix with something else."""
    if others := {path.name for path in order.folder.iterdir()} - _NAMES:
        raise LoadError(
            f"{order.folder} holds other files ({', '.join(sorted(others)[:3])}): move them away, or name another"
            " folder with --directory."
        )
    client = client_name(order.run)
    if client in settings.AUTH.service_clients or ServiceClient.objects.filter(client_id=client).exists():
        raise LoadError(f"There is a service client {client} already: choose another name with --run, or remove it.")
