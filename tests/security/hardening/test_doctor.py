"""manage.py doctor: says of each part whether it is well, and what to do when it is not."""

import io
import time
from contextlib import contextmanager
from dataclasses import replace

import pytest
from django.core.management import call_command
from django.db import OperationalError
from redis import Redis

from auth.core.policies import Policies, Quota
from auth.signing_keys import directory
from tests.conftest import limited
from tests.e2e.wire.production import SECRET, start


def doctor():
    """The lines it prints, and whether it found an error."""
    out = io.StringIO()
    try:
        call_command("doctor", stdout=out, no_color=True)
    except SystemExit as end:
        return out.getvalue().splitlines(), end.code
    return out.getvalue().splitlines(), 0


@contextmanager
def configured(redis_url, **options):
    """The server with other options, which are put back."""
    with Redis.from_url(redis_url) as redis:
        before = {name: redis.config_get(name)[name] for name in options}
        for name, value in options.items():
            redis.config_set(name, value)
        yield
        for name, value in before.items():
            redis.config_set(name, value)


@pytest.fixture
def auth(settings, valkey, tmp_path):
    """Settings of a healthy server with a Valkey and a key of its own."""
    directory.ensure(tmp_path / "keys", algorithm="ES256", now=0.0)
    quota = Quota(10, 60)
    settings.AUTH = replace(
        settings.AUTH,
        redis_url=valkey.server.url,
        keys_dir=tmp_path / "keys",
        private_keys=b"",
        algorithm="ES256",
        issuer="https://auth.example.com",
        policies=limited(settings.AUTH, **dict.fromkeys(Policies.__dataclass_fields__, quota)),
    )
    return settings


def line_about(subject, lines):
    [line] = [line for line in lines if line.split()[1] == f"{subject}:"]
    return line


def test_a_healthy_server_is_well(auth):
    auth.DEBUG = True  # SQLite is for development
    lines, code = doctor()

    assert code == 0
    assert {line.split()[0] for line in lines} == {"ok"}
    assert [line.split()[1] for line in lines] == ["database:", "redis:", "clock:", "keys:", "limits:", "proxies:"]


def test_a_redis_that_refuses_the_password_is_told_by_its_reply_and_without_the_password(auth, valkey):
    auth.AUTH = replace(auth.AUTH, redis_url=valkey.server.url.replace("://", "://ann:hunter2@"))

    line = line_about("redis", doctor()[0])

    assert "WRONGPASS" in line
    assert "hunter2" not in line


def test_a_redis_that_does_not_answer_is_an_error(auth, valkey):
    valkey.away("killed")

    lines, code = doctor()

    assert code == 1
    assert line_about("redis", lines).startswith("error     redis: cannot be used (")
    assert not [line for line in lines if "clock:" in line]


def test_an_embedded_valkey_that_was_not_started_is_a_warning(auth, valkey):
    auth.EMBEDDED_REDIS = True
    valkey.away("killed")

    lines, code = doctor()

    assert code == 0
    assert line_about("redis", lines) == "warning   redis: the embedded Valkey is not running; make run starts it"


def test_a_redis_that_hangs_is_an_error(auth, valkey):
    valkey.away("hung")

    assert doctor()[1] == 1


def test_a_redis_that_drops_keys_is_an_error(auth, valkey):
    with configured(valkey.server.url, **{"maxmemory-policy": "allkeys-lru"}):
        lines, code = doctor()

    assert code == 1
    assert "error     redis: evicts keys (allkeys-lru); set maxmemory-policy noeviction" in lines


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_is_off_is_a_warning(auth, monkeypatch, hours):
    now = time.time
    monkeypatch.setattr("auth.maintenance.doctor.time.time", lambda: now() + hours * 3600)

    lines, code = doctor()

    assert code == 0
    assert "differs from Redis by 3600 s; run an NTP client" in line_about("clock", lines)


def test_a_key_that_others_can_read_is_an_error(auth, tmp_path):
    [key] = (tmp_path / "keys").glob("*.pem")
    key.chmod(0o644)

    lines, code = doctor()

    assert code == 1
    assert f"error     keys: {key.name} can be read by others; run chmod 600 on it" in lines


def test_a_key_that_cannot_be_used_is_an_error(auth, tmp_path):
    [key] = (tmp_path / "keys").glob("*.pem")
    key.write_text("nonsense")

    lines, code = doctor()

    assert code == 1
    assert line_about("keys", lines).startswith("error ")


def test_a_key_that_its_group_can_read_is_a_warning(auth, tmp_path):
    [key] = (tmp_path / "keys").glob("*.pem")
    key.chmod(0o440)

    lines, code = doctor()

    assert code == 0
    assert f"warning   keys: {key.name} can be read by its group; run chmod 600 on it, unless that is intended" in lines


def test_before_the_first_start_no_key_is_missing(auth, tmp_path):
    auth.AUTH = replace(auth.AUTH, keys_dir=tmp_path / "none")

    lines, code = doctor()

    assert code == 0
    assert line_about("keys", lines) == "ok        keys: none yet; the first start generates one"
    assert not (tmp_path / "none").exists()


def test_a_key_that_is_gone_is_an_error(auth, tmp_path):
    for key in (tmp_path / "keys").glob("*.pem"):
        key.unlink()

    lines, code = doctor()

    assert code == 1
    assert line_about("keys", lines).startswith("error     keys: no signing key")


def test_limits_that_are_off_are_named(auth):
    auth.AUTH = replace(auth.AUTH, policies=limited(auth.AUTH, login=None, api=None))

    lines, code = doctor()

    assert code == 0
    assert line_about("limits", lines) == "warning   limits: off: login, api; switch them on in production"


def test_variables_that_are_no_settings_are_told(auth):
    auth.SETTINGS_DOUBTS = ["RATE_LIMIT_LOGN is no setting"]

    assert line_about("settings", doctor()[0]) == "warning   settings: RATE_LIMIT_LOGN is no setting"


def test_proxies_are_told(auth):
    auth.TRUSTED_PROXIES = 2

    assert line_about("proxies", doctor()[0]) == "ok        proxies: 2 in front of the server add to X-Forwarded-For"


def test_an_issuer_without_https_is_a_warning(auth):
    auth.AUTH = replace(auth.AUTH, issuer="http://localhost:8000")

    assert line_about("issuer", doctor()[0]).startswith("warning ")


def test_a_database_that_does_not_answer_is_an_error(auth, monkeypatch):
    def gone(_):
        raise OperationalError('connection to server at "db" failed:\n\tIs the server running?')

    monkeypatch.setattr("auth.maintenance.doctor.MigrationExecutor", gone)
    lines, code = doctor()

    assert code == 1
    reason = 'connection to server at "db" failed: Is the server running?'
    assert line_about("database", lines) == f"error     database: cannot be used, check DATABASE_URL: {reason}"


def test_missing_migrations_are_an_error(services, valkey):
    run = start("manage.py", "doctor", DATABASE_URL=services.create_database("empty"), REDIS_URL=valkey.server.url)

    assert run.returncode == 1
    assert "migrations are pending; run manage.py migrate" in run.stdout
    assert "ok        redis: answers" in run.stdout
    assert SECRET not in run.stdout + run.stderr
    assert run.stderr == ""
