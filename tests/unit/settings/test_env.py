"""The environment, read: defaults, lists, quotas, and one line for whatever is wrong."""

import os
from datetime import timedelta

import pytest

from auth.core.policies import Quota
from settings import base, env, env_file

SECRET = "hunter2-zuzupetals"  # no word of it may appear in a refusal
NUMBERS = ["x", "", "1.5", "1e3", "0x10", "1,000", "-1", SECRET, str(10**15), "9" * 5000]
PAGES = ["app.example", "javascript:x", "https://", "https://a b", "https://a/#b", "https://a\nb"]
BAD = {
    "PORT": [*NUMBERS, "0", "65536"],
    "WORKERS": [*NUMBERS, "0"],
    "DEBUG": ["maybe", "", "2", SECRET],
    "LOG_LEVEL": ["debug", "", SECRET],
    "TRUSTED_PROXIES": NUMBERS,
    "DOCS_ENABLED": ["maybe", SECRET],
    "ADMIN_ENABLED": ["maybe", SECRET],
    "DEMO_CHAT_URL": ["http://chat.example", "ws://", "ws://a b", "ws://a;script-src *", "ws://a\nb", SECRET],
    "DB_PORT": ["x", "", SECRET],
    "DB_THREADS": [*NUMBERS, "0"],
    "DB_QUEUE": [*NUMBERS, "0"],
    "REDIS_CLIENT": ["redis", "", SECRET],
    "JWT_LOST_ANSWER_RETRY_SECONDS": NUMBERS,
    "JWT_VERIFIED_TOKENS": NUMBERS,
    "REDIS_TIMEOUT_MS": [*NUMBERS, "0"],
    "JWT_ALGORITHM": ["none", "HS512", "es256", "", SECRET],
    "JWT_ACCESS_TOKEN_EXPIRE_MINUTES": [*NUMBERS, "0", "1441"],
    "JWT_REFRESH_TOKEN_EXPIRE_DAYS": [*NUMBERS, "0", "36501"],
    "JWT_SESSION_EXPIRE_DAYS": [*NUMBERS, "0", "36501"],
    "JWT_ROTATION_GRACE_SECONDS": NUMBERS,
    "JWT_LEEWAY_SECONDS": [*NUMBERS, "61"],
    "JWT_EMAIL_CLAIM": ["maybe", SECRET],
    "JWT_DEVICE_CLAIMS": ["maybe", SECRET],
    "PASSWORD_MIN_LENGTH": [*NUMBERS, "7", "65"],
    "PASSWORD_HASH_THREADS": NUMBERS,
    "PASSWORD_HASH_QUEUE": [*NUMBERS, "0"],
    "PASSWORD_RESET_URL": [*PAGES, SECRET],
    "PASSWORD_RESET_EXPIRE_MINUTES": [*NUMBERS, "0", "1441"],
    "EMAIL_VERIFICATION": ["true", "", SECRET],
    "EMAIL_VERIFICATION_URL": [*PAGES, SECRET],
    "EMAIL_VERIFICATION_EXPIRE_HOURS": [*NUMBERS, "0", "721"],
    "CORS_ALLOW_CREDENTIALS": ["maybe", SECRET],
    "SECURE_HSTS_SECONDS": NUMBERS,
    "EMAIL_PORT": ["x", SECRET],
    "EMAIL_USE_TLS": ["maybe", SECRET],
    "SERVICE_CLIENTS": ["id", SECRET, f"id:{SECRET}", f"{SECRET}:"],
    "VERIFY_CACHE_SECONDS": [*NUMBERS, "2"],
    "HISTORY_RETENTION_DAYS": [*NUMBERS, "0", "36501"],
    **{name: ["10", "0/minute", SECRET] for name in env.Environment.model_fields if name.startswith("RATE_LIMIT_")},
}


@pytest.fixture(autouse=True)
def _empty(monkeypatch):
    """Nothing set, no file read."""
    for name in env.Environment.model_fields.keys() & os.environ.keys():
        monkeypatch.delenv(name)
    monkeypatch.setenv("ENV_FILE", "")


def refusal(**defaults):
    with pytest.raises(SystemExit) as stopped:
        env.read(**defaults)
    return str(stopped.value)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_a_bad_value_is_one_line_that_names_the_variable_and_not_the_value(monkeypatch, name, value):
    monkeypatch.setenv(name, value)

    [line] = refusal().splitlines()
    assert line.startswith(f"authgate: {name}: ")
    assert SECRET not in line
    assert len(line) < 300


def test_every_bad_variable_has_its_line(monkeypatch):
    monkeypatch.setenv("PORT", "x")
    monkeypatch.setenv("WORKERS", "x")

    assert len(refusal().splitlines()) == 2


def test_without_an_environment_the_contract_s_defaults_hold():
    found = env.read()

    assert (found.HOST, found.PORT, found.WORKERS, str(found.DATA_DIR)) == ("127.0.0.1", 8000, 1, "var")
    assert (found.JWT_ALGORITHM, found.JWT_ACCESS_TOKEN_EXPIRE_MINUTES) == ("ES256", 15)
    assert (found.JWT_REFRESH_TOKEN_EXPIRE_DAYS, found.JWT_SESSION_EXPIRE_DAYS) == (7, 90)
    assert (found.JWT_ROTATION_GRACE_SECONDS, found.PASSWORD_MIN_LENGTH) == (10, 10)
    assert (found.JWT_EMAIL_CLAIM, found.JWT_DEVICE_CLAIMS) == (False, False)


@pytest.mark.parametrize(
    ("name", "quota"),
    [
        ("RATE_LIMIT_LOGIN", Quota(10, 60)),
        ("RATE_LIMIT_LOGIN_ADDRESS", Quota(60, 60)),
        ("RATE_LIMIT_LOGIN_ACCOUNT", Quota(100, 86400)),
        ("RATE_LIMIT_REGISTER", Quota(20, 3600)),
        ("RATE_LIMIT_REFRESH", Quota(60, 60)),
        ("RATE_LIMIT_REFRESH_ADDRESS", Quota(300, 60)),
        ("RATE_LIMIT_CHANGE_PASSWORD", Quota(5, 900)),
        ("RATE_LIMIT_MAIL_ADDRESS", Quota(20, 3600)),
        ("RATE_LIMIT_MAIL_ACCOUNT", Quota(5, 3600)),
        ("RATE_LIMIT_MAIL_CONFIRM", Quota(60, 3600)),
        ("RATE_LIMIT_WS_TICKET", Quota(60, 60)),
        ("RATE_LIMIT_API", Quota(1200, 60)),
        ("RATE_LIMIT_INTROSPECT", Quota(6000, 60)),
        ("RATE_LIMIT_DOCS", Quota(120, 60)),
        ("RATE_LIMIT_TRUSTED_CALLER", Quota(6000, 60)),
    ],
)
def test_without_an_environment_the_contract_s_quotas_hold(name, quota):
    assert getattr(env.read(), name) == quota


def test_a_limit_can_be_switched_off(monkeypatch):
    monkeypatch.setenv("RATE_LIMIT_LOGIN", "off")

    assert env.read().RATE_LIMIT_LOGIN is None


@pytest.mark.parametrize("name", ["ALLOWED_HOSTS", "CORS_ALLOWED_ORIGINS", "CSRF_TRUSTED_ORIGINS"])
@pytest.mark.parametrize(("text", "items"), [("a,b", ["a", "b"]), (" a , ,b,", ["a", "b"]), ("", []), ("a", ["a"])])
def test_a_list_is_separated_by_commas(monkeypatch, name, text, items):
    monkeypatch.setenv(name, text)

    assert getattr(env.read(), name) == items


@pytest.mark.parametrize("name", ["SECRET_KEY_FALLBACKS", "JWT_SECRET_KEY_FALLBACKS"])
def test_a_list_of_secrets_is_separated_by_commas(monkeypatch, name):
    monkeypatch.setenv(name, "a, b")

    assert [secret.get_secret_value() for secret in getattr(env.read(), name)] == ["a", "b"]


def test_an_unknown_variable_is_ignored(monkeypatch):
    monkeypatch.setenv("AUTHGATE_NONSENSE", "x")

    assert not hasattr(env.read(), "AUTHGATE_NONSENSE")


def test_the_case_of_a_variable_matters(monkeypatch):
    monkeypatch.setenv("port", "9000")

    assert env.read().PORT == 8000


def test_defaults_of_an_environment_give_way_to_what_is_set(monkeypatch):
    monkeypatch.setenv("PORT", "9001")
    found = env.read(PORT=9000, WORKERS=3)

    assert (found.PORT, found.WORKERS) == (9001, 3)


@pytest.mark.parametrize(
    ("written", "value"),
    [("a${HOME}b", "a${HOME}b"), ("'a # b '", "a # b "), ('"a\'b"', "a'b"), ("a #b", "a"), ("a#b ", "a#b")],
)
def test_a_value_of_a_file_is_what_is_written_there(tmp_path, written, value):
    (tmp_path / "env").write_text(f"SECRET_KEY={written}\n")

    assert env_file.read(tmp_path / "env") == {"SECRET_KEY": value}


def test_a_file_is_read_and_the_process_environment_wins(monkeypatch, tmp_path):
    file = tmp_path / "settings"
    file.write_text("PORT=9000\nWORKERS=4\nHOST='0.0.0.0'  # all\n")
    monkeypatch.setenv("ENV_FILE", str(file))
    monkeypatch.setenv("WORKERS", "2")
    found = env.read()

    assert (found.PORT, found.WORKERS, found.HOST) == (9000, 2, "0.0.0.0")


@pytest.mark.parametrize(
    "name",
    [
        "SECRET_KEY",
        "JWT_SECRET_KEY",
        "JWT_PRIVATE_KEYS",
        "DATABASE_URL",
        "DB_PASSWORD",
        "REDIS_URL",
        "EMAIL_HOST_PASSWORD",
    ],
)
def test_a_secret_does_not_show_in_a_representation(monkeypatch, name):
    monkeypatch.setenv(name, SECRET)

    assert SECRET not in repr(env.read())


def test_the_largest_numbers_make_settings_that_work(monkeypatch):
    for name in ("JWT_REFRESH_TOKEN_EXPIRE_DAYS", "JWT_SESSION_EXPIRE_DAYS", "HISTORY_RETENTION_DAYS"):
        monkeypatch.setenv(name, "36500")
    monkeypatch.setenv("JWT_ACCESS_TOKEN_EXPIRE_MINUTES", "1440")
    for name in ("JWT_ROTATION_GRACE_SECONDS", "REDIS_TIMEOUT_MS"):
        monkeypatch.setenv(name, str(2**31 - 1))
    found = base.configure(env.read(), secret_key="x" * 40)["AUTH"]

    assert found.session_lifetime == timedelta(days=36500)
