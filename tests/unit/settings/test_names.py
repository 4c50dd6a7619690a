"""Variables that look like settings and are none; variables that Kubernetes sets for a service of that name."""

import pytest

from settings.env import Environment
from settings.names import service_links, strangers

KNOWN = Environment.model_fields


def told(*names: str) -> list[str]:
    return list(strangers(dict.fromkeys(names, "x"), KNOWN))


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("RATE_LIMIT_LOGN", "RATE_LIMIT_LOGIN"),
        ("rate_limit_login", "RATE_LIMIT_LOGIN"),
        ("EMAIL_USE_SSL", "EMAIL_USE_TLS"),
        ("DATABASE_URI", "DATABASE_URL"),
        ("SECRET_KEY_FILE", "SECRET_KEY"),
        ("DB_USERNAME", "DB_USER"),
        ("ALLOWED_HOST", "ALLOWED_HOSTS"),
        ("WORKER", "WORKERS"),
    ],
)
def test_a_name_that_is_nearly_a_setting_is_told_with_that_setting(name, meant):
    assert told(name) == [f"{name} is not a setting, and is ignored; did you mean {meant}?"]


def test_a_name_with_a_prefix_of_ours_is_told_though_no_setting_is_near():
    assert told("JWT_ZZZZ") == ["JWT_ZZZZ is not a setting of this version, and is ignored"]


@pytest.mark.parametrize(
    "name", [*KNOWN, "HOSTNAME", "HOME", "PATH", "no_proxy", "DOMAIN", "POSTGRES_PASSWORD", "a\nb"]
)
def test_other_names_are_nobody_s_business(name):
    assert told(name) == []


LINKS = {
    "DB_SERVICE_HOST": "10.0.0.12",
    "DB_SERVICE_PORT": "5432",
    "DB_SERVICE_PORT_PG": "5432",
    "DB_PORT": "tcp://10.0.0.12:5432",
    "DB_PORT_5432_TCP": "tcp://10.0.0.12:5432",
    "DB_PORT_5432_TCP_PROTO": "tcp",
    "DB_PORT_5432_TCP_PORT": "5432",
    "DB_PORT_5432_TCP_ADDR": "10.0.0.12",
    "REDIS_PORT": "tcp://10.0.0.13:6379",
    "REDIS_SERVICE_HOST": "10.0.0.13",
    "AUTHGATE_SERVICE_HOST": "10.0.0.14",
    "EMAIL_PORT": "udp://[2001:db8::1]:25",
}


def test_what_kubernetes_says_of_services_is_not_taken_for_settings():
    assert list(strangers(LINKS, KNOWN)) == []
    assert service_links(LINKS, KNOWN) == {"DB_PORT", "EMAIL_PORT"}


@pytest.mark.parametrize("value", ["5432", "", "postgres", "tcp:", "http://10.0.0.12:5432"])
def test_only_an_address_of_a_service_is_one(value):
    assert service_links({"DB_PORT": value}, KNOWN) == set()
