"""Whoever knows an HS256 secret can make any token: one that stands in a published list is refused everywhere."""

import os
import secrets
import subprocess
import sys

import pytest

from settings.secrets import MIN_BYTES, is_published
from tests.integration.signing_keys.support import ROOT
from tests.unit import vectors

pytestmark = pytest.mark.long

LEAKED = "r9iMKoe5CRMgvJBBtp4HrqN7QiPpUToj"
MODULES = ["development", "test", "production"]
PRODUCTION = {
    "SECRET_KEY": secrets.token_urlsafe(48),
    "ALLOWED_HOSTS": "auth.example",
    "JWT_ISSUER": "https://auth.example",
    "DATABASE_URL": "postgresql://u:p@db.example/authgate",
    "REDIS_URL": "redis://redis.example:6379/0",
}


def start(module, tmp_path, **variables):
    """Load the settings as a server does at its start."""
    wanted = {"DJANGO_SETTINGS_MODULE": f"settings.{module}", "DATA_DIR": str(tmp_path), "JWT_ALGORITHM": "HS256"}
    return subprocess.run(
        [sys.executable, "-c", "from django.conf import settings; print(settings.AUTH.algorithm)"],
        cwd=ROOT,
        env={**os.environ, **(PRODUCTION if module == "production" else {}), **wanted, **variables},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("module", MODULES)
def test_a_published_secret_is_refused_with_one_line_that_does_not_repeat_it(module, tmp_path):
    ended = start(module, tmp_path, JWT_SECRET_KEY=LEAKED)

    assert ended.returncode != 0
    [line] = ended.stderr.splitlines()
    assert line.startswith("authgate: JWT_SECRET_KEY is in a published list of leaked secrets; generate one with: ")
    assert LEAKED not in ended.stdout + ended.stderr


@pytest.mark.parametrize("module", MODULES)
def test_a_published_fallback_is_refused(module, tmp_path):
    ended = start(module, tmp_path, JWT_SECRET_KEY=secrets.token_urlsafe(48), JWT_SECRET_KEY_FALLBACKS=LEAKED)

    assert ended.returncode != 0
    [line] = ended.stderr.splitlines()
    assert line.startswith("authgate: JWT_SECRET_KEY_FALLBACKS is in a published list of leaked secrets")


@pytest.mark.parametrize("module", MODULES)
def test_a_secret_of_ones_own_is_taken(module, tmp_path):
    ended = start(module, tmp_path, JWT_SECRET_KEY=secrets.token_urlsafe(48))

    assert (ended.stdout, ended.stderr) == ("HS256\n", "")


def test_every_secret_of_the_published_list_is_known():
    lines = vectors.read("jwt-secrets/jwt.secrets.list").splitlines()
    long = {line for line in lines if len(line.encode(errors="surrogateescape")) >= MIN_BYTES}

    assert len(long) > 100
    assert [secret for secret in long if not is_published(secret)] == []
