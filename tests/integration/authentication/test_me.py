"""GET /api/auth/me."""


async def test_me_shows_the_account_of_the_token(client, account):
    ann = await account(first_name="Ann")

    answer = await client.get("/api/auth/me", headers=ann.bearer)

    assert answer.status_code == 200
    assert answer.json() == {
        "id": ann.user.pk,
        "username": ann.user.username,
        "email": ann.user.email,
        "first_name": "Ann",
        "last_name": "",
        "is_staff": False,
        "is_active": True,
        "date_joined": ann.user.date_joined.isoformat().replace("+00:00", "Z"),
    }
    assert answer.headers["cache-control"] == "no-store"


async def test_without_a_token_there_is_a_challenge_without_an_error(client):
    answer = await client.get("/api/auth/me")

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="authgate"'
