"""The proxies of examples/proxies as processes of their own, on free ports, with the files as they are read there."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.launch import processes
from tests.docs.documents import ROOT
from tests.e2e.proxies.raw_requests import send
from tests.ports import free_port

EXAMPLES = ROOT / "examples" / "proxies"
_START_TIMEOUT = 20.0  # seconds

# nginx keeps all that it writes below its prefix, and does not become a daemon.
_NGINX = """
daemon off; pid nginx.pid; error_log stderr; worker_processes 1; {user}
events {{}}
http {{
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy;
    fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    include authgate.conf;
}}
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one proxy runs: its own port, the ports of those it talks to, a directory, and Authgate's public key.

    `broken` replaces a text of the file by another, to see that the file fails well.
    """

    directory: Path
    port: int
    authgate: int
    backend: int
    key: Path
    broken: tuple[str, str] = ("", "")

    def environment(self) -> dict[str, str]:
        """What the configurations may take from the environment."""
        return {
            "AUTHGATE": f"127.0.0.1:{self.authgate}",
            "BACKEND": f"127.0.0.1:{self.backend}",
            "AUTHGATE_KEY": str(self.key),
            "LISTEN": f"127.0.0.1:{self.port}",
            "PORT": str(self.port),
        }

    def edited(self, name: str, form: str) -> Path:
        """A copy of a file that takes no environment, with its three addresses changed as a reader would."""
        text = (EXAMPLES / name).read_text()
        for old, new in ((8000, self.authgate), (9000, self.backend), (8080, self.port)):
            assert form.format(old) in text
            text = text.replace(form.format(old), form.format(new))
        assert self.broken[0] in text
        copy = self.directory / name
        copy.write_text(text.replace(*self.broken) if self.broken[0] else text)
        return copy


def _nginx(place: Place) -> list[str]:
    place.edited("nginx.conf", " 127.0.0.1:{};").rename(place.directory / "authgate.conf")
    main = place.directory / "main.conf"
    main.write_text(_NGINX.format(user="user root;" if os.getuid() == 0 else ""))
    return ["nginx", "-p", str(place.directory), "-c", str(main)]


def _caddy(place: Place) -> list[str]:
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(EXAMPLES / "Caddyfile")]


def _traefik(place: Place) -> list[str]:
    inner = free_port()
    static = (EXAMPLES / "traefik.yml").read_text().replace("127.0.0.1:8080", f"127.0.0.1:{place.port}")
    (place.directory / "traefik.yml").write_text(static.replace("127.0.0.1:8081", f"127.0.0.1:{inner}"))
    routes = (EXAMPLES / "traefik-routes.yml").read_text()
    (place.directory / "traefik-routes.yml").write_text(routes.replace("127.0.0.1:8081", f"127.0.0.1:{inner}"))
    return ["traefik", "--configFile=traefik.yml"]


def _haproxy(place: Place) -> list[str]:
    return ["haproxy", "-db", "-f", str(EXAMPLES / "haproxy.cfg")]


def _envoy(name: str) -> Callable[[Place], list[str]]:
    def command(place: Place) -> list[str]:
        config = place.edited(name, "port_value: {} ")
        return ["envoy", "--disable-hot-restart", "--concurrency", "1", "--log-level", "warn", "-c", str(config)]

    return command


ASKING: Mapping[str, Callable[[Place], list[str]]] = {
    "nginx": _nginx,
    "caddy": _caddy,
    "traefik": _traefik,
    "envoy-asking": _envoy("envoy-asking.yaml"),
}
OFFLINE: Mapping[str, Callable[[Place], list[str]]] = {"envoy": _envoy("envoy.yaml"), "haproxy": _haproxy}


@contextmanager
def running(
    name: str, directory: Path, *, authgate: int, backend: int, key: Path, broken: tuple[str, str] = ("", "")
) -> Iterator[int]:
    """The port at which the proxy serves until the block ends."""
    directory.mkdir()
    place = Place(directory, free_port(), authgate, backend, key, broken)
    command = {**ASKING, **OFFLINE}[name](place)
    env = {**os.environ, **place.environment(), "HOME": str(directory), "XDG_DATA_HOME": str(directory)}
    log = directory / "log"
    with log.open("wb") as output:
        process = processes.spawn(command, death_signal=signal.SIGKILL, output=output, env=env, directory=directory)
    try:
        _wait(name, process, place.port, log)
        yield place.port
    finally:
        processes.stop(process, grace=0.5)


def _wait(name: str, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_TIMEOUT
    while True:
        assert process.poll() is None, f"{name} has ended: {log.read_text()[-3000:]}"
        assert time.monotonic() < deadline, f"{name} does not serve: {log.read_text()[-3000:]}"
        try:
            if send(port, "/public/").status == 200:
                return
        except OSError:
            time.sleep(0.02)
