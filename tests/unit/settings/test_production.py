"""Production refuses to start on anything weak, with one clear line each."""

import os
import runpy

import pytest

from settings.env import Environment

GOOD = {
    "SECRET_KEY": "0Vj3x9cQm7ZsT1kLw5pRb8nYf2hGd6uE4aXiOoJv-KM",
    "ALLOWED_HOSTS": "auth.example",
    "JWT_ISSUER": "https://auth.example",
    "DATABASE_URL": "postgresql://ann:hunter2@db.example/shop",
    "REDIS_URL": "redis://redis.example:6379/0",
}
FAULTS = {
    "SECRET_KEY": ["", "short", "a" * 64, "your-secret-key-here-0123456789-abcdefghij"],
    "SECRET_KEY_FALLBACKS": ["short", "0Vj3x9cQm7ZsT1kLw5pRb8nYf2hGd6uE4aXiOoJv-KN,short"],
    "ALLOWED_HOSTS": ["", "*", "auth.example,*"],
    "JWT_ISSUER": ["", "authgate", "http://auth.example"],
    "DATABASE_URL": [""],
    "REDIS_URL": ["", "http://redis.example", "redis.example:6379"],
    "DEBUG": ["true"],
    "PASSWORD_RESET_URL": ["http://app.example/reset"],
    "EMAIL_VERIFICATION_URL": ["http://app.example/confirm"],
    "CORS_ALLOWED_ORIGINS": [
        "*",
        "https://*.example",
        "app.example",
        "https://app.example/",
        "https://ann@app.example",
        "null",
    ],
    "CSRF_TRUSTED_ORIGINS": ["app.example", "https://app.example/path"],
}

WORDS = [
    ("SECRET_KEY is missing", {"SECRET_KEY": ""}),
    ("SECRET_KEY has fewer than 32 bytes", {"SECRET_KEY": GOOD["SECRET_KEY"][:31]}),
    ("SECRET_KEY is guessable", {"SECRET_KEY": "django-insecure-" + GOOD["SECRET_KEY"]}),
    ("SECRET_KEY is guessable", {"SECRET_KEY": "abcabcabc" * 8}),
    ("JWT_SECRET_KEY is missing", {"JWT_ALGORITHM": "HS256"}),
    ("JWT_SECRET_KEY has fewer than 32 bytes", {"JWT_ALGORITHM": "HS256", "JWT_SECRET_KEY": GOOD["SECRET_KEY"][:31]}),
    ("JWT_SECRET_KEY is guessable", {"JWT_ALGORITHM": "HS256", "JWT_SECRET_KEY": f"your-{GOOD['SECRET_KEY']}"}),
    ("DEBUG is on", {"DEBUG": "true"}),
    ("ALLOWED_HOSTS is empty", {"ALLOWED_HOSTS": " , "}),
    ("ALLOWED_HOSTS contains a wildcard", {"ALLOWED_HOSTS": "auth.example.com,*"}),
    ("CORS_ALLOWED_ORIGINS contains a wildcard", {"CORS_ALLOWED_ORIGINS": "https://*.example.com"}),
    ("JWT_ISSUER must be the public https:// URL", {"JWT_ISSUER": "http://auth.example.com"}),
    ("DATABASE_URL is missing", {"DATABASE_URL": ""}),
    ("DATABASE_URL: only postgresql:// and sqlite:///", {"DATABASE_URL": f"mysql://root:{GOOD['SECRET_KEY']}@db/x"}),
    ("DATABASE_URL: not a URL", {"DATABASE_URL": f"postgresql://root:{GOOD['SECRET_KEY']}@db:port/x"}),
    ("REDIS_URL is missing", {"REDIS_URL": ""}),
    ("WORKERS: ", {"WORKERS": GOOD["SECRET_KEY"]}),
    ("RATE_LIMIT_LOGIN: ", {"RATE_LIMIT_LOGIN": "ten a minute"}),
]


@pytest.fixture
def start(monkeypatch, tmp_path):
    """Reads the settings as a production server would: `start(NAME=value)` changes GOOD."""

    def run(**changes):
        for name in Environment.model_fields.keys() & os.environ.keys():
            monkeypatch.delenv(name)
        for name, value in {**GOOD, "ENV_FILE": "", "DATA_DIR": str(tmp_path), **changes}.items():
            monkeypatch.setenv(name, value)
        return runpy.run_module("settings.production")

    return run


def refusal(start, **changes):
    with pytest.raises(SystemExit) as stopped:
        start(**changes)
    return str(stopped.value).splitlines()


def test_good_settings_are_taken(start):
    found = start()

    assert (found["DEBUG"], found["ALLOWED_HOSTS"]) == (False, ["auth.example"])


def test_pages_are_off_unless_they_are_asked_for(start):
    found = start()

    assert (found["DOCS_ENABLED"], found["ADMIN_ENABLED"], found["DEMO_ENABLED"]) == (False, False, False)


@pytest.mark.parametrize("name", ["DOCS_ENABLED", "ADMIN_ENABLED", "DEMO_ENABLED"])
def test_pages_can_be_asked_for(start, name):
    assert start(**{name: "true"})[name] is True


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in FAULTS.items() for value in values])
def test_a_fault_is_one_line_that_names_the_variable(start, name, value):
    [line] = refusal(start, **{name: value})

    assert line.startswith(f"authgate: {name} ")


@pytest.mark.parametrize("value", ["", "short", "a" * 64])
def test_metrics_are_not_served_to_whoever_asks(start, value):
    [line] = refusal(start, METRICS_ENABLED="true", METRICS_TOKEN=value)

    assert line.startswith("authgate: METRICS_TOKEN ")


def test_metrics_can_be_asked_for_with_a_token(start):
    assert start(METRICS_ENABLED="true", METRICS_TOKEN=GOOD["SECRET_KEY"])["METRICS_ENABLED"] is True


def test_pages_for_tokens_may_be_left_out_or_be_https(start):
    page = "https://app.example/reset?a=b"

    assert start()["AUTH"].reset_mail.page == ""
    assert start(PASSWORD_RESET_URL=page)["AUTH"].reset_mail.page == page


@pytest.mark.parametrize(("words", "changes"), WORDS)
def test_a_fault_says_what_is_wrong_and_tells_no_secret(start, words, changes):
    [line] = refusal(start, **changes)

    assert line.startswith(f"authgate: {words}")
    assert GOOD["SECRET_KEY"][:8] not in line


def test_all_faults_are_told_at_once(start):
    assert len(refusal(start, SECRET_KEY="", ALLOWED_HOSTS="", DATABASE_URL="", REDIS_URL="", DEBUG="1")) == 5


@pytest.mark.parametrize("value", ["", "short", "a" * 64])
def test_a_weak_hmac_secret_is_refused(start, value):
    [line] = refusal(start, JWT_ALGORITHM="HS256", JWT_SECRET_KEY=value)

    assert line.startswith("authgate: JWT_SECRET_KEY ")


def test_the_secret_that_verifiers_share_is_not_the_server_s_own(start):
    [line] = refusal(start, JWT_ALGORITHM="HS256", JWT_SECRET_KEY=GOOD["SECRET_KEY"])

    assert line.startswith("authgate: JWT_SECRET_KEY equals SECRET_KEY")


def test_origins_of_pages_and_of_apps_are_taken(start):
    origins = ["https://app.example", "http://localhost:3000", "capacitor://localhost"]

    found = start(CORS_ALLOWED_ORIGINS=",".join(origins), CSRF_TRUSTED_ORIGINS="https://*.app.example")

    assert (found["CORS_ALLOWED_ORIGINS"], found["CSRF_TRUSTED_ORIGINS"]) == (origins, ["https://*.app.example"])


def test_a_weak_hmac_secret_does_not_matter_when_it_signs_nothing(start):
    assert start(JWT_SECRET_KEY="short")["DEBUG"] is False


def test_a_bad_database_url_is_one_line_that_does_not_repeat_it(start):
    [line] = refusal(start, DATABASE_URL="postgresql://ann:hunter2/x@db.example/shop")

    assert line.startswith("authgate: DATABASE_URL: ")
    assert "hunter2" not in line


def test_cookies_go_over_tls_only(start):
    found = start()

    assert (found["SESSION_COOKIE_SECURE"], found["CSRF_COOKIE_SECURE"]) == (True, True)


@pytest.mark.parametrize(("proxies", "header"), [("0", None), ("1", ("HTTP_X_FORWARDED_PROTO", "https"))])
def test_the_forwarded_scheme_is_believed_only_behind_a_proxy(start, proxies, header):
    assert start(TRUSTED_PROXIES=proxies)["SECURE_PROXY_SSL_HEADER"] == header
