"""Production does not start on anything weak, whatever starts it. Each fault is one line on stderr."""

import os
import subprocess
import sys

import pytest

from tests.wire.production import ROOT, start


def settings_of(**changes: str) -> subprocess.CompletedProcess[str]:
    return start("-c", "from django.conf import settings; settings.DEBUG", **changes)


def test_good_settings_say_nothing():
    run = settings_of()

    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


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
