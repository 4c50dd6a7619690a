"""A running server follows its directory of keys without a restart."""

import jwt
import pytest

from auth.signing_keys import directory as keystore
from tests.conftest import client_of, eventually, serving
from tests.integration.calls import me, published_keys, refresh
from tests.integration.sessions.calls import register
from tests.integration.signing_keys.support import added
from tests.pace import within

pytestmark = pytest.mark.long

FOLLOW = 5.0  # seconds
EMERGENCY = 1.0


@pytest.fixture
async def own(settings, tmp_path):
    """An application with a directory of keys of its own, and a client of it."""
    async with serving(settings, keys_dir=tmp_path / "keys") as application, client_of(application) as client:
        yield application, client


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "keys"


def kid_of(token):
    return jwt.get_unverified_header(token)["kid"]


async def promoted(client, directory, pair):
    """A new key that signs, once the server does so; and the pair that it signed."""
    kid = added(directory)
    keystore.promote(directory, kid, algorithm="ES256", now=2.0)

    async def signed_by_it():
        pair.update((await refresh(client, pair["refresh_token"])).json())
        return kid_of(pair["access_token"]) == kid

    await within(FOLLOW, signed_by_it)
    return kid


async def test_a_new_key_is_published_within_seconds(own, directory):
    _, client = own
    kid = added(directory)

    async def is_published():
        return kid in await published_keys(client)

    await within(FOLLOW, is_published)


async def test_a_promoted_key_signs_within_seconds(own, directory):
    _, client = own
    pair = await register(client)

    assert await promoted(client, directory, pair) == kid_of(pair["access_token"])


async def test_a_token_of_the_former_key_is_good(own, directory):
    _, client = own
    old = await register(client)
    await promoted(client, directory, dict(old))

    assert (await me(client, old["access_token"])).status_code == 200


async def test_tokens_of_a_removed_key_are_refused_within_a_second(own, directory):
    _, client = own
    old = await register(client)
    await promoted(client, directory, dict(old))
    keystore.remove(directory, kid_of(old["access_token"]))

    async def is_refused():
        return (await me(client, old["access_token"])).status_code == 401

    await within(EMERGENCY, is_refused)


async def test_tokens_of_the_key_that_remains_are_good_all_the_time(own, directory):
    _, client = own
    old = await register(client)
    pair = dict(old)
    await promoted(client, directory, pair)
    keystore.remove(directory, kid_of(old["access_token"]))
    statuses = set()

    async def the_other_is_refused():
        statuses.add((await me(client, pair["access_token"])).status_code)
        return (await me(client, old["access_token"])).status_code == 401

    await eventually(the_other_is_refused)

    assert statuses == {200}


async def test_a_removed_key_is_published_no_more(own, directory):
    _, client = own
    old = await register(client)
    kid = await promoted(client, directory, dict(old))
    keystore.remove(directory, kid_of(old["access_token"]))

    async def is_alone():
        return await published_keys(client) == [kid]

    await within(FOLLOW, is_alone)


async def test_a_refresh_token_outlives_the_key_of_its_access_token(own, directory):
    _, client = own
    old = await register(client)
    other = await register(client)
    await promoted(client, directory, other)
    keystore.remove(directory, kid_of(old["access_token"]))

    assert (await refresh(client, old["refresh_token"])).status_code == 200


@pytest.mark.parametrize("file", ["keys.json", "broken.pem"])
async def test_a_broken_file_leaves_the_last_keys_in_force_and_is_logged(own, directory, caplog, file):
    _, client = own
    pair = await register(client)
    (directory / file).write_text("{")

    async def is_logged():
        events = [record.msg for record in caplog.records if record.name == "authgate.keys"]
        return [event for event in events if event["event"] == "keys_unreadable" and file in event["cause"]]

    await within(FOLLOW, is_logged)
    assert (await me(client, pair["access_token"])).status_code == 200
