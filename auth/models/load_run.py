"""Load tests: their runs, and which accounts belong to one."""

from django.conf import settings
from django.db import models
from django.utils.timezone import now


class LoadRun(models.Model):
    """A load test: `users` accounts with `sessions` sessions each, and the service client that sends its calls."""

    class State(models.TextChoices):
        SEEDING = "seeding"
        READY = "ready"
        REMOVING = "removing"

    name = models.CharField(max_length=32, unique=True)
    created_at = models.DateTimeField(default=now)
    users = models.PositiveIntegerField()
    sessions = models.PositiveIntegerField()
    client_id = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=State, default=State.SEEDING)

    class Meta:
        db_table = "load_runs"
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class LoadAccount(models.Model):
    """An account of a run, by its number. Whatever refers to the account belongs to the run as well.

    The names of accounts prove nothing: anyone can register one that looks like a run's.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.DB_CASCADE, related_name="load_account"
    )
    run = models.ForeignKey(LoadRun, on_delete=models.DO_NOTHING, related_name="accounts", db_index=False)
    number = models.PositiveIntegerField()

    class Meta:
        db_table = "load_accounts"
        constraints = (models.UniqueConstraint(fields=["run", "number"], name="load_accounts_run_number"),)

    def __str__(self) -> str:
        return f"{self.run_id} {self.number}"
