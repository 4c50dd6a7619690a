"""Which tokens pass, through each proxy."""

import pytest

from tests.conftest import PASSWORD, bearer
from tests.e2e.proxies import tokens
from tests.e2e.proxies.raw_requests import send

FORGED = [
    tokens.tampered,
    tokens.foreign,
    tokens.without_signature,
    tokens.signed_with_the_public_key,
    tokens.empty_signature,
    tokens.expired,
    tokens.without_end,
    tokens.for_others,
    tokens.of_others,
    tokens.of_another_kind,
]
GARBAGE = ["", "x", "..", "a.b.c", "e30.e30.e30", "x" * 7000]


def get(proxy, token, path="/private"):
    return send(proxy.port, path, bearer(token).items())


def assert_refused(answer):
    assert answer.status == 401, (answer.status, answer.headers, answer.body)
    assert "x-backend" not in answer.headers
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_good_token_passes(proxy, ann):
    answer = get(proxy, ann["access_token"])

    assert answer.status == 200, (answer.status, answer.headers, answer.body)
    assert answer.seen["path"] == "/private"


@pytest.mark.parametrize("scheme", ["bearer", "BEARER"])
def test_the_scheme_may_be_written_in_any_case(proxy, ann, scheme):
    answer = send(proxy.port, "/private", {"Authorization": f"{scheme} {ann['access_token']}"}.items())

    if proxy.name == "envoy" and scheme == "BEARER":  # looks for the prefixes that it is given
        assert_refused(answer)
    else:
        assert answer.status == 200


def test_without_a_token_nothing_passes(proxy):
    assert_refused(send(proxy.port, "/private"))


@pytest.mark.parametrize("garbage", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_does_not_pass(proxy, garbage):
    assert_refused(get(proxy, garbage))


@pytest.mark.parametrize("forge", FORGED, ids=lambda forge: forge.__name__)
def test_a_forged_token_does_not_pass(proxy, keys, ann, forge):
    assert_refused(get(proxy, forge(keys, ann["access_token"])))


def test_what_forging_starts_from_would_pass(proxy, keys, ann):
    assert get(proxy, keys.retold(ann["access_token"])).status == 200


def test_a_refresh_token_does_not_pass(proxy, ann):
    assert_refused(get(proxy, ann["refresh_token"]))


def test_a_very_long_token_does_not_pass(proxy):
    answer = get(proxy, "x" * 20_000)

    assert 400 <= answer.status < 500, answer


def test_a_token_elsewhere_than_in_authorization_does_not_pass(proxy, ann):
    token = ann["access_token"]
    cookie = {"Cookie": f"access_token={token}", "Proxy-Authorization": f"Bearer {token}"}

    assert_refused(send(proxy.port, f"/private?access_token={token}", cookie.items()))


async def log_out(stack, body):
    async with stack.client() as client:
        answer = await client.post("/api/auth/logout", headers=bearer(body["access_token"]))
    assert answer.status_code == 200


async def test_who_asks_refuses_at_once_what_was_taken_back(asking, stack, ann):
    assert get(asking, ann["access_token"]).status == 200
    await log_out(stack, ann)

    assert_refused(get(asking, ann["access_token"]))


async def test_who_verifies_offline_accepts_it_until_it_expires(offline, keys, stack, ann):
    """The price of not asking; examples/proxies/README.md says so."""
    await log_out(stack, ann)

    assert get(offline, ann["access_token"]).status == 200
    assert_refused(get(offline, tokens.expired(keys, ann["access_token"])))


async def test_staff_is_asked_for_below_its_path(asking, stack, ann):
    assert get(asking, ann["access_token"], "/staff/x").status == 403
    assert_refused(send(asking.port, "/staff/x"))

    await stack.shell(f"User.objects.filter(pk={ann['user']['id']}).update(is_staff=True)")
    async with stack.client() as client:
        answer = await client.post("/api/auth/login", json={"username": ann["user"]["username"], "password": PASSWORD})
    answer = get(asking, answer.json()["access_token"], "/staff/x")

    assert (answer.status, answer.told["x-auth-staff"]) == (200, "true")


@pytest.mark.parametrize("path", ["/public/", "/public/x/site.v1.css?v=../private"])
def test_what_is_public_needs_no_token(proxy, path):
    assert send(proxy.port, path).seen["path"] == path
