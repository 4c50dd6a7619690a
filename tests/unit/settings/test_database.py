"""DATABASES, from a URL, from parts, or from nothing."""

from pathlib import Path

import pytest
from psycopg import IsolationLevel

from settings.database import configure, from_url
from settings.env import Environment

POSTGRES = "django.db.backends.postgresql"
SQLITE = "django.db.backends.sqlite3"


def environment(**given):
    return Environment.model_validate({"DATABASE_URL": "", "DB_NAME": "", **given})


def test_a_whole_url_is_read():
    found = from_url("postgresql://ann:secret@db.example:5433/shop")

    assert (found["ENGINE"], found["NAME"], found["USER"]) == (POSTGRES, "shop", "ann")
    assert (found["PASSWORD"], found["HOST"], found["PORT"]) == ("secret", "db.example", "5433")


def test_the_short_name_of_the_scheme_is_read():
    assert from_url("postgres://host/name")["ENGINE"] == POSTGRES


def test_special_characters_are_percent_encoded():
    found = from_url("postgresql://a%40b:p%2Fw%3A%23@host/my%20name")

    assert (found["USER"], found["PASSWORD"], found["NAME"]) == ("a@b", "p/w:#", "my name")


def test_what_a_url_leaves_out_is_empty():
    found = from_url("postgresql:///name")

    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"]) == ("", "", "", "")


def test_a_socket_directory_is_given_as_host():
    assert from_url("postgresql:///name?host=/run/postgresql")["HOST"] == "/run/postgresql"


def test_an_ipv6_host_is_read_without_its_brackets():
    found = from_url("postgresql://[2001:db8::1]:5432/name")

    assert (found["HOST"], found["PORT"]) == ("2001:db8::1", "5432")


def test_several_hosts_are_read_as_libpq_reads_them():
    found = from_url("postgresql://ann:secret@one:5432,two:5433,[2001:db8::1]/name?target_session_attrs=read-write")

    assert (found["HOST"], found["PORT"], found["NAME"]) == ("one,two,2001:db8::1", "5432,5433,", "name")
    assert (found["USER"], found["PASSWORD"]) == ("ann", "secret")
    assert found["OPTIONS"]["target_session_attrs"] == "read-write"


@pytest.mark.parametrize("ports", ["5432,x", "5432,0", "65536,5432"])
def test_each_of_several_hosts_has_a_port_that_exists(ports):
    one, two = ports.split(",")
    with pytest.raises(ValueError, match=r"^DATABASE_URL: "):
        from_url(f"postgresql://one:{one},two:{two}/name")


def test_the_isolation_is_ours_whatever_the_server_s_default():
    assert from_url("postgresql://host/name")["OPTIONS"]["isolation_level"] == IsolationLevel.READ_COMMITTED


def test_other_parameters_are_handed_to_libpq():
    assert from_url("postgresql://host/name?sslmode=require")["OPTIONS"]["sslmode"] == "require"


def test_connections_lead_to_the_primary_unless_told_otherwise():
    assert from_url("postgresql://host/name")["OPTIONS"]["target_session_attrs"] == "primary"
    assert from_url("postgresql://host/name?target_session_attrs=any")["OPTIONS"]["target_session_attrs"] == "any"


def test_connections_are_kept_and_checked():
    found = from_url("postgresql://host/name")

    assert found["CONN_MAX_AGE"] is None
    assert found["CONN_HEALTH_CHECKS"]


@pytest.mark.parametrize(("url", "name"), [("sqlite:///a/b.db", "a/b.db"), ("sqlite:////a/b.db", "/a/b.db")])
def test_a_sqlite_file_is_relative_or_absolute(url, name):
    found = from_url(url)

    assert (found["ENGINE"], found["NAME"]) == (SQLITE, name)


def test_sqlite_takes_its_write_lock_at_once_and_has_a_log():
    options = from_url("sqlite:///x")["OPTIONS"]

    assert options["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in options["init_command"]


def test_two_sqlite_databases_do_not_share_their_options():
    assert from_url("sqlite:///x")["OPTIONS"] is not from_url("sqlite:///y")["OPTIONS"]


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///"])
def test_sqlite_without_a_file_is_refused(url):
    with pytest.raises(ValueError, match="DATABASE_URL: sqlite needs a file"):
        from_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "hunter2",
        "hunter2://host/name",
        "mysql://ann:hunter2@host/name",
        "ann:hunter2@host/name",
        "//ann:hunter2@host/name",
        "postgresql://ann:hunter2/x@host/name",
        "postgresql://ann:hunter2#x@host/name",
        "postgresql://ann:hunter2?x@host/name",
        "postgresql://ann:hunt@er2@host/name",
        "postgresql://ann:12#hunter2@host/name",
        "postgresql://ann:12?hunter2@host/name",
        "postgresql://ann:12/hunter2@host/name",
        "postgresql://ann:hunter2%zz@host/name",
        "postgresql://ann:hunter2 @host/name",
        "postgresql://ann@host/name?hunter2=x",
        "postgresql://ann:hunter2@host",
        "postgresql://ann:x@host:hunter2/name",
        "postgresql://ann:hunter2@host:65536/name",
    ],
)
def test_a_bad_url_is_refused_by_name_and_no_part_of_it_is_told(url):
    with pytest.raises(ValueError, match=r"^DATABASE_URL: ") as refused:
        from_url(url)

    assert "hunter2" not in str(refused.value)
    assert "er2" not in str(refused.value)


def test_the_url_wins_over_the_parts():
    env = environment(DATABASE_URL="postgresql://host/one", DB_NAME="two")

    assert configure(env, Path("/data"))["NAME"] == "one"


def test_the_parts_make_a_database():
    parts = {"DB_NAME": "n", "DB_USER": "u", "DB_PASSWORD": "p", "DB_HOST": "h", "DB_PORT": 6432}
    found = configure(environment(**parts), Path("/data"))

    assert (found["ENGINE"], found["NAME"], found["USER"]) == (POSTGRES, "n", "u")
    assert (found["PASSWORD"], found["HOST"], found["PORT"]) == ("p", "h", "6432")


def test_without_either_there_is_a_file_in_the_data_directory():
    found = configure(environment(), Path("/data"))

    assert (found["ENGINE"], found["NAME"]) == (SQLITE, "/data/authgate.sqlite3")
