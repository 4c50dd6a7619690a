"""`python -m app.launch.serve`, the launcher that `make run` calls.

Valkey (if REDIS_URL is not set) and uvicorn run as child processes, and end with this process.
"""

import errno
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from contextlib import ExitStack, closing, suppress
from functools import partial
from http.client import HTTPConnection, HTTPException
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import FrameType

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from app.launch import open_files, processes, reloading, valkey
from app.metrics.snapshots import SnapshotDirectory

_DRAIN_SECONDS = 10  # for requests under way, when stopping
_IDLE_SECONDS = 75  # longer than a proxy keeps a connection: it must not send on one that we are closing
_STOP_GRACE = 15.0  # seconds until uvicorn is killed
_READY_TIMEOUT = 30.0  # seconds
_ROOT = Path(__file__).resolve().parents[2]


class StopRequested(BaseException):
    """SIGTERM, SIGHUP or Ctrl-C has arrived. Not an Exception, so that it is not handled by accident."""


class StartError(RuntimeError):
    """Authgate cannot be served; the message says why and what to do."""


def main() -> int:
    """Serve until stopped; return the exit code: 0 when stopped, 1 when it cannot start, else uvicorn's."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.development")
    wanted = _arguments()
    try:
        _catch_signals()
        if wanted.end_with_parent:
            processes.end_with(os.getppid(), signal.SIGTERM)
        return _serve(reloads=wanted.reload)
    except StopRequested:
        return 0
    except (StartError, valkey.EmbeddedError, ImproperlyConfigured, CommandError) as error:
        say(f"cannot start: {error}")
    except DatabaseError as error:
        cause = " ".join(str(error).split())  # libpq's has several lines
        say(f"cannot start: the database cannot be used, check DATABASE_URL: {cause}")
    except OSError as error:
        say(f"cannot start: {error}")
    return 1


def server_command(host: str, port: int, workers: int) -> list[str]:
    """The command that serves the application, as the launcher and the tests over real sockets run it."""
    uvicorn = [sys.executable, "-m", "uvicorn", "asgi:application"]
    bind = ["--host", host, "--port", str(port), "--workers", str(workers)]
    parts = ["--loop", "uvloop", "--http", "app.server:HTTPProtocol", "--ws", "none", "--lifespan", "on"]
    trust = ["--no-proxy-headers", "--no-server-header", "--no-access-log"]
    times = ["--timeout-graceful-shutdown", str(_DRAIN_SECONDS), "--timeout-keep-alive", str(_IDLE_SECONDS)]
    return [*uvicorn, *bind, *parts, *trust, *times]


def wait_until_ready(server: subprocess.Popen[bytes], host: str, port: int, name: str | None = None) -> None:
    """Return as soon as GET /health/ready returns 200 to a request with the Host `name` (default: its address).

    Raises StartError if `server` ends first, or after 30 s.
    """
    deadline = time.monotonic() + _READY_TIMEOUT
    while (answer := _readiness(host, port, name)) != "200":
        if server.poll() is not None:
            raise StartError(f"the server exited with code {server.returncode}; see its last lines")
        if time.monotonic() > deadline:
            raise StartError(f"GET /health/ready still returns {answer} after {_READY_TIMEOUT:.0f} s")
        time.sleep(0.05)


def _arguments() -> Namespace:
    parser = ArgumentParser(
        prog="python -m app.launch.serve", description="Serve Authgate with the environment's settings."
    )
    parser.add_argument("--end-with-parent", action="store_true", help="stop when the starting process ends")
    parser.add_argument("--reload", action="store_true", help="restart when a Python file changes")
    return parser.parse_args()


def _catch_signals() -> None:
    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signum != signal.SIGHUP or signal.getsignal(signum) != signal.SIG_IGN:  # nohup ignores it
            signal.signal(signum, _request_stop)


def _request_stop(signum: int, frame: FrameType | None) -> None:
    """Handle one request to stop: `make` repeats SIGTERM. Only a second Ctrl-C ends the wait for uvicorn."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    raise StopRequested


def _serve(*, reloads: bool) -> int:
    require_settings()
    host, port = settings.HOST, settings.PORT
    open_files.raise_limit()
    for doubt in [*settings.SETTINGS_DOUBTS, *open_files.doubts()]:
        say(f"warning: {doubt}")
    _require_free(host, port)
    settings.DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as stack:
        if settings.EMBEDDED_REDIS:
            stack.callback(valkey.start(settings.DATA_DIR).stop)
        django.setup()
        if settings.WORKERS > 1 and not reloads:
            import_routes()
        check_fitness()
        _migrate()
        SnapshotDirectory(settings.METRICS_DIR).clear()
        start = partial(processes.spawn, server_command(host, port, settings.WORKERS), death_signal=signal.SIGKILL)
        stop = partial(processes.stop, grace=_STOP_GRACE)
        if reloads:
            reloading.serve_anew(_ROOT, start, ready=_tell_readiness, stop=stop)
        server = start()
        stack.callback(stop, server)
        wait_until_ready(server, host, port, _allowed_name())
        print(_banner(), flush=True)
        code = server.wait()
        say(f"the server exited unexpectedly with code {code}")
        return code if code >= 0 else 128 - code  # as a shell reports a signal


def _tell_readiness(server: "subprocess.Popen[bytes]") -> None:
    """The server itself reports an error in the code; the next change may fix it."""
    try:
        wait_until_ready(server, settings.HOST, settings.PORT, _allowed_name())
    except StartError as error:
        say(f"{error}; waiting for a change")
    else:
        print(_banner(), flush=True)


def import_routes() -> None:
    """Raises what code of one's own raises. Workers import it too, but uvicorn restarts workers that end, for ever."""
    import_module(settings.ROOT_URLCONF)


def _require_free(host: str, port: int) -> None:
    """Fail before anything is started, with a clearer line than uvicorn's."""
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        reason = "it is in use" if error.errno == errno.EADDRINUSE else error.strerror
        raise StartError(f"cannot listen on port {port} of {host}: {reason}. Free it, or set PORT or HOST.") from error


def require_settings() -> None:
    """Raises StartError where DJANGO_SETTINGS_MODULE names no module."""
    name = os.environ["DJANGO_SETTINGS_MODULE"]
    with suppress(ImportError, ValueError):
        if find_spec(name) is not None:
            return
    raise StartError("DJANGO_SETTINGS_MODULE: no such module; use settings.development or settings.production")


def check_fitness() -> None:
    """Raises StartError, with what no server can run on."""
    from app import checks
    from app.launch import fitness  # need Django's apps

    try:
        fitness.check()
    except checks.StartRefusedError as error:
        raise StartError(str(error)) from error


def _migrate() -> None:
    """Bring the database up to date; costs next to nothing when it is."""
    connection.settings_dict["OPTIONS"].pop("pool", None)  # a single connection's errors say what is wrong
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False)
    connection.close()


def _allowed_name() -> str | None:
    """A host name that the application serves, which its address need not be."""
    return next((name.removeprefix(".") for name in settings.ALLOWED_HOSTS if name != "*"), None)


def _readiness(host: str, port: int, name: str | None) -> str:
    """The result of GET /health/ready: "200", another status with its body, or an error."""
    try:
        with closing(HTTPConnection(_reachable(host), port, timeout=2)) as client:
            client.request("GET", "/health/ready", headers={"Host": name} if name else {})
            response = client.getresponse()
            return (
                "200" if response.status == 200 else f"{response.status}: {response.read(500).decode(errors='replace')}"
            )
    except (OSError, HTTPException) as error:
        return f"nothing ({error})"


def _reachable(host: str) -> str:
    """The address to reach a server at that listens on `host`, which may mean "all addresses"."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104  nothing is bound


def _banner() -> str:
    host = _reachable(settings.HOST)
    url = f"http://[{host}]:{settings.PORT}" if ":" in host else f"http://{host}:{settings.PORT}"
    lines = ["", "Authgate is ready. Press Ctrl-C to stop it, twice to stop immediately."]
    if settings.DEMO_ENABLED:
        lines.append(f"  demo   {url}/")
    lines.append(f"  API    {url}/api/auth/…   (routes: docs/api.md)")
    if settings.DOCS_ENABLED:
        lines.append(f"  docs   {url}/api/docs")
    if settings.ADMIN_ENABLED:
        lines.append(f"  admin  {url}/admin/   (create an admin: {_where()}.venv/bin/python manage.py createsuperuser)")
    return "\n".join([*lines, ""])


def _where() -> str:
    """Variables of `make run DATA_DIR=…` that another shell lacks: the admin must be created in this database."""
    given = {name: os.environ[name] for name in ("DATA_DIR", "DATABASE_URL") if os.environ.get(name)}
    if "DATABASE_URL" in given:
        given = {"DATABASE_URL": "…"}  # it may hold a password
    return "".join(f"{name}={shlex.quote(value)} " for name, value in given.items())


def say(line: str) -> None:
    print(f"authgate: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
