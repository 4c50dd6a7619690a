"""Production does not start on anything weak, whatever starts it. Each fault is one line on stderr."""

import os
import socket
import subprocess
import sys

import pytest

from tests.e2e.wire.production import ROOT, start

pytestmark = pytest.mark.long


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
        ["-m", "app.launch.docker"],
        ["-m", "app.launch.serve"],
        ["-m", "uvicorn", "asgi:application"],
    ],
    ids=" ".join,
)
def test_nothing_starts_on_a_fault(command):
    run = start(*command, SECRET_KEY="short")

    assert run.returncode == 1
    [line] = run.stderr.splitlines()
    assert line.startswith("authgate: SECRET_KEY has fewer than 32 bytes; generate one with: python -c ")


@pytest.mark.parametrize("command", ["app.launch.docker", "app.launch.serve"])
@pytest.mark.parametrize("module", ["settings.prodution", "nothing.at.all", " "])
def test_a_settings_module_that_is_not_there_is_one_line(command, module):
    run = start("-m", command, DJANGO_SETTINGS_MODULE=module)

    [line] = run.stderr.splitlines()
    assert run.returncode == 1
    assert "DJANGO_SETTINGS_MODULE: no such module; use settings.development or " in line


@pytest.mark.parametrize("command", ["migrate", "createsuperuser", "doctor", "cleanup_tokens", "clients"])
def test_a_database_that_does_not_answer_is_one_line(command):
    words = {"clients": ["list"], "createsuperuser": ["--noinput", "--username=a", "--email=a@b.example"]}.get(
        command, []
    )

    run = start("manage.py", command, *words, DATABASE_URL="postgresql://u:hunter2@127.0.0.1:1/n", DATA_DIR="/nowhere")

    assert run.returncode == 1
    assert "the database cannot be used, check DATABASE_URL: " in run.stderr or command == "doctor"
    assert len(run.stderr.splitlines()) == (command != "doctor")
    assert "hunter2" not in run.stdout + run.stderr


@pytest.mark.skipif((ROOT / "staticfiles").exists(), reason="the static files of this checkout have been collected")
@pytest.mark.parametrize("setting", ["DOCS_ENABLED", "ADMIN_ENABLED"])
@pytest.mark.parametrize(
    "command", [["app.launch.serve"], ["uvicorn", "asgi:application", "--lifespan", "on"]], ids=lambda words: words[0]
)
def test_pages_without_their_static_files_are_one_line(command, setting, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    extra = ["--port", port] if command[0] == "uvicorn" else []

    run = start("-m", *command, *extra, PORT=port, DATA_DIR=str(tmp_path), **{setting: "true"})

    assert run.returncode != 0
    said = run.stdout + run.stderr  # uvicorn logs to stdout
    assert f"{setting} needs the static files: run manage.py collectstatic" in said
    assert "Traceback" not in said


def test_django_s_own_checks_of_production_find_nothing():
    run = subprocess.run(
        ["sh", "scripts/check_deploy.sh"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHON": sys.executable},
        capture_output=True,
        text=True,
    )

    assert (run.returncode, run.stderr) == (0, "")


def test_the_address_of_a_service_in_the_place_of_a_port_stops_no_start():
    links = {
        "DB_PORT": "tcp://10.0.0.12:5432",
        "REDIS_PORT": "tcp://10.0.0.13:6379",
        "AUTHGATE_SERVICE_HOST": "10.0.0.14",
    }

    run = settings_of(**links)

    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("REDIS_URL", "redis://:12#hunter2@h:6379/0", "REDIS_URL is not a URL; percent-encode"),
        ("REDIS_URL", "redis://:hunter2@h:6379/main", "REDIS_URL: the database must be a number"),
        ("DATABASE_URL", "postgresql://u:12#hunter2@h", "DATABASE_URL: not a URL; percent-encode"),
        ("ALLOWED_HOSTS", "https://a.example", "ALLOWED_HOSTS contains a value that is not a host"),
        ("JWT_ISSUER", "https://a.example/auth", "JWT_ISSUER has a path, a query or a fragment; write"),
        ("JWT_ISSUER", "https://a.example?x", "JWT_ISSUER has a path, a query or a fragment; write"),
        ("ENV_FILE", "/nowhere/hunter1", "ENV_FILE: /nowhere/hunter1 cannot be read: No such file or directory"),
        ("ENV_FILE", "/", "ENV_FILE: / cannot be read: Is a directory"),
    ],
)
def test_a_wrong_value_is_one_line_without_a_secret(name, value, line):
    run = settings_of(**{name: value})

    assert run.returncode == 1
    [told] = run.stderr.splitlines()
    assert told.startswith(f"authgate: {line}")
    assert "hunter2" not in told


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "latin-1"])
def test_a_file_that_is_not_utf_8_is_one_line_without_a_secret(tmp_path, encoding):
    (tmp_path / "env").write_bytes("DB_PASSWORD=hünter2\n".encode(encoding))

    run = settings_of(ENV_FILE=str(tmp_path / "env"))

    [told] = run.stderr.splitlines()
    assert (run.returncode, told.partition(": it ")[0]) == (1, f"authgate: ENV_FILE: {tmp_path}/env cannot be read")
    assert "nter2" not in told


def test_a_line_of_the_file_that_cannot_be_read_is_told_by_its_number(tmp_path):
    (tmp_path / "env").write_text("# ours\nDB_USER=ann\nDB_PASSWORD: hunter2\n")

    run = settings_of(ENV_FILE=str(tmp_path / "env"))

    assert run.stderr == f"authgate: ENV_FILE: line 3 of {tmp_path}/env cannot be read; write NAME=value\n"


@pytest.mark.parametrize("name", ["RATE_LIMIT_LOGN", "JWT_LEEWAY_SECOND"])
def test_a_name_that_is_nearly_a_setting_is_told_at_the_start(name):
    with socket.create_server(("127.0.0.1", 0)) as other:
        run = start("-m", "app.launch.serve", HOST="127.0.0.1", PORT=str(other.getsockname()[1]), **{name: "1"})

    warning, end = run.stderr.splitlines()
    assert warning.startswith(f"authgate: warning: {name} is not a setting, and is ignored; did you mean {name[:9]}")
    assert end.startswith("authgate: cannot start: cannot listen on port ")


def test_a_file_that_begins_with_a_byte_order_mark_is_read_from_its_first_line(tmp_path):
    (tmp_path / "env").write_text("\ufeffWORKERS=0\n", encoding="utf-8")

    assert settings_of(ENV_FILE=str(tmp_path / "env")).stderr.startswith("authgate: WORKERS: ")
