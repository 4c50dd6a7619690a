"""Quotas as an operator writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.core.policies import LIMITS, Policies, Quota, variable_of
from settings.env import Environment


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


@given(
    limit=st.integers(1, 10**9 - 1), count=st.integers(1, 999_999), unit=st.sampled_from(["second", "minute", "hour"])
)
def test_a_quota_is_written_as_it_is_read(limit, count, unit):
    quota = Quota.parse(f"{limit}/{count} {unit}s")

    assert Quota.parse(str(quota)) == quota


def test_a_line_of_the_table_is_a_setting_and_a_policy_of_that_name():
    quotas = {name: Quota(number, 60) for number, name in enumerate(LIMITS, 1)}
    policies = Policies.of(quotas)

    assert LIMITS.keys() == Policies.__dataclass_fields__.keys()
    for name, quota in quotas.items():
        policy = getattr(policies, name)
        assert (policy.name, policy.quota) == (name.replace("_", "-"), quota)
        assert Environment.model_fields[variable_of(name)].default == LIMITS[name].default


def test_a_limit_that_is_missing_is_no_limit_that_is_off():
    with pytest.raises(KeyError):
        Policies.of({"login": None})
