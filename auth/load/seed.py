"""Seeding a run: its service client, its accounts, and the pool of their tokens.

Every step continues what an interrupted call left: run.json is written first, and has what the later steps need.
"""

import os

from django.conf import settings
from django.core.management.base import OutputWrapper
from django.db import transaction

from auth.clients.secrets import hash_secret
from auth.core.database_clock import DatabaseClock
from auth.load import folders, pool
from auth.load.accounts import Accounts
from auth.load.folders import Order
from auth.load.progress import progress
from auth.load.runs import LoadError, RunFile
from auth.models import LoadRun, ServiceClient

_MIN_PER_PROCESS = 2500
"""Sessions: a process takes a second to start."""
_MOST_PROCESSES = 8


def seed(order: Order, *, clock: DatabaseClock, stdout: OutputWrapper) -> int:
    """Make or complete the run, and write its pool; returns the number of sessions in it. Raises LoadError, OSError."""
    with folders.opened(order.folder):
        file = folders.describe(order, now=int(clock.timestamp()))
        run = _start(file)
        accounts = Accounts(run, settings.AUTH, password=file.password, clock=clock)
        with progress("Accounts", total=run.users, stdout=stdout) as advance:
            advance(accounts.next_number())
            accounts.fill(advance)
        with progress("Tokens", total=run.users, stdout=stdout) as advance:
            request = pool.Request(run.pk, run.users, file.password, spread_expiry=order.spread_expiry)
            count = pool.write(order.folder, request, processes=_processes(run), advance=advance)
        LoadRun.objects.filter(pk=run.pk, state=LoadRun.State.SEEDING).update(state=LoadRun.State.READY)
    return count


@transaction.atomic
def _start(file: RunFile) -> LoadRun:
    """The run and its trusted caller, made together. Raises LoadError for one that is being removed."""
    counts = {"users": file.users, "sessions": file.sessions, "client_id": file.client_id}
    run, is_new = LoadRun.objects.select_for_update().get_or_create(name=file.run, defaults=counts)
    if is_new:
        ServiceClient.objects.create(client_id=file.client_id, secret_hash=hash_secret(file.client_secret))
    if run.state == LoadRun.State.REMOVING:
        raise LoadError(f"The run {run.name} is being removed: finish with manage.py load clean {run.name}.")
    run.state = LoadRun.State.SEEDING
    run.save(update_fields=["state"])
    return run


def _processes(run: LoadRun) -> int:
    return max(1, min(os.cpu_count() or 1, _MOST_PROCESSES, run.users * run.sessions // _MIN_PER_PROCESS))
