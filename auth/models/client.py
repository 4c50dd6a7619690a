"""Service clients: resource servers, gateways, WebSocket services."""

from django.db import models
from django.utils.timezone import now


class ServiceClient(models.Model):
    """A confidential client (RFC 6749 §2.1). Of its secret only a hash is kept."""

    client_id = models.CharField(max_length=64, unique=True)
    secret_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=now)

    class Meta:
        db_table = "service_clients"
        ordering = ("client_id",)

    def __str__(self) -> str:
        return self.client_id
