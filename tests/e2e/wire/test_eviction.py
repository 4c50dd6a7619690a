"""A Redis that drops keys when its memory is full."""

from dataclasses import replace

import pytest
import redis

from app.application import Application
from app.checks import StartRefusedError
from app.launch import valkey
from tests.conftest import client_of, serving
from tests.e2e.wire.production import start

pytestmark = pytest.mark.long


@pytest.fixture
def evicting(tmp_path):
    """The address of a real server that drops the least used keys."""
    server = valkey.start(tmp_path)
    with redis.Redis.from_url(server.url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
    yield server.url
    server.stop()


async def test_it_is_refused_where_settings_say_so(settings, evicting):
    settings.REQUIRE_NOEVICTION = True

    with pytest.raises(StartRefusedError, match=r"maxmemory-policy allkeys-lru\); set maxmemory-policy noeviction$"):
        async with serving(settings, redis_url=evicting):
            pass


async def test_the_server_is_told_in_one_line(settings, evicting, capsys):
    settings.REQUIRE_NOEVICTION = True
    settings.AUTH = replace(settings.AUTH, redis_url=evicting)
    sent = []

    async def receive():
        return {"type": "lifespan.startup"}

    async def send(message):
        sent.append(message)

    await Application()({"type": "lifespan"}, receive, send)

    [failure] = sent
    assert failure["type"] == "lifespan.startup.failed"
    assert failure["message"].startswith("authgate: Redis evicts keys")
    assert "\n" not in failure["message"]
    assert "Traceback" not in capsys.readouterr().out


async def test_elsewhere_it_serves_all_the_same(settings, evicting):
    async with serving(settings, redis_url=evicting) as application, client_of(application) as client:
        assert (await client.get("/health/ready")).status_code == 200


async def test_without_redis_a_server_starts_but_is_not_ready(settings, tmp_path):
    settings.REQUIRE_NOEVICTION = True
    nowhere = f"unix://{tmp_path}/nothing.sock"

    async with serving(settings, redis_url=nowhere) as application, client_of(application) as client:
        assert (await client.get("/health/live")).status_code == 200
        answer = await client.get("/health/ready")

    assert answer.status_code == 503
    assert answer.json()["details"]["redis"] == "unavailable"


def test_a_container_ends_before_any_worker_starts(evicting):
    run = start("-m", "app.launch.docker", REDIS_URL=evicting, WORKERS="2")

    assert run.returncode == 1
    [line] = run.stderr.splitlines()
    assert line.startswith("authgate: Redis evicts keys")
    assert run.stdout == ""
