"""GET /health/live and /health/ready."""

from datetime import timedelta

import pytest

from tests.conftest import client_of, serving


async def test_a_running_process_is_alive(client):
    answer = await client.get("/health/live")

    assert answer.status_code == 200
    assert answer.json() == {"status": "alive"}


async def test_with_its_stores_it_is_ready(client):
    answer = await client.get("/health/ready")

    assert answer.status_code == 200
    assert answer.json()["status"] == "ready"


@pytest.fixture
async def without_redis(settings, tmp_path):
    changes = {"redis_url": f"unix://{tmp_path}/nobody.sock", "redis_timeout": timedelta(milliseconds=200)}
    async with serving(settings, **changes) as application, client_of(application) as client:
        yield client


async def test_without_redis_it_is_alive(without_redis):
    assert (await without_redis.get("/health/live")).status_code == 200


async def test_without_redis_it_is_not_ready_and_says_so(without_redis):
    answer = await without_redis.get("/health/ready")

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["error"] == "service_unavailable"
    assert answer.json()["details"]["redis"] == "unavailable"
    assert answer.json()["details"]["database"] == "ok"


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE", "OPTIONS"])
async def test_health_is_read_only(client, method, path):
    answer = await client.request(method, path)

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"
    assert answer.json()["error"] == "method_not_allowed"


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
async def test_health_answers_head(client, path):
    assert (await client.head(path)).status_code == 200
