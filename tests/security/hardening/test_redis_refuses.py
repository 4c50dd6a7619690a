"""A Redis that answers, but with a refusal that does not end by itself: as good as away, until somebody mends it."""

import asyncio
import threading
from pathlib import Path

import pytest
import redis
from structlog.testing import capture_logs

from tests.conftest import bearer, client_of, eventually, limited, registration, serving, unique_address
from tests.integration.calls import me, refresh, try_login
from tests.integration.stores import valkeys
from tests.pace import within
from tests.security.hardening.valkey import QUOTAS, TIMEOUT

pytestmark = pytest.mark.long

HEALED_WITHIN = 2.0
"""Seconds."""

_OPTIONS = ["--cluster-enabled", "yes", "--busy-reply-threshold", "50", "--enable-protected-configs", "yes"]


@pytest.fixture(scope="module")
def valkey(tmp_path_factory):
    """A cluster of one node, so that it can be in every state that there is."""
    directory = tmp_path_factory.mktemp("refusing") / "valkey"
    with valkeys.running(directory, *_OPTIONS) as server:
        take_slots(server.admin)
        yield server


@pytest.fixture(scope="module")
def lone(tmp_path_factory):
    """A server that can become a replica, which a node of a cluster cannot."""
    with valkeys.running(tmp_path_factory.mktemp("lone") / "valkey") as server:
        yield server


def set_to(name, value):
    return lambda admin: admin.config_set(name, value)


def command(*words):
    return lambda admin: admin.execute_command(*words)


def take_slots(admin):
    """All of them. A node serves what it has after a while only."""
    admin.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
    valkeys.until(lambda: admin.cluster("INFO")["cluster_state"] == "ok")


def spin(admin):
    """Somebody's script that does not end."""
    port = admin.connection_pool.connection_kwargs["port"]

    def run():
        with redis.Redis(port=port) as other:
            try:
                other.eval("while true do end", 0)
            except redis.ResponseError:  # killed
                return

    threading.Thread(target=run, daemon=True).start()


def fill_disk(admin):
    """It cannot save: its directory is gone."""
    directory = admin.config_get("dir")["dir"]
    gone = Path(directory) / "gone"
    gone.mkdir()
    admin.config_set("dir", str(gone))
    gone.rmdir()
    admin.config_set("save", "3600 1")
    admin.bgsave()
    valkeys.until(lambda: admin.info("persistence")["rdb_last_bgsave_status"] == "err")
    admin.config_set("dir", directory)


def lock(admin):
    """Another password, and whoever was there has to come again."""
    admin.execute_command("ACL", "SETUSER", "default", "resetpass", ">another")
    admin.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")


def orphan(admin):
    admin.config_set("replica-serve-stale-data", "no")
    admin.replicaof("127.0.0.1", "1")


def adopt(admin):
    admin.replicaof("NO", "ONE")
    admin.config_set("replica-serve-stale-data", "yes")


STATES = {
    "OOM": (set_to("maxmemory", "1"), set_to("maxmemory", "0")),
    "MISCONF": (fill_disk, set_to("save", "")),
    "NOREPLICAS": (set_to("min-replicas-to-write", "1"), set_to("min-replicas-to-write", "0")),
    "CLUSTERDOWN": (
        command("CLUSTER", "DELSLOTSRANGE", 0, 16383),
        take_slots,
    ),
    "NOPERM": (command("ACL", "SETUSER", "default", "-@write"), command("ACL", "SETUSER", "default", "+@all")),
    "NOAUTH": (lock, command("ACL", "SETUSER", "default", "nopass")),
    "BUSY": (spin, command("SCRIPT", "KILL")),
}
LONE_STATES = {
    "READONLY": (command("REPLICAOF", "127.0.0.1", "1"), command("REPLICAOF", "NO", "ONE")),
    "MASTERDOWN": (orphan, adopt),
}


@pytest.fixture(params=[*STATES, *LONE_STATES])
def state(request, valkey, lone):
    """Its name, a server, and how to bring it about and to mend it."""
    name = request.param
    server, (spoil, mend) = (valkey, STATES[name]) if name in STATES else (lone, LONE_STATES[name])
    return name, server, spoil, mend


@pytest.fixture
async def application(settings, state):
    policies = limited(settings.AUTH, **QUOTAS)
    changes = {"redis_url": state[1].url, "redis_timeout": TIMEOUT, "policies": policies, "workers": 2}
    async with serving(settings, **changes) as application:
        yield application


@pytest.fixture
async def client(application):
    async with client_of(application, address=unique_address()) as client:
        yield client


async def test_it_is_an_outage_and_no_more_and_ends_when_it_is_mended(application, client, state):
    name, server, spoil, mend = state
    body = (await client.post("/api/auth/register", json=registration())).json()
    token = body["access_token"]
    assert (await me(client, token)).status_code == 200
    assert (await client.get("/health/ready")).status_code == 200

    with capture_logs() as lines:
        spoil(server.admin)
        try:

            async def is_noticed():
                return (await client.get("/health/ready")).status_code == 503

            await eventually(is_noticed)
            seen = await asyncio.gather(*(me(client, token) for _ in range(30)))
            entered = await try_login(client, body["user"]["username"])
            renewed = await refresh(client, body["refresh_token"])
            forged = await me(client, f"{token[:-4]}AAAA")
            ticket = await client.post("/api/auth/ws-ticket", headers=bearer(token))
            ready = await client.get("/health/ready")
            is_up = application.runtime.store.is_available
        finally:
            mend(server.admin)

        async def is_healed():
            answer = await client.post("/api/auth/ws-ticket", headers=bearer(renewed.json()["access_token"]))
            return answer.status_code == 200 and (await client.get("/health/ready")).status_code == 200

        await within(HEALED_WITHIN, is_healed)

    assert {answer.status_code for answer in seen} == {200}
    assert (entered.status_code, renewed.status_code, forged.status_code) == (200, 200, 401)
    assert (ticket.status_code, ticket.json()["error"]) == (503, "service_unavailable")
    assert (ready.status_code, ready.json()["details"]["redis"]) == (503, "unavailable")
    assert not is_up
    told = [line for line in lines if line["event"] in ("redis_unavailable", "redis_available")]
    assert [line["event"] for line in told] == ["redis_unavailable", "redis_available"]
    assert told[0]["cause"] == name


async def test_without_calls_an_outage_is_noticed_stays_one_and_ends(settings, lone):
    async with serving(settings, redis_url=lone.url, redis_timeout=TIMEOUT) as application:
        store = application.runtime.store
        assert store.is_available
        lone.admin.replicaof("127.0.0.1", "1")
        try:

            async def is_up():
                return store.is_available

            async def is_down():
                return not store.is_available

            await eventually(is_down)
            readings = [store.is_available for _ in range(40) if await asyncio.sleep(0.05, result=True)]
        finally:
            lone.admin.replicaof("NO", "ONE")
        await within(HEALED_WITHIN, is_up)

    assert not any(readings)
