"""joserfc, with the key set as it is served."""

import httpx
import pytest
from joserfc import errors, jwk, jwt

from tests.security.interop.conftest import ALGORITHMS

# It would rather have the newer name for Ed25519, which other verifiers do not know yet.
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated via RFC 9864:joserfc.errors.SecurityWarning")


@pytest.fixture
def verify(live):
    keys = jwk.KeySet.import_key_set(httpx.get(f"{live.url}/.well-known/jwks.json").json())
    rules = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": live.url},
        aud={"essential": True, "value": "authgate"},
        exp={"essential": True},
        sub={"essential": True},
    )

    def verify(token, algorithm):
        found = jwt.decode(token, keys, algorithms=[algorithm])
        rules.validate(found.claims)
        return found

    return verify


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_live_token_is_verified(live, verify, algorithm):
    assert verify(live.token(algorithm), algorithm).header["typ"] == "at+jwt"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_tampered_token_is_refused(live, verify, algorithm):
    with pytest.raises(errors.BadSignatureError):
        verify(live.tampered(algorithm), algorithm)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_refresh_token_is_refused(live, verify, algorithm):
    with pytest.raises(errors.UnsupportedAlgorithmError):
        verify(live.refresh_token(algorithm), algorithm)
