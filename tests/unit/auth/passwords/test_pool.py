"""The hash pool: off the loop, bounded, exact, and the same work whoever asks."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, get_hasher, identify_hasher, make_password

from auth.errors import ValidationFailed
from auth.models import User
from auth.passwords.pool import PasswordPool, PasswordRefused, Verified
from settings import base
from tests.conftest import PASSWORD
from tests.unit.auth.passwords.hashers import CountingHasher
from tests.unit.auth.passwords.refusals import is_refused, refused_fields

COMPOSED, COMBINING = "correct café staple", "correct cafe\u0301 staple"
ODD = {
    "spaces around": "  correct horse battery staple  ",
    "a composed accent": COMPOSED,
    "a combining accent": COMBINING,
    "emoji": "👩‍💻🏳️‍🌈🔋📎🐎 horse",
    "right to left": "סוס נכון סוללה סיכה",
    "controls": "correct\thorse\nbattery\x07staple",
    "1024 characters": "correct horse " + "🐎" * 1010,
}


@pytest.fixture
def pool():
    pool = PasswordPool(threads=2, queue=8)
    yield pool
    pool.close()


@pytest.fixture
def real_hashers(settings):
    settings.PASSWORD_HASHERS = base.PASSWORD_HASHERS


@pytest.fixture
def counted(settings):
    settings.PASSWORD_HASHERS = ["tests.unit.auth.passwords.hashers.CountingHasher"]
    CountingHasher.hashed.clear()
    return CountingHasher.hashed


async def test_the_right_password_is_verified(pool):
    assert await pool.verify(PASSWORD, make_password(PASSWORD)) == Verified(None)


@pytest.mark.parametrize("wrong", [PASSWORD[:-1], PASSWORD.upper(), f"{PASSWORD} ", ""])
async def test_a_wrong_password_is_not(pool, wrong):
    assert await is_refused(pool, wrong, make_password(PASSWORD))


@pytest.mark.parametrize("encoded", [None, "", "!", "!unusable", "gibberish", "unknown$1$2$3"])
async def test_without_a_usable_hash_no_password_is_right(pool, encoded):
    assert await is_refused(pool, PASSWORD, encoded)


@pytest.mark.parametrize("encoded", [None, "!unusable", "gibberish"])
async def test_without_a_usable_hash_the_same_work_is_done(pool, counted, encoded):
    known = make_password("other")
    counted.clear()
    await is_refused(pool, PASSWORD, known)
    await is_refused(pool, PASSWORD, encoded)

    assert len(counted) == 2


def _encoded(algorithm: str, cost: int) -> Any:
    hasher: Any = get_hasher(algorithm)
    return hasher.encode(PASSWORD, "a-salt-of-sixteen", cost)


async def test_a_new_password_gets_argon2id_with_the_parameters_of_owasp(pool, real_hashers):
    encoded = await pool.hash_new(PASSWORD, User(username="ann"))

    assert "$argon2id$v=19$m=19456,t=2,p=1$" in encoded


async def test_a_password_is_hashed_with_a_salt_of_its_own(pool, real_hashers):
    assert await pool.hash_new(PASSWORD, User()) != await pool.hash_new(PASSWORD, User())


@pytest.mark.parametrize(("algorithm", "cost"), [("pbkdf2_sha256", 1000), ("pbkdf2_sha1", 1000), ("scrypt", 1024)])
async def test_an_older_hash_is_accepted_and_replaced(pool, real_hashers, algorithm, cost):
    verified = await pool.verify(PASSWORD, _encoded(algorithm, cost))

    assert identify_hasher(verified.rehashed).algorithm == "argon2"
    assert await pool.verify(PASSWORD, verified.rehashed) == Verified(None)


async def test_a_hash_of_weaker_parameters_is_replaced(pool, real_hashers):
    hasher = Argon2PasswordHasher()
    hasher.memory_cost, hasher.time_cost, hasher.parallelism = 8192, 1, 1
    weak = hasher.encode(PASSWORD, "a-salt-of-sixteen")

    assert "m=19456,t=2,p=1" in (await pool.verify(PASSWORD, weak)).rehashed


async def test_a_wrong_password_is_never_rehashed(pool, real_hashers):
    encoded = _encoded("pbkdf2_sha256", 1000)

    assert await is_refused(pool, "wrong", encoded)


@pytest.mark.parametrize("name", ODD)
async def test_any_unicode_is_a_password(pool, real_hashers, name):
    assert await pool.verify(ODD[name], await pool.hash_new(ODD[name], User())) == Verified(None)


@pytest.mark.parametrize(("chosen", "typed"), [(COMPOSED, COMBINING), (COMBINING, COMPOSED)])
async def test_composed_and_combining_characters_are_one_password(pool, real_hashers, chosen, typed):
    assert await pool.verify(typed, await pool.hash_new(chosen, User())) == Verified(None)


@pytest.mark.parametrize(("chosen", "typed"), [(COMPOSED, COMBINING), (COMBINING, COMPOSED)])
def test_what_django_hashes_and_checks_itself_is_one_password_too(real_hashers, chosen, typed):
    user = User()
    user.set_password(chosen)

    assert user.check_password(typed)
    assert not user.check_password(f"{typed}x")


async def test_an_older_hash_of_what_was_typed_is_right_and_replaced(pool, real_hashers):
    raw = Argon2PasswordHasher().encode(COMBINING, "a-salt-of-sixteen")

    assert await is_refused(pool, COMPOSED, raw)
    verified = await pool.verify(COMBINING, raw)
    assert await pool.verify(COMPOSED, verified.rehashed) == Verified(None)


@pytest.mark.parametrize("typed", [COMPOSED, COMBINING])
async def test_each_spelling_costs_a_hash_whoever_asks(pool, counted, typed):
    """Of an unknown account, a wrong password, a right one, and one that is right of an account that is disabled."""
    hashes = [None, "!unusable", "gibberish", make_password("other"), make_password(COMPOSED)]
    costs = []
    for encoded in hashes:
        counted.clear()
        with suppress(PasswordRefused):
            await pool.verify(typed, encoded)
        costs.append(len(counted))

    assert set(costs) == {len({typed, COMPOSED})}


@pytest.mark.parametrize("change", [str.upper, str.strip, lambda text: text.replace("é", "e"), lambda text: f"{text} "])
async def test_nothing_else_of_a_password_is_forgiven(pool, real_hashers, change):
    encoded = await pool.hash_new(f"  {COMPOSED} ①", User())

    assert await is_refused(pool, change(f"  {COMPOSED} ①"), encoded)
    assert await is_refused(pool, f"  {COMPOSED} 1", encoded)


async def test_the_last_of_1024_characters_counts(pool, real_hashers):
    encoded = await pool.hash_new(ODD["1024 characters"], User())

    assert await is_refused(pool, ODD["1024 characters"][:-1] + "x", encoded)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short-9ch", "password_too_short"),
        ("x" * 1025, "password_too_long"),
        ("qwertyuiop", "password_too_common"),
        ("annabelle-smith", "password_too_similar"),
        ("annabelle@mail.example", "password_too_similar"),
    ],
)
async def test_a_new_password_that_breaks_a_rule_is_refused_by_its_code(pool, password, code):
    user = User(username="annabelle-smith", email="annabelle@mail.example")

    assert ("new_password", code) in await refused_fields(pool, password, user)


async def test_a_refusal_never_repeats_the_password(pool):
    with pytest.raises(ValidationFailed) as refused:
        await pool.hash_new("hunter2", User())

    assert "hunter2" not in str(refused.value.details)


async def test_a_password_that_is_refused_is_not_hashed(pool, counted):
    await refused_fields(pool, "short")

    assert counted == []


async def test_the_loop_goes_on_while_hashes_are_made(pool, real_hashers):
    hashing = asyncio.gather(*(pool.hash_new(PASSWORD, User()) for _ in range(6)))
    turns = 0
    while not hashing.done():
        turns += 1
        await asyncio.sleep(0)

    assert turns > 100
    assert len(await hashing) == 6
