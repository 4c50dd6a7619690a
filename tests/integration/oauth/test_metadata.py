"""GET /.well-known/oauth-authorization-server (RFC 8414)."""

import pytest

from tests.conftest import client_of, serving

PATH = "/.well-known/oauth-authorization-server"
ISSUER = "https://auth.example"


@pytest.fixture
async def issuer_client(settings):
    """A client of an application whose issuer is an address."""
    async with serving(settings, issuer=ISSUER) as application, client_of(application) as client:
        yield client


@pytest.fixture
async def document(issuer_client):
    answer = await issuer_client.get(PATH)
    assert answer.status_code == 200
    return answer.json()


async def test_the_issuer_is_the_one_of_the_tokens(document):
    assert document["issuer"] == ISSUER


@pytest.mark.parametrize(
    ("member", "path"),
    [
        ("jwks_uri", "/.well-known/jwks.json"),
        ("introspection_endpoint", "/api/oauth/introspect"),
        ("revocation_endpoint", "/api/oauth/revoke"),
    ],
)
async def test_an_address_is_absolute_and_under_the_issuer(document, member, path):
    assert document[member] == ISSUER + path


@pytest.mark.parametrize("member", ["introspection_endpoint", "revocation_endpoint"])
async def test_an_endpoint_is_there(issuer_client, document, member):
    answer = await issuer_client.post(document[member].removeprefix(ISSUER), data={"token": "x"})

    assert answer.json()["error"] == "invalid_client"


@pytest.mark.parametrize("endpoint", ["introspection", "revocation"])
async def test_the_client_authentication_methods_are_named(document, endpoint):
    methods = document[f"{endpoint}_endpoint_auth_methods_supported"]

    assert methods == ["client_secret_basic", "client_secret_post"]


async def test_no_member_is_empty(document):
    """RFC 8414 §3.2: those without elements are left out."""
    assert all(document.values())


async def test_no_endpoint_is_named_that_is_not_there(document):
    assert not {"authorization_endpoint", "token_endpoint", "registration_endpoint"} & document.keys()


async def test_it_is_json_that_anyone_may_keep_a_while(client):
    answer = await client.get(PATH)

    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "public, max-age=300"


async def test_head_is_answered(client):
    assert (await client.head(PATH)).status_code == 200


async def test_post_is_refused(client):
    assert (await client.post(PATH)).status_code == 405


async def test_a_browser_may_read_it(client):
    answer = await client.get(PATH, headers={"Origin": "http://localhost:3000"})

    assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"
