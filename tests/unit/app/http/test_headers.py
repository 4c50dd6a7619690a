"""Header fields that do not depend on the handler."""

import pytest

from app.http.headers import DefaultHeaders, rate_limit
from auth.core.policies import Quota, Usage


def security(path, *, hsts):
    return DefaultHeaders(hsts=hsts).beside(path, []).fields


def usage(**changes):
    return Usage(**{"policy": "login", "quota": Quota(10, 60), "remaining": 9, "reset": 60.0, **changes})


def test_without_a_limit_there_are_no_fields():
    assert rate_limit([]) == []


def test_one_limit_is_one_item_in_each_field():
    assert rate_limit([usage()]) == [
        (b"ratelimit", b'"login";r=9;t=60'),
        (b"ratelimit-policy", b'"login";q=10;w=60'),
    ]


def test_several_limits_are_a_list_in_order():
    fields = dict(rate_limit([usage(), usage(policy="login-address", quota=Quota(60, 60), remaining=0)]))

    assert fields[b"ratelimit"] == b'"login";r=9;t=60, "login-address";r=0;t=60'
    assert fields[b"ratelimit-policy"] == b'"login";q=10;w=60, "login-address";q=60;w=60'


@pytest.mark.parametrize(("seconds", "told"), [(0.0, 0), (0.001, 1), (1.0, 1), (59.2, 60), (-3.0, 0)])
def test_a_wait_is_rounded_up_so_that_keeping_it_is_enough(seconds, told):
    assert dict(rate_limit([usage(reset=seconds)]))[b"ratelimit"] == f'"login";r=9;t={told}'.encode()


@pytest.mark.parametrize("path", ["/api/auth/me", "/", "/nowhere", "/health/live", "/admin/login/", "/api/docs"])
def test_every_answer_carries_the_security_fields(path):
    fields = dict(security(path, hsts=b""))

    assert fields[b"x-content-type-options"] == b"nosniff"
    assert fields[b"x-frame-options"] == b"DENY"
    assert fields[b"referrer-policy"] in (b"no-referrer", b"same-origin")
    assert b"frame-ancestors 'none'" in fields[b"content-security-policy"]


def test_an_answer_of_the_api_may_load_nothing():
    assert b"default-src 'none'" in dict(security("/api/auth/me", hsts=b""))[b"content-security-policy"]


def test_an_answer_of_the_api_is_no_referrer():
    assert dict(security("/api/auth/me", hsts=b""))[b"referrer-policy"] == b"no-referrer"


@pytest.mark.parametrize("path", ["/admin/", "/admin/accounts/user/", "/api/docs", "/static/admin/css/base.css"])
def test_a_page_may_load_its_own_files_and_runs_no_inline_script(path):
    policy = dict(security(path, hsts=b""))[b"content-security-policy"]

    assert b"default-src 'self'" in policy
    assert b"script-src" not in policy


def test_hsts_is_sent_where_it_is_configured():
    assert dict(security("/", hsts=b"max-age=1"))[b"strict-transport-security"] == b"max-age=1"


def test_hsts_is_not_sent_otherwise():
    assert b"strict-transport-security" not in dict(security("/", hsts=b""))
