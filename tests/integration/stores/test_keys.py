"""The names of everything in Redis."""

import re

import pytest

from auth.stores import key_names

NAMES = {
    "account": key_names.account(7),
    "session": key_names.session(7, "sid"),
    "blacklist": key_names.blacklist(7, "jti"),
    "calls": key_names.calls(7),
    "endings": key_names.endings(7, "sid", "logout"),
    "ticket": key_names.ticket(7, "7.secret"),
    "limit": key_names.limit("login", "ann"),
    "job": key_names.job("cleanup"),
}


def tag(name):
    """What a cluster hashes: the text between the first braces."""
    return re.findall(r"\{(.+?)\}", name)[0]


def test_every_kind_has_names_of_its_own():
    assert len(set(NAMES.values())) == len(NAMES)


def test_what_concerns_one_account_lies_in_one_slot():
    assert {tag(NAMES[kind]) for kind in ("account", "session", "blacklist", "calls", "endings", "ticket")} == {"7"}


def test_the_name_of_a_session_cannot_move_it_to_another_slot():
    assert tag(key_names.session(7, "{8}")) == tag(key_names.blacklist(7, "}{")) == "7"


def test_limits_lie_in_one_slot():
    assert tag(key_names.limit("login", "ann")) == tag(key_names.limit("login-address", "192.0.2.1"))


def test_a_subject_is_not_kept_in_clear():
    assert "ann@example.com" not in key_names.limit("login", "ann@example.com")


@pytest.mark.parametrize("other", [("login", "bob"), ("register", "ann"), ("login", "Ann"), ("login", "ann ")])
def test_another_subject_or_policy_is_another_name(other):
    assert key_names.limit(*other) != key_names.limit("login", "ann")


@pytest.mark.parametrize("text", ["", "\0", "\n", "\ud800", "é", "x" * 100_000, "{a}"])
def test_any_subject_has_a_short_plain_name(text):
    assert re.fullmatch(r"\{limits\}:login:[0-9a-f]{32}", key_names.limit("login", text))
