"""WebSockets: the handshake is guarded, and what follows is passed on."""

from tests.conftest import bearer
from tests.e2e.proxies.raw_requests import upgraded


def test_a_websocket_opens_with_a_good_token(proxy, ann):
    assert upgraded(proxy.port, "/private", bearer(ann["access_token"]).items()) == (101, b"hello\n")


def test_and_with_no_other(proxy):
    assert upgraded(proxy.port, "/private", bearer("x").items()) == (401, b"")
