"""Which deployment this database belongs to."""

from django.db import models


class Deployment(models.Model):
    """One row: a random id that keeps deployments apart on a shared Redis (auth/maintenance/deployment.py)."""

    key = models.CharField(max_length=32)

    class Meta:
        db_table = "deployment"

    def __str__(self) -> str:
        return self.key
