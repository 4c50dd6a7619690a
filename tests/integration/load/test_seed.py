"""manage.py load seed: what it makes is what the server would have made."""

import stat
import time

import pytest
from asgiref.sync import sync_to_async

from auth.load import accounts, pool, rows
from auth.models import LoadAccount, LoadRun, ServiceClient, Session, User
from tests.conftest import bearer
from tests.integration.calls import claims, me, refresh, try_login


async def test_every_account_is_there_once_with_its_sessions(seeded):
    run = await seeded("--users", "5", "--sessions", "2")

    names = [f"load-{run.name}-{number}" for number in range(5)]
    assert [name async for name in _people(run).values_list("username", flat=True)] == names
    assert [entry["username"] for entry in run.pool] == [name for name in names for _ in range(2)]
    assert len({entry["sid"] for entry in run.pool}) == 10
    assert await Session.objects.filter(user__load_account__run__name=run.name).acount() == 10
    assert await LoadRun.objects.filter(name=run.name, state="ready", users=5, sessions=2).aexists()


def _people(run):
    return User.objects.filter(load_account__run__name=run.name).order_by("load_account__number")


async def test_the_tokens_are_accepted_and_can_be_refreshed(seeded, client):
    run = await seeded("--users", "2", "--sessions", "2")

    for entry in run.pool:
        answer = await me(client, entry["access_token"])
        assert (answer.status_code, answer.json()["username"]) == (200, entry["username"])
        rotated = await refresh(client, entry["refresh_token"])
        assert rotated.status_code == 200
        assert (await me(client, rotated.json()["access_token"])).status_code == 200


async def test_an_account_logs_in_with_the_password_of_the_pool(seeded, client):
    run = await seeded("--users", "2")

    for entry in run.pool:
        assert (await try_login(client, entry["username"], password=entry["password"])).status_code == 200


async def test_all_accounts_share_one_hash_of_a_password_that_no_other_run_has(seeded):
    run = await seeded("--users", "4")

    [password] = {entry["password"] for entry in run.pool}
    [encoded] = {encoded async for encoded in _people(run).values_list("password", flat=True)}
    assert len(password) >= 32
    assert password not in encoded


async def test_the_pool_says_of_each_token_what_its_claims_say(seeded):
    run = await seeded("--users", "3", "--sessions", "2")

    assert run.table == [{name: str(value) for name, value in entry.items()} for entry in run.pool]
    for entry in run.pool:
        access, renewal = claims(entry["access_token"]), claims(entry["refresh_token"])
        assert tuple(entry) == pool.FIELDS
        assert access["sid"] == renewal["sid"] == entry["sid"]
        assert access["sub"] == renewal["sub"] == str(entry["user_id"])
        assert access["gen"] == renewal["gen"] == access["epoch"] == access["version"] == 0
        assert access["exp"] == entry["expires_at"] <= entry["session_expires_at"]
        assert entry["refresh_at"] == access["iat"] + int(0.8 * (access["exp"] - access["iat"]))


async def test_a_session_of_the_pool_is_as_a_login_makes_it(seeded, account):
    run = await seeded("--users", "1")
    other = await Session.objects.aget(user=(await account()).user)
    mine = await Session.objects.aget(pk=run.pool[0]["sid"])

    own = {"id", "user_id", "created_at", "rotated_at", "last_used_at", "expires_at", "ip_address", "user_agent"}
    columns = {field.attname for field in Session._meta.concrete_fields} - own
    assert {name: getattr(mine, name) for name in columns} == {name: getattr(other, name) for name in columns}
    assert mine.expires_at - mine.rotated_at == other.expires_at - other.rotated_at
    assert mine.rotated_at == mine.last_used_at == mine.created_at.replace(microsecond=0)
    assert run.name in mine.user_agent


async def test_an_account_of_the_pool_is_as_create_user_makes_it(seeded):
    run = await seeded("--users", "1")
    mine = await _people(run).aget()
    other = await sync_to_async(User.objects.create_user)(
        f"{mine.username}-b", email=f"b-{mine.email}", first_name="Load", last_name="Test"
    )

    own = {"id", "username", "username_key", "email", "email_key", "password", "date_joined"}
    columns = {field.attname for field in User._meta.concrete_fields} - own
    assert {name: getattr(mine, name) for name in columns} == {name: getattr(other, name) for name in columns}
    assert (mine.username_key, mine.email_key) == (mine.username, mine.email)


async def test_only_the_owner_can_read_what_is_secret(seeded):
    run = await seeded("--users", "1")

    assert stat.S_IMODE(run.folder.stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in run.folder.iterdir()}
    assert modes == dict.fromkeys(["run.json", "pool.jsonl", "pool.csv"], 0o600)


async def test_nothing_secret_is_printed(seeded):
    run = await seeded("--users", "1")

    [entry] = run.pool
    assert str(run.folder) in run.shown
    secrets = [entry["password"], entry["access_token"], entry["refresh_token"], run.run_file["client_secret"]]
    assert [secret for secret in secrets if secret in run.shown] == []


async def test_the_run_has_a_trusted_caller_of_its_own(seeded, client, runtime):
    run = await seeded("--users", "1")
    [entry] = run.pool
    caller = (run.run_file["client_id"], run.run_file["client_secret"])
    await runtime.service_clients.read()

    answer = await client.post("/api/oauth/introspect", data={"token": entry["access_token"]}, auth=caller)

    assert (answer.status_code, answer.json()["active"]) == (200, True)
    assert caller[0] == f"load-{run.name}"
    assert await ServiceClient.objects.filter(client_id=caller[0]).aexists()


async def test_run_json_says_which_server_the_run_is_of(seeded, settings):
    run = await seeded("--users", "2", "--sessions", "3")

    file = run.run_file
    assert (file["run"], file["users"], file["sessions"]) == (run.name, 2, 3)
    assert (file["issuer"], file["base_url"]) == (settings.AUTH.issuer, "")
    assert len(file["deployment"]) == 16
    assert abs(file["created_at"] - time.time()) < 3600


async def test_without_being_spread_all_tokens_are_new(seeded):
    run = await seeded("--users", "3")

    assert all(claims(entry["access_token"])["iat"] >= run.run_file["created_at"] for entry in run.pool)


async def test_spread_tokens_become_due_one_after_the_other_and_none_is_due_already(seeded, settings, client):
    run = await seeded("--users", "60", "--spread-expiry")
    now, life = time.time(), settings.AUTH.access_lifetime.total_seconds()

    due = sorted(entry["refresh_at"] for entry in run.pool)
    assert due[0] > now - 60
    assert due[-1] <= now + life
    assert due[-1] - due[0] > life / 3
    assert (await client.get("/api/auth/me", headers=bearer(run.pool[0]["access_token"]))).status_code == 200


async def test_seeding_again_writes_tokens_of_the_current_generation(seeded, client):
    """After a test, or once the tokens have expired."""
    first = (await seeded("--users", "2")).pool
    rotated = (await refresh(client, first[0]["refresh_token"])).json()

    run = await seeded("--users", "2")

    again = run.pool
    assert [entry["sid"] for entry in again] == [entry["sid"] for entry in first]
    assert [claims(entry["refresh_token"])["gen"] for entry in again] == [1, 0]
    assert again[0]["refresh_token"] == rotated["refresh_token"]
    assert again[1]["refresh_token"] == first[1]["refresh_token"]
    assert again[0]["password"] == first[0]["password"]
    assert await LoadAccount.objects.filter(run__name=run.name).acount() == 2


async def test_a_session_that_has_ended_is_left_out_and_counted(seeded, client):
    first = (await seeded("--users", "2")).pool
    await client.post("/api/auth/logout", headers=bearer(first[0]["access_token"]))

    run = await seeded("--users", "2")

    assert [entry["sid"] for entry in run.pool] == [first[1]["sid"]]
    assert "1 sessions of the run have ended" in run.shown


@pytest.mark.parametrize("batches", [0, 1, 2])
async def test_an_interrupted_seed_is_continued(seeded, monkeypatch, batches):
    """At a batch of accounts: what was stored stays, and nothing is made twice."""
    monkeypatch.setattr(accounts, "BATCH", 2)
    store = rows.insert
    stored: list[int] = []

    def interrupted(new):
        if isinstance(new[0], Session) and len(stored) == batches:
            raise KeyboardInterrupt
        store(new)
        stored.extend([1] if isinstance(new[0], Session) else [])

    with monkeypatch.context() as patch:
        patch.setattr(rows, "insert", interrupted)
        with pytest.raises(Exception, match=r"^Interrupted\. The same command continues"):
            await seeded("--users", "5", "--sessions", "2")

    run = await seeded("--users", "5", "--sessions", "2")

    assert len(run.pool) == 10
    assert [name async for name in _people(run).values_list("username", flat=True)] == [
        f"load-{run.name}-{number}" for number in range(5)
    ]
    assert len({encoded async for encoded in _people(run).values_list("password", flat=True)}) == 1
