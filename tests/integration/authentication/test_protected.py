"""GET /api/auth/protected."""

from datetime import UTC, datetime, timedelta

from tests.conftest import bearer


async def test_it_greets_the_user_of_the_token(client, account):
    ann = await account()

    answer = await client.get("/api/auth/protected", headers=ann.bearer)

    assert answer.status_code == 200
    assert answer.json().keys() == {"message", "user_id", "timestamp"}
    assert answer.json()["user_id"] == ann.user.pk
    assert ann.user.username in answer.json()["message"]


async def test_the_timestamp_is_now_in_utc(client, account):
    ann = await account()
    before = datetime.now(UTC)

    text = (await client.get("/api/auth/protected", headers=ann.bearer)).json()["timestamp"]

    moment = datetime.fromisoformat(text)
    assert moment.utcoffset() == timedelta(0)
    assert before - timedelta(seconds=1) <= moment <= datetime.now(UTC) + timedelta(seconds=1)


async def test_without_a_token_it_is_closed(client):
    answer = await client.get("/api/auth/protected")

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="authgate"'


async def test_with_a_bad_token_it_is_closed(client):
    answer = await client.get("/api/auth/protected", headers=bearer("x"))

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="authgate", error="invalid_token"'
