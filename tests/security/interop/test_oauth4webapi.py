"""oauth4webapi (npm): discovers, introspects, revokes, and validates access tokens as RFC 9068 says."""

import pytest

pytestmark = pytest.mark.long


@pytest.fixture
def ask(live, node):
    """Runs one action after discovery."""

    def ask(action, token="", **changes):
        service = {"client_id": live.service.client_id, "client_secret": live.service.secret}
        return node(
            "oauth4webapi.mjs",
            {"action": action, "issuer": live.url, "audience": "authgate", "token": token, **service, **changes},
        )

    return ask


def test_it_discovers_the_server(live, ask):
    assert ask("discover")["introspection_endpoint"] == f"{live.url}/api/oauth/introspect"


@pytest.mark.parametrize("method", ["basic", "post"])
def test_it_introspects_a_live_token(live, ask, method):
    said = ask(f"introspect {method}", live.token())

    assert (said["active"], said["iss"]) == (True, live.url)


def test_it_introspects_a_refresh_token_as_what_it_is(live, ask):
    assert ask("introspect", live.refresh_token())["token_type"] == "refresh_token"


def test_it_learns_nothing_of_a_tampered_token(live, ask):
    assert ask("introspect", live.tampered()) == {"active": False}


def test_a_wrong_secret_is_refused_as_it_expects(live, ask):
    said = ask("introspect", live.token(), client_secret="wrong")

    assert said["error"] == "OAUTH_WWW_AUTHENTICATE_CHALLENGE"


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_it_revokes_a_session_by_either_token(live, ask, kind):
    pair = live.new_pair()

    assert ask("revoke post", pair[kind]) == {"answer": None}

    assert live.me(pair["access_token"]) == 401


def test_it_validates_a_live_access_token(live, ask):
    assert ask("validate", live.token())["sid"]


@pytest.mark.parametrize("make", ["tampered", "refresh_token"])
def test_it_validates_nothing_else(live, ask, make):
    assert "error" in ask("validate", getattr(live, make)())


def test_a_token_for_another_audience_is_not_validated(live, ask):
    assert "error" in ask("validate", live.token(), audience="https://other.example")
