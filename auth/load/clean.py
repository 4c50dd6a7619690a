"""Removing a run: its accounts, its service client, and its secrets on disk."""

import shutil
from collections.abc import Callable
from pathlib import Path

from django.db import transaction

from auth.load.runs import SECRET_FILES, TOKENS, LoadError, RunFile, draft_of
from auth.models import LoadAccount, LoadRun, ServiceClient, User
from auth.revocation.model_signals import deletions_logged_together

BATCH = 500


def find(name: str) -> LoadRun:
    """Raises LoadError for an unknown run."""
    run = LoadRun.objects.filter(name=name).first()
    if run is None:
        raise LoadError(f"There is no run {name}: see manage.py load list.")
    return run


def remove(run: LoadRun, *, advance: Callable[[int], None]) -> None:
    """Delete it from the database, in batches; an interrupted call is continued by the next.

    Deletions are logged as those of any account are, so that no worker accepts their tokens for longer than a second.
    The entries stay in the revocation log as long as its readers may need them.
    """
    _begin(run)
    accounts = LoadAccount.objects.filter(run=run).order_by("number").values_list("pk", flat=True)
    while keys := list(accounts[:BATCH]):
        with deletions_logged_together():
            User.objects.filter(pk__in=keys).delete()
        advance(len(keys))
    run.delete()


@transaction.atomic
def _begin(run: LoadRun) -> None:
    """From here on no seeding adds a batch, and the run's own caller is refused."""
    LoadRun.objects.filter(pk=run.pk).update(state=LoadRun.State.REMOVING)
    ServiceClient.objects.filter(client_id=run.client_id).delete()


def remove_files(folder: Path, *, run: str, deployment: str) -> bool:
    """Delete what is secret, if the folder holds this run; outcomes and reports stay. Raises OSError."""
    if not (folder / "run.json").exists():
        return False
    file = RunFile.read(folder)
    if (file.run, file.deployment) != (run, deployment):
        return False
    if (folder / TOKENS).is_dir():
        shutil.rmtree(folder / TOKENS)
    for path in [folder / name for name in SECRET_FILES]:
        draft_of(path).unlink(missing_ok=True)
        path.unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()
    return True
