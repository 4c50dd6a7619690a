"""Authlib: its RFC 7662 and RFC 7009 client, and its validators for resource servers."""

import warnings

import httpx
import pytest
from authlib.deprecate import AuthlibDeprecationWarning
from authlib.oauth2.rfc6750 import InvalidTokenError
from authlib.oauth2.rfc7662 import IntrospectTokenValidator
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from joserfc.jwk import KeySet

pytestmark = pytest.mark.long

with warnings.catch_warnings(action="ignore", category=AuthlibDeprecationWarning):  # it prefers httpx2
    from authlib.integrations.httpx_client import OAuth2Client


@pytest.fixture(params=["client_secret_basic", "client_secret_post"])
def client(live, request):
    method = {f"{endpoint}_endpoint_auth_method": request.param for endpoint in ("token", "revocation")}
    with OAuth2Client(live.service.client_id, live.service.secret, **method) as client:
        yield client


@pytest.fixture
def introspect(live, client):
    def introspect(token):
        return client.introspect_token(f"{live.url}/api/oauth/introspect", token=token).json()

    return introspect


@pytest.fixture
def by_introspection(introspect):
    class Validator(IntrospectTokenValidator):  # type: ignore[misc]  # has no types
        def introspect_token(self, token_string):
            return introspect(token_string)

    return checked(Validator())


@pytest.fixture
def by_signature(live):
    class Validator(JWTBearerTokenValidator):  # type: ignore[misc]  # has no types
        def get_jwks(self):
            return KeySet.import_key_set(httpx.get(f"{live.url}/.well-known/jwks.json").json())

    return checked(Validator(issuer=live.url, resource_server="authgate"))


def checked(validator):
    """What a resource server does with a bearer token."""

    def check(token):
        found = validator.authenticate_token(token)
        validator.validate_token(found, None, None)
        return found

    return check


def test_introspection_lets_a_live_token_in(live, by_introspection):
    assert by_introspection(live.token())["client_id"] == "first-party"


def test_introspection_refuses_a_tampered_token(live, by_introspection):
    with pytest.raises(InvalidTokenError):
        by_introspection(live.tampered())


def test_a_revoked_token_is_let_in_no_more(live, client, by_introspection):
    token = live.new_pair()["access_token"]
    assert by_introspection(token)["active"]

    assert client.revoke_token(f"{live.url}/api/oauth/revoke", token=token).status_code == 200

    with pytest.raises(InvalidTokenError):
        by_introspection(token)


def test_a_revoked_refresh_token_ends_its_access_token(live, client, by_introspection):
    pair = live.new_pair()

    client.revoke_token(f"{live.url}/api/oauth/revoke", token=pair["refresh_token"], token_type_hint="refresh_token")

    with pytest.raises(InvalidTokenError):
        by_introspection(pair["access_token"])


def test_a_refresh_token_is_introspected_as_what_it_is(live, introspect):
    assert introspect(live.refresh_token())["token_type"] == "refresh_token"


def test_the_rfc_9068_validator_lets_a_live_token_in(live, by_signature):
    assert by_signature(live.token())["type"] == "access"


def test_the_rfc_9068_validator_refuses_a_tampered_token(live, by_signature):
    with pytest.raises(InvalidTokenError):
        by_signature(live.tampered())


def test_the_rfc_9068_validator_refuses_a_refresh_token(live, by_signature):
    with pytest.raises(InvalidTokenError):
        by_signature(live.refresh_token())
