from dataclasses import replace

import pytest

from auth.clients.registry import ServiceClients
from auth.clients.secrets import hash_secret
from tests.integration.oauth.calls import Service


@pytest.fixture
def service(application, monkeypatch):
    """A client of the setting SERVICE_CLIENTS, with a secret that only survives if both halves are encoded."""
    known = Service("orders.service-1", "s3cret +%&=:/ä secret")
    clients = ServiceClients({known.client_id: hash_secret(known.secret)})
    monkeypatch.setattr(application, "runtime", replace(application.runtime, service_clients=clients))
    return known
