"""A user of Redis with the rights that docs/operations.md lists, and no others."""

import re
from pathlib import Path

import pytest
from structlog.testing import capture_logs

import auth
from auth.clients.secrets import hash_secret
from tests.conftest import PASSWORD, bearer, client_of, limited, registration, serving, unique_address
from tests.docs.documents import code_blocks, read
from tests.integration.calls import change_password, logout, me, refresh, try_login
from tests.integration.oauth.calls import Service
from tests.integration.stores import valkeys
from tests.security.hardening.valkey import QUOTAS, TIMEOUT

SERVICE = Service("orders", "a secret of a service, thirty-two bytes")
[RULE] = [block.strip() for block in code_blocks(read("docs/operations.md"), "redis")]
SCRIPTS = sorted(Path(auth.__file__).parent.rglob("*.lua"))


@pytest.fixture
def valkey(tmp_path):
    with valkeys.running(tmp_path / "valkey") as server:
        yield server


def test_the_rule_lists_the_commands_of_the_scripts_and_what_runs_them():
    used = {word.lower() for path in SCRIPTS for word in re.findall(r"redis\.call\('(\w+)'", path.read_text())}

    assert set(re.findall(r"\+([\w|]+)", RULE)) == used | {"eval", "evalsha", "select", "time"}


async def test_everything_works_with_it(settings, valkey):
    valkey.admin.execute_command(*RULE.replace(">password", ">secret").split())
    url = f"redis://authgate:secret@127.0.0.1:{valkey.port}/0"
    changes = {"policies": limited(settings.AUTH, **QUOTAS), "redis_timeout": TIMEOUT}
    services = {SERVICE.client_id: hash_secret(SERVICE.secret)}
    with capture_logs() as lines:
        async with (
            serving(settings, redis_url=url, service_clients=services, **changes) as application,
            client_of(application, address=unique_address()) as client,
        ):
            statuses = [status async for status in _flow(client)]
            is_up = application.runtime.store.is_available

    assert statuses == [200, 201, 200, 401, 401, 200, 200, 200, 200, 200, 200, 200, 200, 401]
    assert is_up
    told = [line["event"] for line in lines if line["log_level"] in ("warning", "error")]
    assert told == ["eviction_policy_unknown"]


async def _flow(client):
    """Every script that there is, and what each answers."""
    yield (await client.get("/health/ready")).status_code
    registered = await client.post("/api/auth/register", json=registration())
    yield registered.status_code
    name, token = registered.json()["user"]["username"], registered.json()["access_token"]
    yield (await me(client, token)).status_code
    yield (await try_login(client, name, "not the password")).status_code
    yield (await try_login(client, name, "not the password")).status_code
    entered = await try_login(client, name, PASSWORD)
    yield entered.status_code
    renewed = await refresh(client, entered.json()["refresh_token"])
    yield renewed.status_code
    token = renewed.json()["access_token"]
    yield (await me(client, token)).status_code
    asked = await client.post("/api/auth/ws-ticket", headers=bearer(token))
    yield asked.status_code
    ticket = {"ticket": asked.json()["ticket"]}
    yield (
        await client.post("/api/oauth/ws-ticket/redeem", data=ticket, auth=(SERVICE.client_id, SERVICE.secret))
    ).status_code
    changed = await change_password(client, token)
    yield changed.status_code
    token = changed.json()["access_token"]
    yield (await client.get("/api/auth/sessions", headers=bearer(token))).status_code
    yield (await logout(client, token)).status_code
    yield (await me(client, token)).status_code
