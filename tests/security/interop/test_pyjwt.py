"""PyJWT with PyJWKClient, as a resource server would use them."""

import jwt
import pytest

from tests.security.interop.conftest import ALGORITHMS


@pytest.fixture
def verify(live):
    keys = jwt.PyJWKClient(f"{live.url}/.well-known/jwks.json")

    def verify(token, algorithm):
        key = keys.get_signing_key_from_jwt(token)
        return jwt.decode(token, key, algorithms=[algorithm], issuer=live.url, audience="authgate")

    return verify


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_live_token_is_verified(live, verify, algorithm):
    assert verify(live.token(algorithm), algorithm)["type"] == "access"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_tampered_token_is_refused(live, verify, algorithm):
    with pytest.raises(jwt.InvalidSignatureError):
        verify(live.tampered(algorithm), algorithm)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_refresh_token_is_refused(live, verify, algorithm):
    with pytest.raises(jwt.PyJWKClientError):
        verify(live.refresh_token(algorithm), algorithm)
