"""The revocation log: what every worker must stop accepting, in order."""

from django.db import models
from django.db.models.functions import Now


class Revocation(models.Model):
    """One entry, written in the transaction that takes something back.

    It names a session (`sid`), a single token (`jti`), or an account whose `version` and `epoch` have risen.
    `user_id` is no foreign key: the entry outlives a deleted account. `created_at` is the database's clock.
    """

    id = models.BigAutoField(primary_key=True)
    user_id = models.BigIntegerField()
    sid = models.CharField(max_length=36, blank=True)
    jti = models.CharField(max_length=64, blank=True)
    version = models.PositiveBigIntegerField(null=True)
    epoch = models.PositiveBigIntegerField(null=True)
    reason = models.CharField(max_length=32)
    created_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        db_table = "revocations"
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.id} {self.reason}"
