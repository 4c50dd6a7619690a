"""The revocation log: what every worker must stop accepting, in order."""

from django.db import models
from django.db.models.functions import Now


class Revocation(models.Model):
    """One entry, written in the same transaction as the revocation.

    It names a session (`sid`), a single token (`jti`), or an account whose `version` was incremented. If it
    `ends_sessions`, the `epoch` was incremented too, which ends all sessions except `kept`.

    `position` is its number in the log, in commit order; null until it is numbered (revocation/numbering.py).
    `user_id` is not a foreign key: the entry outlives a deleted account. `created_at` is the database's clock.
    """

    id = models.BigAutoField(primary_key=True)
    user_id = models.BigIntegerField()
    sid = models.CharField(max_length=36, blank=True)
    jti = models.CharField(max_length=64, blank=True)
    version = models.PositiveBigIntegerField(null=True)
    epoch = models.PositiveBigIntegerField(null=True)
    # Defaults of the database: workers of the release before write rows without these columns.
    ends_sessions = models.BooleanField(db_default=True)
    kept = models.CharField(max_length=36, blank=True, db_default="")
    reason = models.CharField(max_length=32)
    created_at = models.DateTimeField(db_default=Now(), db_index=True)
    position = models.BigIntegerField(null=True, unique=True, editable=False)

    class Meta:
        db_table = "revocations"
        ordering = ("id",)
        indexes = (models.Index(fields=["id"], condition=models.Q(position=None), name="revocations_unnumbered"),)

    def __str__(self) -> str:
        return f"{self.id} {self.reason}"


class RevocationHead(models.Model):
    """One row: the last assigned `position`. A worker that numbers entries locks it."""

    position = models.BigIntegerField(default=0)

    class Meta:
        db_table = "revocation_head"

    def __str__(self) -> str:
        return str(self.position)
