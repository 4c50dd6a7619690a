"""Quotas as an operator writes them."""

import pytest

from auth.core.policies import Quota


@pytest.mark.parametrize(
    ("text", "limit", "window"),
    [
        ("10/minute", 10, 60),
        ("1/second", 1, 1),
        ("20/hour", 20, 3600),
        ("100/day", 100, 86400),
        ("5/15 minutes", 5, 900),
        ("5/15minutes", 5, 900),
        ("300/1 minute", 300, 60),
        ("7/2 days", 7, 172800),
        (" 10/Minute ", 10, 60),
        ("999999999/second", 999_999_999, 1),
    ],
)
def test_a_quota_is_so_many_in_so_long(text, limit, window):
    assert Quota.parse(text) == Quota(limit, window)


@pytest.mark.parametrize("text", ["off", "OFF", " Off "])
def test_off_is_no_quota(text):
    assert Quota.parse(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10",
        "minute",
        "/minute",
        "10/",
        "0/minute",
        "00/minute",
        "5/0 minutes",
        "5/00 minutes",
        "-1/minute",
        "+1/minute",
        "1.5/minute",
        "1e3/minute",
        "١٠/minute",
        "10/fortnight",
        "10/minute/user",
        "10 per minute",
        "10/5  minutes",
        "10 / minute",
        "10/minute\n10/minute",
        "1000000000/minute",
        "on",
        "none",
        "10/\0minute",
    ],
    ids=ascii,
)
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match="10/minute"):
        Quota.parse(text)


def test_a_refusal_does_not_repeat_the_value():
    with pytest.raises(ValueError, match="not a quota") as refused:
        Quota.parse("hunter2")

    assert "hunter2" not in str(refused.value)
