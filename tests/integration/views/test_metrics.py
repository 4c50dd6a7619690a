"""GET /metrics: for whoever has the token, and about all that was asked."""

import pytest

from app.application import Application
from app.metrics import publisher
from tests.conftest import PASSWORD, bearer, client_of, eventually

TOKEN = "a-token-for-prometheus-0123456789"


@pytest.fixture
async def metered(settings, tmp_path, monkeypatch):
    """A client of an application that posts often, into a directory of its own."""
    monkeypatch.setattr(publisher, "POST_SECONDS", 0.01)
    settings.METRICS_DIR = tmp_path / "metrics"
    application = Application()
    async with application.running(), client_of(application) as client:
        yield client


async def test_it_tells_of_requests_and_events(metered, account):
    user = (await account()).user
    await metered.post("/api/auth/login", json={"username": user.username, "password": PASSWORD})
    await metered.post("/api/auth/login", json={"username": user.username, "password": "wrong"})
    await metered.get("/api/auth/secret-in-the-path")

    async def posted():
        answer = await metered.get("/metrics")
        return answer if "unmatched" in answer.text else None

    answer = await eventually(posted)
    lines = answer.text.splitlines()
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'authgate_request_seconds_count{method="POST",route="api/auth/login",status="200"} 1.0' in lines
    assert 'authgate_request_seconds_count{method="POST",route="api/auth/login",status="401"} 1.0' in lines
    assert 'authgate_request_seconds_count{method="GET",route="unmatched",status="404"} 1.0' in lines
    assert 'authgate_security_events_total{type="login_failed"} 1.0' in lines
    assert "secret-in-the-path" not in answer.text
    assert user.username not in answer.text


@pytest.mark.parametrize("headers", [{}, bearer("wrong"), {"Authorization": f"Basic {TOKEN}"}, bearer(TOKEN + "=")])
async def test_without_the_token_it_tells_nothing(metered, settings, headers):
    settings.METRICS_TOKEN = TOKEN

    answer = await metered.get("/metrics", headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith('Bearer realm="authgate"')
    assert "authgate_" not in answer.text


async def test_the_token_opens_it_whatever_the_host(metered, settings):
    settings.METRICS_TOKEN = TOKEN

    answer = await metered.get("/metrics", headers=bearer(TOKEN) | {"Host": "10.0.0.5:8000"})

    assert (answer.status_code, "authgate_redis_up" in answer.text) == (200, True)


async def test_a_directory_that_takes_nothing_stops_no_answer(settings, tmp_path):
    (tmp_path / "file").touch()
    settings.METRICS_DIR = tmp_path / "file" / "metrics"
    application = Application()

    async with application.running(), client_of(application) as client:
        assert (await client.get("/health/ready")).status_code == 200
        assert (await client.get("/metrics")).status_code == 200


async def test_switched_off_nothing_is_posted(settings, tmp_path):
    settings.METRICS_ENABLED, settings.METRICS_DIR = False, tmp_path / "metrics"
    application = Application()

    async with application.running():
        pass
    assert not settings.METRICS_DIR.exists()
