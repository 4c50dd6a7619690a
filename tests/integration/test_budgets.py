"""What each route may cost, as docs/architecture.md promises."""

import pytest

from auth.core.policies import LIMITS, Policies
from tests.conftest import PASSWORD, client_of, registration, serving, unique_address
from tests.integration.calls import logout, me, refresh, try_login
from tests.integration.costs import costs_of

EVERY_LIMIT = Policies.of({name: limit.default for name, limit in LIMITS.items()})


@pytest.fixture
async def served(settings):
    """A client of an application with every limit on, whose scripts Redis knows."""
    async with serving(settings, policies=EVERY_LIMIT) as served, client_of(served, address=unique_address()) as client:
        wanted = registration()
        body = (await client.post("/api/auth/register", json=wanted)).json()
        await logout(client, (await try_login(client, wanted["username"], PASSWORD)).json()["access_token"])
        await refresh(client, body["refresh_token"])
        await me(client, body["access_token"])
        yield client, body


@pytest.fixture
def cost():
    return costs_of


async def test_me_is_one_redis_command_and_no_sql_once_cached(served, cost):
    client, body = served

    costs = await cost(lambda: me(client, body["access_token"]))

    assert costs.redis == ["EVALSHA"]
    assert costs.sql == []


async def test_every_further_me_costs_the_same(served, cost):
    client, body = served

    async def ten():
        for _ in range(10):
            assert (await me(client, body["access_token"])).status_code == 200

    costs = await cost(ten)

    assert costs.redis == ["EVALSHA"] * 10
    assert costs.sql == []
    assert costs.threads == 0


@pytest.mark.parametrize("query", ["", "?require=staff"])
async def test_a_proxy_s_question_costs_as_much_as_me(served, cost, query):
    client, body = served
    headers = {"Authorization": f"Bearer {body['access_token']}"}

    async def ten():
        for _ in range(10):
            answer = await client.get(f"/api/auth/verify{query}", headers=headers)
            assert answer.status_code == (403 if query else 200)

    costs = await cost(ten)

    assert (costs.redis, costs.sql, costs.threads) == (["EVALSHA"] * 10, [], 0)


async def test_the_costs_are_counted(served, cost):
    """What makes the zeros above mean something: an uncached session does cost SQL and further commands."""
    client, body = served
    fresh = (await try_login(client, body["user"]["username"])).json()["access_token"]

    costs = await cost(lambda: me(client, fresh))

    assert costs.redis == ["EVALSHA"] * 3
    assert len(costs.sql) == 2


async def test_a_protected_route_costs_as_much_as_me(served, cost):
    client, body = served
    headers = {"Authorization": f"Bearer {body['access_token']}"}

    costs = await cost(lambda: client.get("/api/auth/protected", headers=headers))

    assert (costs.redis, costs.sql) == (["EVALSHA"], [])


@pytest.mark.parametrize("token", ["x", "a.b.c", "x" * 4097])
async def test_a_malformed_token_costs_no_round_trip(served, cost, token):
    client, _ = served

    costs = await cost(lambda: me(client, token))

    assert (costs.redis, costs.sql) == ([], [])


async def test_a_login_is_two_redis_commands_and_two_statements(served, cost):
    client, body = served

    costs = await cost(lambda: try_login(client, body["user"]["username"]))

    assert costs.redis == ["EVALSHA"] * 2
    assert len(costs.sql) == 2


async def test_a_wrong_password_is_two_redis_commands_and_one_statement(served, cost):
    client, body = served
    await try_login(client, body["user"]["username"], "not the password")  # Redis knows the scripts from here on

    costs = await cost(lambda: try_login(client, body["user"]["username"], "not the password"))

    assert costs.redis == ["EVALSHA"] * 2
    assert len(costs.sql) == 1


async def test_over_the_limit_a_login_costs_one_statement(served, cost):
    client, body = served
    for _ in range(10):
        await try_login(client, body["user"]["username"], "not the password")

    costs = await cost(lambda: try_login(client, body["user"]["username"]))

    assert costs.redis == ["EVALSHA"]
    assert len(costs.sql) == 1  # whose name it is: an account is one, by its username or its address


async def test_a_refresh_is_one_redis_command_and_two_statements(served, cost):
    client, body = served
    pair = (await try_login(client, body["user"]["username"])).json()

    costs = await cost(lambda: refresh(client, pair["refresh_token"]))

    assert costs.redis == ["EVALSHA"]
    assert len(costs.sql) == 2


async def test_a_logout_is_two_redis_round_trips(served, cost):
    client, body = served

    costs = await cost(lambda: logout(client, body["access_token"]))

    assert costs.redis == ["EVALSHA"] * 3  # the last two go together


async def test_an_unauthenticated_request_costs_nothing(served, cost):
    client, _ = served

    costs = await cost(lambda: client.get("/api/auth/me"))

    assert (costs.redis, costs.sql) == ([], [])
