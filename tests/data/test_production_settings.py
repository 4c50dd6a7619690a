"""Production does not start on anything weak. Each fault is one line on stderr, and no secret is ever told."""

import os
import subprocess
import sys

import pytest

from tests.data.production import ROOT, SECRET, start

FAULTS = [
    ("SECRET_KEY is missing", {"SECRET_KEY": ""}),
    ("SECRET_KEY has fewer than 32 bytes", {"SECRET_KEY": SECRET[:31]}),
    ("SECRET_KEY is guessable", {"SECRET_KEY": "django-insecure-" + SECRET}),
    ("SECRET_KEY is guessable", {"SECRET_KEY": "abcabcabc" * 8}),
    ("JWT_SECRET_KEY is missing", {"JWT_ALGORITHM": "HS256"}),
    ("JWT_SECRET_KEY has fewer than 32 bytes", {"JWT_ALGORITHM": "HS256", "JWT_SECRET_KEY": SECRET[:31]}),
    ("JWT_SECRET_KEY is guessable", {"JWT_ALGORITHM": "HS256", "JWT_SECRET_KEY": f"your-{SECRET}"}),
    ("DEBUG is on", {"DEBUG": "true"}),
    ("ALLOWED_HOSTS is empty", {"ALLOWED_HOSTS": " , "}),
    ("ALLOWED_HOSTS holds a wildcard", {"ALLOWED_HOSTS": "auth.example.com,*"}),
    ("CORS_ALLOWED_ORIGINS holds a wildcard", {"CORS_ALLOWED_ORIGINS": "https://*.example.com"}),
    ("JWT_ISSUER is no https:// address", {"JWT_ISSUER": "http://auth.example.com"}),
    ("DATABASE_URL is missing", {"DATABASE_URL": ""}),
    ("DATABASE_URL: only postgresql:// and sqlite:///", {"DATABASE_URL": f"mysql://root:{SECRET}@db/x"}),
    ("DATABASE_URL: not a URL", {"DATABASE_URL": f"postgresql://root:{SECRET}@db:port/x"}),
    ("REDIS_URL is missing", {"REDIS_URL": ""}),
    ("WORKERS: ", {"WORKERS": SECRET}),
    ("RATE_LIMIT_LOGIN: ", {"RATE_LIMIT_LOGIN": "ten a minute"}),
]


def settings_of(**changes: str) -> subprocess.CompletedProcess[str]:
    return start("-c", "from django.conf import settings; settings.DEBUG", **changes)


def test_good_settings_say_nothing():
    run = settings_of()

    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


@pytest.mark.parametrize(("line", "changes"), FAULTS)
def test_a_fault_is_one_line_and_tells_no_secret(line, changes):
    run = settings_of(**changes)

    assert run.returncode == 1
    assert run.stdout == ""
    assert run.stderr.startswith(f"authgate: {line}")
    assert run.stderr.count("\n") == 1
    assert not any(secret[:8] in run.stderr for secret in changes.values() if SECRET[:8] in secret)


def test_several_faults_are_told_at_once():
    run = settings_of(SECRET_KEY="", DEBUG="true", ALLOWED_HOSTS="", REDIS_URL="", DATABASE_URL="")

    lines = run.stderr.splitlines()
    assert [line.split()[1] for line in lines] == ["SECRET_KEY", "DEBUG", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL"]
    assert {line.split()[0] for line in lines} == {"authgate:"}


@pytest.mark.parametrize(
    "command",
    [
        ["manage.py", "migrate"],
        ["-m", "app.container"],
        ["-m", "app.serve"],
        ["-m", "uvicorn", "asgi:application"],
    ],
    ids=" ".join,
)
def test_nothing_starts_on_a_fault(command):
    run = start(*command, SECRET_KEY="short")

    assert run.returncode == 1
    [line] = run.stderr.splitlines()
    assert line.startswith("authgate: SECRET_KEY has fewer than 32 bytes; make one with: python -c ")


def test_django_s_own_checks_of_production_find_nothing():
    run = subprocess.run(
        ["sh", "scripts/check_deploy.sh"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHON": sys.executable},
        capture_output=True,
        text=True,
    )

    assert (run.returncode, run.stderr) == (0, "")
