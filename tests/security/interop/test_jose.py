"""jose (npm), with the remote key set."""

import pytest

from tests.security.interop.conftest import ALGORITHMS


@pytest.fixture
def said(live, node):
    """What jose says of each token."""
    tokens: dict[str, str] = {name: live.token(name) for name in ALGORITHMS}
    tokens |= {"tampered": live.tampered(), "refresh": live.refresh_token(), "none": "x"}
    place = {"jwks_uri": f"{live.url}/.well-known/jwks.json", "issuer": live.url, "audience": "authgate"}
    return node("jose.mjs", {**place, "tokens": tokens})


def test_live_tokens_are_verified(said):
    assert {name: said[name]["alg"] for name in ALGORITHMS} == {name: name for name in ALGORITHMS}


def test_a_tampered_token_is_refused(said):
    assert said["tampered"] == {"error": "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"}


def test_a_refresh_token_is_refused(said):
    assert said["refresh"] == {"error": "ERR_JOSE_NOT_SUPPORTED"}


def test_what_is_no_token_is_refused(said):
    assert said["none"] == {"error": "ERR_JWS_INVALID"}
