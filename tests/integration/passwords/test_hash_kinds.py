"""Which kinds of hashes the accounts have, and that every login pays for all of them."""

from collections import Counter
from contextlib import suppress

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.hashers import (
    Argon2PasswordHasher,
    MD5PasswordHasher,
    PBKDF2PasswordHasher,
    ScryptPasswordHasher,
    get_hasher,
    make_password,
)
from django.db import OperationalError

from auth.errors import ServiceUnavailable
from auth.models import User
from auth.passwords import kinds as hash_kinds
from auth.passwords.kinds import MOST, HashKinds, Kind
from auth.passwords.pool import PasswordPool, PasswordRefused, Verified
from settings import base
from tests.conftest import PASSWORD, at_work, eventually, unique_name
from tests.integration.calls import try_login
from tests.integration.passwords.encoded import argon2, pbkdf2, scrypt
from tests.unit.clock import FakeClock

pytestmark = pytest.mark.long

BCRYPT = "bcrypt_sha256$$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW"


@pytest.fixture
def real_hashers(settings):
    settings.PASSWORD_HASHERS = base.PASSWORD_HASHERS


@pytest.fixture
def work(monkeypatch):
    """What is hashed, whoever does it: iterations of PBKDF2, hashes of Argon2 and scrypt by their memory."""
    done: Counter[str] = Counter()

    def spy(hasher, cost):
        stock = hasher.encode

        def encode(*arguments):
            done.update([cost(*arguments)])
            return "x"

        monkeypatch.setattr(hasher, "encode", encode)
        return stock

    def iterations(hasher, _, __, count=None):
        done["pbkdf2"] += count or hasher.iterations
        return "calls"

    spy(PBKDF2PasswordHasher, iterations)
    spy(ScryptPasswordHasher, lambda hasher, _, __, n=None, *___: f"scrypt {n or hasher.work_factor}")
    spy(Argon2PasswordHasher, lambda hasher, *_: f"argon2 {hasher.memory_cost}")
    monkeypatch.setattr(
        Argon2PasswordHasher,
        "verify",
        lambda hasher, _, encoded: bool(done.update([f"argon2 {hasher.decode(encoded)['memory_cost']}"])),
    )
    return done


@sync_to_async
def account(encoded):
    user = User.objects.create_user(unique_name("import"))
    User.objects.filter(pk=user.pk).update(password=encoded)
    return user


@sync_to_async
def delete(*users):
    User.objects.filter(pk__in=[user.pk for user in users]).delete()


IMPORTED = [pbkdf2(1000), pbkdf2(3000), argon2(64), scrypt(1024)]
OWN = "argon2$argon2id$v=19$m=19456,t=2,p=1$YS1zYWx0LW9mLXNpeHRlZW4$aGFzaA"


@pytest.mark.parametrize("stored", [None, "!unusable", "", "gibberish", "pbkdf2_sha256$x", BCRYPT, OWN, *IMPORTED])
async def test_whatever_is_stored_the_same_work_is_done(real_hashers, work, stored):
    """By unknown names too."""
    pool = PasswordPool(threads=1, queue=8)
    for encoded in IMPORTED:
        pool.kinds.meet(Kind.of(encoded))
    work.clear()

    with pytest.raises(PasswordRefused):
        await pool.verify("wrong", stored)
    pool.close()

    assert {name: count for name, count in work.items() if name != "calls"} == {
        "pbkdf2": 3000,
        "argon2 64": 1,
        "argon2 19456": 1,
        "scrypt 1024": 1,
    }


@pytest.mark.parametrize("password", ["wrong", PASSWORD])
async def test_the_right_password_of_an_outdated_hash_costs_what_a_wrong_one_costs(real_hashers, monkeypatch, password):
    encoded, calls = pbkdf2(1000), []
    pool = PasswordPool(threads=1, queue=8)
    stock = Argon2PasswordHasher.encode

    def encode(*args):
        calls.append(1)
        return stock(*args)

    monkeypatch.setattr(Argon2PasswordHasher, "encode", encode)

    rehashed = None
    with suppress(PasswordRefused):
        rehashed = (await pool.verify(password, encoded)).rehashed
    pool.close()

    assert len(calls) == 1
    assert (rehashed is not None) == (password == PASSWORD)


async def test_the_table_says_which_kinds_there_are(real_hashers):
    users = [await account(encoded) for encoded in (pbkdf2(1000), pbkdf2(2000), argon2(128), scrypt(1024), BCRYPT)]
    kinds = HashKinds()
    await sync_to_async(kinds.look)()
    found = {(kind.algorithm, kind.iterations) for kind in kinds.unpaid(None)}
    assert {("argon2", 0), ("pbkdf2_sha256", 2000), ("scrypt", 0)} <= found
    assert Kind.of(argon2(128)) in kinds.unpaid(None)

    await delete(*users)
    await sync_to_async(kinds.look)()
    assert Kind.of(argon2(128)) not in kinds.unpaid(None)


async def test_the_table_is_looked_through_in_windows(real_hashers, monkeypatch):
    monkeypatch.setattr(hash_kinds, "WINDOW", 2)
    users = [await account(encoded) for encoded in ("!", pbkdf2(1000), "junk", "junk", "!", argon2(128), pbkdf2(1000))]
    kinds = HashKinds()
    await sync_to_async(kinds.look)()
    await delete(*users)

    assert {Kind.of(argon2(128)), Kind.of(pbkdf2(1000))} <= set(kinds.unpaid(None))


async def test_what_cannot_be_read_is_told_of_when_it_is_found(real_hashers, caplog):
    user = await account(BCRYPT)
    await sync_to_async(HashKinds().look)()
    await delete(user)

    assert "unreadable_password_hash" in [record.msg["event"] for record in caplog.records]
    assert BCRYPT[-20:] not in caplog.text


async def test_a_login_with_a_hash_that_cannot_be_read_is_refused_and_told_of(client, caplog):
    user = await account(BCRYPT)

    assert (await try_login(client, user.username)).status_code == 401
    await delete(user)

    logged = [record.msg for record in caplog.records if record.msg["event"] == "unreadable_password_hash"]
    assert {entry["level"] for entry in logged} == {"error"}
    assert BCRYPT[-20:] not in caplog.text


def test_an_import_of_many_kinds_costs_a_bounded_number(real_hashers):
    kinds = HashKinds()
    for memory in range(64, 64 + 3 * MOST):
        kinds.meet(Kind("argon2", (("time_cost", 1), ("memory_cost", memory), ("parallelism", 1))))

    assert len(kinds.unpaid(None)) == MOST + 1


async def test_an_outage_is_told_of_and_made_up_for(real_hashers, caplog, monkeypatch):
    monkeypatch.setattr(hash_kinds, "RETRY_SECONDS", 0.01)
    kinds, failures = HashKinds(), [OperationalError()]
    stock = kinds.look

    def look():
        if failures:
            raise failures.pop()
        stock()
        looked.append(1)

    looked: list[int] = []
    monkeypatch.setattr(kinds, "look", look)
    async with at_work(kinds):

        async def has_looked():
            return looked

        await eventually(has_looked)

    assert "hash_kinds_unknown" in [record.msg["event"] for record in caplog.records]


@pytest.mark.parametrize("encoded", [pbkdf2(1000), argon2(64), scrypt(1024)])
def test_to_spend_a_kind_makes_hashes_of_it(real_hashers, encoded, monkeypatch):
    made = []
    kind = Kind.of(encoded)
    hasher = type(get_hasher(kind.algorithm))
    stock = hasher.encode

    def encode(*args):
        made.append(stock(*args))
        return made[-1]

    monkeypatch.setattr(hasher, "encode", encode)
    kind.spend("any")

    assert [Kind.of(text) for text in made] == [kind]


async def test_hashes_of_today_alone_cost_one_hash(real_hashers, work):
    pool = PasswordPool(threads=1, queue=8)
    with pytest.raises(PasswordRefused):
        await pool.verify("x", None)
    pool.close()

    assert {name: count for name, count in work.items() if name != "calls"} == {"argon2 19456": 1}


async def test_a_right_password_is_still_right(real_hashers):
    pool = PasswordPool(threads=1, queue=8)
    pool.kinds.meet(Kind.of(pbkdf2(1000)))

    assert await pool.verify(PASSWORD, make_password(PASSWORD)) == Verified(None)
    pool.close()


async def test_where_hashes_take_long_fewer_may_wait():
    """Nobody waits for longer than LONGEST_WAIT."""
    clock = FakeClock()
    pool = PasswordPool(threads=2, queue=256, clock=clock)
    for _ in range(2):
        await pool.submit(clock.advance, 3.0)  # what a hash takes

    pool.waiting = 6
    await pool.submit(clock.advance, 3.0)  # it begins in 9 seconds
    pool.waiting = 8
    with pytest.raises(ServiceUnavailable):
        await pool.verify(PASSWORD, None)  # that would begin in 12
    pool.close()


def test_md5_of_the_tests_has_a_kind():
    assert Kind.of(MD5PasswordHasher().encode("x", "salt")) == Kind("md5", ())
