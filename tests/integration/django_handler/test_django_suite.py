"""Django's own tests of its ASGI handler, run against ours."""

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import django
import pytest

pytestmark = pytest.mark.long

_ROOT = Path(__file__).resolve().parents[3]

_ANSWERED_AT_ONCE = {
    "test_assert_in_listen_for_disconnect": "a response within LISTEN_AFTER_SECONDS has no listener to assert in",
    "test_disconnect_with_body": "a client that leaves within LISTEN_AFTER_SECONDS is answered all the same",
}
_UNDECLARED = {
    "test_cancel_post_request_with_sync_processing": "it sends a body that its fields do not declare, so there is none",
    "test_disconnect": "a request that declares no body does not wait for one before it is answered",
    "test_post_body": "it sends a body that its fields do not declare, so there is none (RFC 9112 §6.3)",
}
NOT_OURS = {"declared": _ANSWERED_AT_ONCE, "as they are": _ANSWERED_AT_ONCE | _UNDECLARED}
"""What docs/decisions/0012-lean-handler.md gives up, and why: for tests that declare their bodies, and as they are."""


@pytest.fixture(scope="module")
def outcomes() -> dict[str, dict[str, Any]]:
    tests = _django_tests()
    runs = {how: _run(tests, how) for how in NOT_OURS}
    return {how: _outcome(run) for how, run in runs.items()}


@pytest.mark.parametrize("how", NOT_OURS)
def test_djangos_own_tests_pass_apart_from_a_listed_few(outcomes, how):
    assert outcomes[how]["unfit"] == sorted(NOT_OURS[how])
    assert outcomes[how]["ran"] >= 40
    assert outcomes[how]["skipped"] == 0


def _run(tests: Path, how: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "default", "-m", "tests.integration.django_handler.django_suite", str(tests), how]
    return subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _outcome(run: subprocess.Popen[str]) -> dict[str, Any]:
    try:
        output, complaints = run.communicate(timeout=60)
    finally:
        run.kill()
    assert run.returncode == 0, complaints
    return dict(json.loads(output))


def _django_tests() -> Path:
    """The `tests` of the installed version's source distribution, fetched once a machine; nothing of it is ours."""
    version = django.get_version()
    cache = Path(os.environ.get("TEST_CACHE", Path.home() / ".cache")) / "authgate-tests" / f"django-{version}"
    if not (cache / "asgi" / "tests.py").exists():
        _fetch(version, cache)
    return cache


def _fetch(version: str, cache: Path) -> None:
    downloads = cache.with_suffix(".download")
    what = ["--no-deps", "--no-binary", ":all:", "--ignore-requires-python", f"django=={version}"]
    command = [_python_with_pip(), "-m", "pip", "download", "-q", "--dest", str(downloads), *what]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    archives = list(downloads.glob("*.tar.gz"))
    if done.returncode or not archives:
        pytest.skip(f"DJANGO'S OWN TESTS DID NOT RUN: its sources could not be had: {done.stderr.strip()[-300:]}")
    with tarfile.open(archives[0]) as archive:
        inner = f"{archives[0].name.removesuffix('.tar.gz')}/tests/"
        members = [member for member in archive.getmembers() if member.name.startswith(f"{inner}asgi/")]
        for member in members:
            member.name = member.name.removeprefix(inner)
        archive.extractall(cache, members, filter="data")


def _python_with_pip() -> str:
    """The environment has no pip (uv made it); the bootstrap's, or one on the PATH, has."""
    for python in (sys.executable, str(_ROOT / ".tools/bin/python"), "python3"):
        try:
            if subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0:
                return python
        except FileNotFoundError:
            continue
    pytest.skip("DJANGO'S OWN TESTS DID NOT RUN: no Python with pip was found to fetch them")
