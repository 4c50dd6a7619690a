"""What is guarded is so under every spelling of its path."""

import posixpath
from urllib.parse import unquote

import pytest

from tests.conftest import bearer
from tests.e2e.proxies.raw_requests import send

TO_PRIVATE = [
    "/public/../private",
    "/public/%2e%2e/private",
    "/public/.%2E/private",
    "/public/..%2fprivate",
    "/public%2f..%2fprivate",
    "/public//../../private",
    "/public/./../private",
    "/public/x/../../private",
    "/public/..%5cprivate",
    "/public/..\\private",
    "/public/%252e%252e/private",
    "/public/..;/private",
    "/public/%00/../../private",
    "//private",
    "/PUBLIC/../private",
    "/public",
    "/publicity",
    "/public/#/../../private",
    "/public/%23/../../private",
    "/%70ublic/../private",
    "/_authgate/user",
    "http://127.0.0.1/private",
    "http://127.0.0.1/public/../private",
]
TO_STAFF = [
    "/private/../staff/x",
    "/private/%2e%2e/staff/x",
    "/private/..%2fstaff/x",
    "//staff/x",
    "/./staff/x",
    "/%73taff/x",
    "/staff//x",
    "/staff%2fx",
]


def reached(answer):
    return "x-backend" in answer.headers


def resolved(path):
    """As a backend reads it that undoes escapes once, and resolves dots."""
    return posixpath.normpath(unquote(path.partition("?")[0])).replace("//", "/")


@pytest.mark.parametrize("path", TO_PRIVATE)
def test_no_way_leads_through_what_is_public(proxy, path):
    answer = send(proxy.port, path)

    assert not reached(answer) or resolved(answer.seen["path"]).startswith("/public/"), answer.seen["path"]


@pytest.mark.parametrize("path", TO_STAFF)
def test_no_way_leads_to_staff_for_others(asking, ann, path):
    answer = send(asking.port, path, bearer(ann["access_token"]).items())

    assert not reached(answer) or not resolved(answer.seen["path"]).startswith("/staff"), answer.seen["path"]
