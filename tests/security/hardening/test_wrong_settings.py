"""Whatever a setting holds, a start goes on, or ends with one line that names the setting and tells no secret."""

import os
import re
import runpy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pydantic import SecretStr
from redis.asyncio import ConnectionPool

from settings import addresses, database, env_file
from settings.env import Environment
from tests.e2e.wire.production import GOOD, SECRET

pytestmark = pytest.mark.long

FIELDS = Environment.model_fields
LONGEST = 400
ODD = [
    *("", " ", "\t", "\n", "a\nb", "a\r\nb", "\x7f", "\x1b[31m", "'", '"', "'a", "\\", "\\n", "#", "a # b", "${HOME}"),
    *("0", "-1", "1", "1.5", "1e3", "nan", "inf", "0x10", "\u0663", "9" * 4000),
    *("null", "None", "true", "[]", "{}", '{"a": 1}', "a=b", "a,b,,c", ",", "*", ".", "../..", "/dev/null", "/proc/1"),
    *("\xe9", "\u0141ukasz", "\U0001d538", "\u202e", "\udcff", "x" * 100_000, "%", "%zz", "%00", "//", ":", "@", "a@b"),
    *("tcp://10.0.0.12:5432", "https://a.example", "https://a.example:8443/x?y#z", "http://[::1", "https://"),
    *("redis://:pa#ss@h:6379/0", "redis://h:port/0", "redis://h/x", "redis://h:0", "rediss://h/0?x=y", "unix://"),
    *("postgresql://u:12#34@h/db", "postgresql://u:p@h1:1,h2:x/db", "postgresql://h", "postgresql://h/db?x=y"),
    *("sqlite://", "sqlite:///", "10/minute", "10/0 minutes", "999999999/999999 days", "off", "ES256", "none"),
    *(f"id:{'0' * 64}", f"id:{SECRET}", SECRET, f"{SECRET}\n"),
]


def is_secret(name: str) -> bool:
    return "Secret" in str(FIELDS[name].annotation) or name == "SERVICE_CLIENTS"


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> pytest.MonkeyPatch:
    """Only those of a good production server."""
    for name in FIELDS.keys() & os.environ.keys():
        monkeypatch.delenv(name)
    for name, value in {**GOOD, "DATA_DIR": str(tmp_path), "METRICS_TOKEN": SECRET[::-1]}.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


OF_DEVELOPMENT = ["DATA_DIR", "PORT", "SECRET_KEY", "JWT_ISSUER", "DATABASE_URL", "REDIS_URL"]


@pytest.mark.parametrize(
    ("module", "name"),
    [("settings.production", name) for name in FIELDS] + [("settings.development", name) for name in OF_DEVELOPMENT],
)
def test_any_value_is_taken_or_refused_in_one_line(variables: pytest.MonkeyPatch, module: str, name: str) -> None:
    for value in ODD:
        with variables.context() as one:
            one.setenv(name, value)
            try:
                runpy.run_module(module)
            except SystemExit as refusal:
                [line] = str(refusal).split("\n")
                assert line.startswith(f"authgate: {name}"), line
                assert len(line) < LONGEST
                assert "pattern" not in line, "says what an expression is like, not what to write"
                assert line.isprintable(), line
                assert not (is_secret(name) and re.search("pa#ss|12#34|Zk3", value) and value.strip() in line), line
                assert SECRET not in line


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(st.binary(max_size=80), st.text(max_size=40).map(lambda text: f"HOST={text}\n".encode("utf-16")))
)
def test_any_file_is_read_or_refused(tmp_path: Any, content: bytes) -> None:
    path = tmp_path / "env"
    path.write_bytes(content)
    refusal = ""
    try:
        assert all("\0" not in name + value for name, value in env_file.read(path).items())
    except env_file.UnreadableFile as error:
        refusal = str(error)
    assert refusal.isprintable()
    assert not refusal or refusal.startswith((str(path), "line "))


_PIECES = [
    *("redis", "rediss", "unix", "://", "u", "12", "pa", ":", "@", "#", "/", "?", "db=", "=", "&", "%", "%20"),
    *("[", "]", "::1", ",", ".", "0", "\xe9", " ", "ssl_ca_certs=x"),
]
_REDIS = st.lists(st.sampled_from(_PIECES), max_size=9).map("".join).map(lambda rest: f"redis://{rest}")


@settings(max_examples=1000, deadline=None)
@given(url=_REDIS)
def test_an_address_of_a_redis_that_is_taken_can_be_used(url: str) -> None:
    problems = addresses.problems(Environment(REDIS_URL=SecretStr(url)))

    assert len(problems) <= 1
    if not problems:
        found: Any = ConnectionPool.from_url(url).make_connection()
        assert isinstance(found.db, int)
        assert found.host == "localhost" or "@" not in found.host


_POSTGRES = st.lists(st.sampled_from([*_PIECES, "postgresql", "h1", "h2", "5432", "sslmode=", "name"]), max_size=9)


@settings(max_examples=1000, deadline=None)
@given(url=_POSTGRES.map("".join).map(lambda rest: f"postgresql://{rest}"))
def test_an_address_of_a_postgres_that_is_taken_means_what_libpq_reads(url: str) -> None:
    if refusal := database.problems(Environment(DATABASE_URL=SecretStr(url))):
        assert refusal[0].startswith("DATABASE_URL: ")
        return
    found = database.from_url(url)
    parts = {"host": found["HOST"], "port": found["PORT"], "user": found["USER"], "password": found["PASSWORD"]}
    given_parts = {name: value for name, value in {**parts, "dbname": found["NAME"]}.items() if value}
    read = conninfo_to_dict(url)
    assert {
        **conninfo_to_dict(make_conninfo(**given_parts)),
        **{k: v for k, v in read.items() if k not in parts},
    } == read
