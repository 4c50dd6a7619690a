"""Who may introspect and revoke: client_secret_basic and client_secret_post (RFC 6749 §2.3.1), and nobody else."""

import base64
from urllib.parse import quote, urlencode

import pytest

from tests.integration.oauth.calls import FORM, basic

ENDPOINTS = ["/api/oauth/introspect", "/api/oauth/revoke"]

pytestmark = pytest.mark.parametrize("endpoint", ENDPOINTS)


def assert_unknown_client(answer):
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"
    assert answer.headers["www-authenticate"].startswith("Basic ")


def assert_invalid_request(answer):
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"


async def test_a_secret_in_the_header_is_taken(client, service, endpoint):
    assert (await client.post(endpoint, data={"token": "x"}, headers=service.basic)).status_code == 200


async def test_both_halves_are_percent_decoded(client, service, endpoint):
    headers = basic(quote(service.client_id, safe="").replace("-", "%2D"), quote(service.secret, safe=""))

    assert (await client.post(endpoint, data={"token": "x"}, headers=headers)).status_code == 200


async def test_halves_that_are_not_encoded_are_another_secret(client, service, endpoint):
    headers = basic(service.client_id, service.secret)  # its % and + mean something else then

    assert_unknown_client(await client.post(endpoint, data={"token": "x"}, headers=headers))


@pytest.mark.parametrize("scheme", ["basic", "BASIC"])
async def test_the_scheme_is_taken_in_any_case(client, service, endpoint, scheme):
    headers = {"Authorization": service.basic["Authorization"].replace("Basic", scheme)}

    assert (await client.post(endpoint, data={"token": "x"}, headers=headers)).status_code == 200


async def test_a_secret_in_the_body_is_taken(client, service, endpoint):
    assert (await client.post(endpoint, data={"token": "x", **service.posted})).status_code == 200


async def test_both_methods_at_once_are_refused(client, service, endpoint):
    answer = await client.post(endpoint, data={"token": "x", **service.posted}, headers=service.basic)

    assert_invalid_request(answer)


async def test_two_headers_are_refused(client, service, endpoint):
    headers = [("Authorization", service.basic["Authorization"])] * 2

    assert_invalid_request(await client.post(endpoint, data={"token": "x"}, headers=headers))


async def test_no_client_at_all_is_refused(client, service, endpoint):
    assert_unknown_client(await client.post(endpoint, data={"token": "x"}))


WRONG = {
    "another secret": ("orders.service-1", "wrong"),
    "no secret": ("orders.service-1", ""),
    "an unknown client": ("nobody", "s3cret"),
    "no client": ("", "s3cret"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize("pair", WRONG.values(), ids=WRONG)
async def test_a_wrong_secret_in_the_header_is_refused(client, service, endpoint, pair):
    assert_unknown_client(await client.post(endpoint, data={"token": "x"}, headers=basic(*pair)))


@pytest.mark.parametrize("pair", WRONG.values(), ids=WRONG)
async def test_a_wrong_secret_in_the_body_is_refused(client, service, endpoint, pair):
    data = {"token": "x", "client_id": pair[0], "client_secret": pair[1]}

    assert_unknown_client(await client.post(endpoint, data=data))


async def test_unknown_and_wrong_are_not_told_apart(client, service, endpoint):
    answers = [
        await client.post(endpoint, data={"token": "x"}, headers=basic(*WRONG[name]))
        for name in ("another secret", "an unknown client")
    ]

    assert answers[0].content == answers[1].content


BROKEN = {
    "no credentials": "Basic",
    "no base64": "Basic ###",
    "no colon": "Basic " + base64.b64encode(b"orders").decode(),
    "no UTF-8": "Basic " + base64.b64encode(b"\xff:\xff").decode(),
    "not ASCII": b"Basic \xe4\xf6\xfc",
    "a scheme alone": "Bearer x",
    "empty": "",
}


@pytest.mark.parametrize("value", BROKEN.values(), ids=BROKEN)
async def test_a_broken_header_is_an_unknown_client(client, service, endpoint, value):
    assert_unknown_client(await client.post(endpoint, data={"token": "x"}, headers={"Authorization": value}))


async def test_an_access_token_is_no_client(client, service, account, endpoint):
    ann = await account()

    assert_unknown_client(await client.post(endpoint, data={"token": ann.access_token}, headers=ann.bearer))


async def test_json_is_refused(client, service, endpoint):
    answer = await client.post(endpoint, json={"token": "x"}, headers=service.basic)

    assert answer.status_code == 415
    assert answer.json()["error"] == "unsupported_media_type"


async def test_a_repeated_parameter_is_refused(client, service, endpoint):
    headers = {**service.basic, "Content-Type": FORM}

    assert_invalid_request(await client.post(endpoint, content="token=x&token=y", headers=headers))


async def test_a_repeated_client_id_is_refused(client, service, endpoint):
    body = urlencode([("token", "x"), ("client_id", "a"), *service.posted.items()])

    assert_invalid_request(await client.post(endpoint, content=body, headers={"Content-Type": FORM}))


async def test_a_form_that_names_another_client_is_refused(client, service, endpoint):
    answer = await client.post(endpoint, data={"token": "x", "client_id": "another"}, headers=service.basic)

    assert_invalid_request(answer)


async def test_a_form_that_names_the_client_once_more_is_taken(client, service, endpoint):
    data = {"token": "x", "ticket": "x", "client_id": service.client_id}

    answer = await client.post(endpoint, data=data, headers=service.basic)

    assert answer.status_code == 200


@pytest.mark.parametrize("body", ["", "token=", "token_type_hint=access_token", "Token=x"])
async def test_a_missing_token_is_refused(client, service, endpoint, body):
    headers = {**service.basic, "Content-Type": FORM}

    assert_invalid_request(await client.post(endpoint, content=body, headers=headers))


async def test_a_token_in_the_query_is_not_taken(client, service, endpoint):
    assert_invalid_request(await client.post(f"{endpoint}?token=x", data={"a": "b"}, headers=service.basic))


@pytest.mark.parametrize("body", [b"token=%ff", b"\xff\xfe", b"&".join(b"p%d=1" % n for n in range(50))])
async def test_a_body_that_is_no_form_is_refused(client, service, endpoint, body):
    headers = {**service.basic, "Content-Type": FORM}

    assert_invalid_request(await client.post(endpoint, content=body, headers=headers))


async def test_a_charset_of_the_form_is_taken(client, service, endpoint):
    headers = {**service.basic, "Content-Type": f"{FORM}; charset=UTF-8"}

    assert (await client.post(endpoint, content="token=x", headers=headers)).status_code == 200


async def test_get_is_refused(client, service, endpoint):
    answer = await client.get(endpoint, headers=service.basic)

    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"


async def test_an_answer_is_not_cached(client, service, endpoint):
    answer = await client.post(endpoint, data={"token": "x"}, headers=service.basic)

    assert answer.headers["cache-control"] == "no-store"
