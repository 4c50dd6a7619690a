"""The settings of `make run`."""

import os
import subprocess
import sys

import pytest

_TOLD = "from django.conf import settings; print(settings.AUTH.issuer)"


@pytest.mark.parametrize(
    ("given", "issuer"),
    [
        ({"PORT": "9123"}, "http://127.0.0.1:9123"),
        ({"PORT": "9123", "JWT_ISSUER": "https://auth.example"}, "https://auth.example"),
    ],
    ids=["its address", "as it is told"],
)
def test_the_issuer_is_the_servers_address_unless_it_is_told(given, issuer, tmp_path):
    own = {"DJANGO_SETTINGS_MODULE": "settings.development", "ENV_FILE": "", "DATA_DIR": str(tmp_path), **given}
    kept = {name: value for name, value in os.environ.items() if name not in {"JWT_ISSUER", "PORT"}}

    done = subprocess.run([sys.executable, "-c", _TOLD], env=kept | own, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == issuer


def test_a_directory_that_keeps_nothing_is_one_line(tmp_path):
    (tmp_path / "file").touch()
    own = {"DJANGO_SETTINGS_MODULE": "settings.development", "ENV_FILE": "", "DATA_DIR": str(tmp_path / "file" / "var")}
    kept = {name: value for name, value in os.environ.items() if name != "SECRET_KEY"}

    done = subprocess.run([sys.executable, "-c", _TOLD], env=kept | own, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr.splitlines() == ["authgate: DATA_DIR: nothing can be written there: Not a directory"]


def told(tmp_path, expression):
    own = {"DJANGO_SETTINGS_MODULE": "settings.development", "ENV_FILE": "", "DATA_DIR": str(tmp_path)}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CORS_", "RATE_LIMIT_"))}
    script = f"from django.conf import settings; print({expression})"
    done = subprocess.run([sys.executable, "-c", script], env=kept | own, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_usual_origins_of_pages_may_call_the_api(tmp_path):
    """Of Next.js, Angular, Vite and webpack: a page on another port is what a developer's first hour begins with."""
    allowed = told(tmp_path, "*settings.CORS_ALLOWED_ORIGINS").split()

    usual = {f"http://{host}:{port}" for host in ("localhost", "127.0.0.1") for port in (3000, 4200, 5173, 8080)}
    assert usual <= set(allowed)


def test_scripts_may_register_as_many_accounts_as_they_like(tmp_path):
    assert int(told(tmp_path, "settings.AUTH.policies.register.quota.limit")) >= 1000
