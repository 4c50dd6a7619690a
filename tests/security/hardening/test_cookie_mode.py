"""Cookie mode: the refresh token where scripts cannot read it."""

import pytest

from tests.conftest import PASSWORD, registration

COOKIE = "__Host-authgate-refresh"
ASKING = {"Authgate-Token-Mode": "cookie", "Origin": "http://localhost:3000"}


@pytest.fixture
async def entered(client):
    """The answer of a registration in cookie mode."""
    return await client.post("/api/auth/register", json=registration(), headers=ASKING)


def cookie_of(answer):
    return answer.headers["set-cookie"].split(";")[0].split("=", 1)[1]


async def test_the_refresh_token_is_in_the_cookie_alone(entered):
    assert entered.status_code == 201
    assert entered.json()["refresh_token"] is None
    assert len(cookie_of(entered)) > 100


@pytest.mark.parametrize("attribute", ["HttpOnly", "Secure", "SameSite=Strict", "Path=/"])
async def test_the_cookie_is_bound(entered, attribute):
    assert attribute in entered.headers["set-cookie"].split("; ")


async def test_the_cookie_refreshes(client, entered):
    headers = {**ASKING, "Cookie": f"{COOKIE}={cookie_of(entered)}"}

    answer = await client.post("/api/auth/refresh", headers=headers)

    assert answer.status_code == 200
    assert answer.json()["refresh_token"] is None
    assert cookie_of(answer) != cookie_of(entered)


@pytest.mark.parametrize("modes", [["bogus"], [""], ["cookie, cookie"], ["x", "cookie"], ["cookie", "cookie"]], ids=str)
@pytest.mark.parametrize("route", ["register", "login", "refresh"])
async def test_another_mode_is_refused_and_no_token_handed_out(client, modes, route):
    body = registration()
    first = (await client.post("/api/auth/register", json=body)).json()
    sent = {"register": registration(), "login": body, "refresh": {"refresh_token": first["refresh_token"]}}[route]
    fields = [("Origin", ASKING["Origin"]), *[("Authgate-Token-Mode", mode) for mode in modes]]

    answer = await client.post(f"/api/auth/{route}", json=_login(sent) if route == "login" else sent, headers=fields)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert (await client.post("/api/auth/refresh", json={"refresh_token": first["refresh_token"]})).status_code == 200


def _login(body):
    return {"username": body["username"], "password": body["password"]}


@pytest.mark.parametrize("mode", ["cookie", "Cookie", " cookie\t"])
async def test_the_mode_is_read_in_any_case_and_without_whitespace(client, mode):
    fields = {**ASKING, "Authgate-Token-Mode": mode}

    answer = await client.post("/api/auth/register", json=registration(), headers=fields)

    assert (answer.status_code, answer.json()["refresh_token"]) == (201, None)


async def test_a_foreign_page_cannot_use_the_cookie(client, entered):
    headers = {**ASKING, "Origin": "https://evil.example", "Cookie": f"{COOKIE}={cookie_of(entered)}"}

    answer = await client.post("/api/auth/refresh", headers=headers)

    assert (answer.status_code, answer.json()["error"]) == (403, "forbidden_origin")


async def test_without_an_origin_the_cookie_is_not_read(client, entered):
    headers = {"Authgate-Token-Mode": "cookie", "Cookie": f"{COOKIE}={cookie_of(entered)}"}

    assert (await client.post("/api/auth/refresh", headers=headers)).status_code == 403


async def test_without_the_header_the_cookie_is_not_read(client, entered):
    headers = {"Origin": ASKING["Origin"], "Cookie": f"{COOKIE}={cookie_of(entered)}"}

    assert (await client.post("/api/auth/refresh", headers=headers)).status_code == 422


async def test_without_a_cookie_there_is_nothing_to_refresh(client):
    answer = await client.post("/api/auth/refresh", headers=ASKING)

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_grant")


async def test_bearer_mode_sets_no_cookie(client):
    answer = await client.post("/api/auth/register", json=registration())

    assert "set-cookie" not in answer.headers
    assert answer.json()["refresh_token"]


async def test_the_servers_own_pages_may_use_it(client):
    headers = {**ASKING, "Origin": "http://testserver"}

    assert (await client.post("/api/auth/register", json=registration(), headers=headers)).status_code == 201


async def test_a_login_from_a_foreign_page_costs_nothing(client):
    body = {"username": "nobody", "password": PASSWORD}

    answer = await client.post("/api/auth/login", json=body, headers={**ASKING, "Origin": "null"})

    assert answer.status_code == 403


async def test_logout_takes_the_cookie_away(client, entered):
    headers = {**ASKING, "Authorization": f"Bearer {entered.json()['access_token']}"}

    answer = await client.post("/api/auth/logout", headers=headers)

    assert answer.status_code == 200
    assert "Max-Age=0" in answer.headers["set-cookie"]


async def test_a_logout_from_a_foreign_page_ends_nothing(client, entered):
    bearer = {"Authorization": f"Bearer {entered.json()['access_token']}"}

    answer = await client.post("/api/auth/logout", headers={**ASKING, **bearer, "Origin": "https://evil.example"})

    assert answer.status_code == 403
    assert (await client.get("/api/auth/me", headers=bearer)).status_code == 200


async def test_the_cookie_opens_no_route(client, entered):
    headers = {**ASKING, "Cookie": f"{COOKIE}={cookie_of(entered)}"}

    assert (await client.get("/api/auth/me", headers=headers)).status_code == 401


async def test_a_refresh_token_in_the_body_is_not_read_in_cookie_mode(client):
    token = (await client.post("/api/auth/register", json=registration())).json()["refresh_token"]

    answer = await client.post("/api/auth/refresh", json={"refresh_token": token}, headers=ASKING)

    assert answer.status_code == 401


async def test_a_new_password_brings_a_new_cookie(client, entered):
    new = f"new {PASSWORD}"
    body = {"old_password": PASSWORD, "new_password": new, "new_password_confirm": new}
    headers = {**ASKING, "Authorization": f"Bearer {entered.json()['access_token']}"}

    answer = await client.post("/api/auth/change-password", json=body, headers=headers)

    assert answer.status_code == 200
    assert answer.json()["refresh_token"] is None
    assert cookie_of(answer) != cookie_of(entered)


async def test_a_browser_is_allowed_to_ask_for_it(client):
    asked = {"Origin": ASKING["Origin"], "Access-Control-Request-Method": "POST"}
    headers = {**asked, "Access-Control-Request-Headers": "authgate-token-mode,content-type"}

    answer = await client.options("/api/auth/refresh", headers=headers)

    assert "authgate-token-mode" in answer.headers["access-control-allow-headers"]
