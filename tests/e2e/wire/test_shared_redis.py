"""Two deployments with databases of their own on one Redis, as staging beside production often is."""

import json
import shutil
from collections import namedtuple

import psycopg
import pytest
import pytest_asyncio

from tests.conftest import bearer, eventually
from tests.e2e.wire import stack as stacks
from tests.e2e.wire.stack import PASSWORD

pytestmark = pytest.mark.long

LIMIT = 5
Pair = namedtuple("Pair", ["production", "staging"])


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def kind(request, services):
    if request.param == "postgres" and services.postgres is None:
        pytest.skip("this run has no Postgres: TEST_DATABASE=sqlite")
    return request.param


@pytest_asyncio.fixture(scope="module")
async def pair(kind, services, tmp_path_factory):
    """Production, and then staging on its Redis, which nobody has told anything."""
    directories = [tmp_path_factory.mktemp(name) for name in ("production", "staging")]
    limits = {"RATE_LIMIT_LOGIN": f"{LIMIT}/minute"}
    async with stacks.running(kind, services, directories[0], **limits) as production:
        shared = {"REDIS_URL": production.env["REDIS_URL"], **limits}
        async with stacks.running(kind, services, directories[1], **shared) as staging:
            yield Pair(production, staging)


async def log_in(client, name, password=PASSWORD):
    return await client.post("/api/auth/login", json={"username": name, "password": password})


async def test_account_1_of_one_is_nobody_to_the_other(pair):
    async with pair.production.client() as ours, pair.staging.client() as theirs:
        name = (await pair.production.register(ours, first_name="Admin"))["user"]["username"]
        await pair.production.shell("user = User.objects.get(); user.is_staff = True; user.save()")
        admin = (await log_in(ours, name)).json()
        assert (await ours.get("/api/auth/admin-only", headers=bearer(admin["access_token"]))).status_code == 200
        plain = await pair.staging.register(theirs, first_name="Plain")
        assert plain["user"]["id"] == admin["user"]["id"]

        for _ in range(5):
            me = await theirs.get("/api/auth/me", headers=bearer(plain["access_token"]))
            rights = await theirs.get("/api/auth/admin-only", headers=bearer(plain["access_token"]))
            assert me.json() == plain["user"]
            assert rights.status_code == 403

        await theirs.post("/api/auth/logout", headers=bearer(plain["access_token"]), json={})
        still = await ours.get("/api/auth/me", headers=bearer(admin["access_token"]))
        assert still.json() == admin["user"]


async def test_the_limits_of_one_are_not_used_up_at_the_other(pair):
    async with pair.production.client() as ours, pair.staging.client() as theirs:
        name = pair.production.new_name()
        same = {"username": name, "email": f"{name}@example.com"}
        ours_id = (await pair.production.register(ours, **same))["user"]["id"]
        assert (await pair.staging.register(theirs, **same))["user"]["id"] == ours_id
        refused = [(await log_in(theirs, name, "wrong")).status_code for _ in range(LIMIT + 1)]
        entered = await log_in(ours, name)

    assert refused == [401] * LIMIT + [429]
    assert entered.status_code == 200


async def test_each_says_in_a_line_that_the_other_is_there(pair):
    ours, theirs = await deployment(pair.production.env), await deployment(pair.staging.env)

    async def both_have_heard():
        return heard(pair.production) and heard(pair.staging)

    await eventually(both_have_heard)
    assert {(line["deployment"], *line["others"]) for line in heard(pair.production)} == {(ours, theirs)}
    assert {(line["deployment"], *line["others"]) for line in heard(pair.staging)} == {(theirs, ours)}
    assert len(heard(pair.staging)) == 2  # one of each worker


async def test_a_copy_of_the_database_is_another_deployment(pair, kind, services, tmp_path):
    """Staging that was made of production's dump."""
    env = pair.production.env
    if kind == "sqlite":
        copy = shutil.copy(pair.production.data_dir / "authgate.sqlite3", tmp_path / "copy.sqlite3")
        copied = {**env, "DATABASE_URL": f"sqlite:///{copy}"}
    else:
        copied = {**env, "DATABASE_URL": services.create_database(f"{pair.production.database}copy")}
        await stacks.manage(copied, "migrate", "--verbosity=0")
        with psycopg.connect(env["DATABASE_URL"]) as original, psycopg.connect(copied["DATABASE_URL"]) as restored:
            row = original.execute("SELECT id, key FROM deployment").fetchone()
            restored.execute("INSERT INTO deployment (id, key) VALUES (%s, %s)", row)

    assert await deployment(copied) != await deployment(env)


async def deployment(env):
    """Its name, as its keys have it."""
    return (await stacks.manage(env, "deployment")).strip().split(":")[1]


def heard(stack):
    lines = [line for line in stack.server.output().splitlines() if '"redis_shared"' in line]
    return [json.loads(line) for line in lines]
