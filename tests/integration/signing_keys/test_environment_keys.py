"""Keys that the environment gives: JWT_PRIVATE_KEYS, or JWT_SECRET_KEY with JWT_ALGORITHM=HS256."""

from dataclasses import replace

import pytest

from app.application import Application
from auth.signing_keys.watcher import KeyDirectoryWatcher
from settings import auth as auth_settings
from settings import env
from tests.conftest import client_of, serving
from tests.integration.calls import me
from tests.integration.sessions.calls import register
from tests.unit.auth.tokens.support import key, pem

OLD, NEW = b"an old secret of more than 32 bytes", b"a new secret of more than 32 bytes!"


@pytest.fixture
def auth(monkeypatch, tmp_path):
    """Reads AuthSettings from these variables."""

    def read(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return auth_settings.configure(env.read(), tmp_path, "a secret key of this test and no other")

    return read


def text(*keys):
    return "\n".join(pem(key.private).decode() for key in keys)


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
def test_a_key_of_each_kind_signs(auth, algorithm):
    given = key(algorithm)

    assert KeyDirectoryWatcher(auth(JWT_PRIVATE_KEYS=text(given))).current().signing.kid == given.kid


def test_of_several_the_first_signs_and_all_verify(auth):
    given = [key("EdDSA"), key("ES256"), key("RS256")]

    ring = KeyDirectoryWatcher(auth(JWT_PRIVATE_KEYS=text(*given))).current()

    assert ring.signing.kid == given[0].kid
    assert list(ring.verifying) == [one.kid for one in given]


def test_line_breaks_may_be_written_as_backslash_n(auth):
    given = [key("ES256"), key("EdDSA")]

    ring = KeyDirectoryWatcher(auth(JWT_PRIVATE_KEYS=text(*given).replace("\n", "\\n"))).current()

    assert list(ring.verifying) == [one.kid for one in given]


def test_with_them_no_directory_is_made(auth, tmp_path):
    KeyDirectoryWatcher(auth(JWT_PRIVATE_KEYS=text(key("ES256"))))

    assert list(tmp_path.iterdir()) == []


def test_they_are_not_shown_where_settings_are(auth):
    given = auth(JWT_PRIVATE_KEYS=text(key("ES256")))

    assert "PRIVATE KEY" not in repr(given)


async def test_a_server_signs_with_them_and_publishes_them(settings):
    given = [key("EdDSA"), key("ES256")]
    async with (
        serving(settings, private_keys=text(*given).encode()) as application,
        client_of(application) as client,
    ):
        assert (await me(client, (await register(client))["access_token"])).status_code == 200
        published = (await client.get("/.well-known/jwks.json")).json()["keys"]

    assert [jwk["kid"] for jwk in published] == [one.kid for one in given]


def hmac(*secrets):
    return {"algorithm": "HS256", "hmac_secrets": secrets}


async def status_with(settings, token, **changes):
    """How another server, with these changes, answers GET /me."""
    async with serving(settings, **changes) as application, client_of(application) as client:
        return (await me(client, token)).status_code


@pytest.fixture
async def old_token(settings):
    """A live token of a server that signs with the secret OLD."""
    async with serving(settings, **hmac(OLD)) as application, client_of(application) as client:
        return (await register(client))["access_token"]


async def test_a_token_of_a_fallback_secret_is_good(settings, old_token):
    assert await status_with(settings, old_token, **hmac(NEW, OLD)) == 200


async def test_a_token_of_a_secret_that_is_no_fallback_any_more_is_refused(settings, old_token):
    assert await status_with(settings, old_token, **hmac(NEW)) == 401


async def test_a_token_of_a_secret_is_refused_where_key_pairs_sign(settings, old_token):
    assert await status_with(settings, old_token, algorithm="ES256") == 401


async def test_the_first_secret_signs(settings):
    async with serving(settings, **hmac(NEW, OLD)) as application, client_of(application) as client:
        token = (await register(client))["access_token"]

    assert await status_with(settings, token, **hmac(NEW)) == 200


async def test_no_secret_is_published(settings):
    async with serving(settings, **hmac(NEW, OLD)) as application, client_of(application) as client:
        answer = await client.get("/.well-known/jwks.json")

    assert answer.json() == {"keys": []}


def test_fallbacks_are_read_from_the_environment(auth):
    read = auth(JWT_ALGORITHM="HS256", JWT_SECRET_KEY=NEW.decode(), JWT_SECRET_KEY_FALLBACKS=OLD.decode())

    assert read.hmac_secrets == (NEW, OLD)


async def test_keys_that_cannot_be_read_stop_the_start_with_one_line(settings, capsys):
    settings.AUTH = replace(settings.AUTH, algorithm="ES256", private_keys=b"junk")
    said = []

    async def receive():
        return {"type": "lifespan.startup"}

    async def send(message):
        said.append(message)

    await Application()({"type": "lifespan"}, receive, send)

    assert [message["message"] for message in said] == ["authgate: JWT_PRIVATE_KEYS: no PEM block found"]
    assert "Traceback" not in capsys.readouterr().out
