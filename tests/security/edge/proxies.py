"""nginx, HAProxy, Caddy, Traefik and Envoy, each as a plain reverse proxy that keeps its connections to the server.

Upgrades are passed on as their manuals say: so an offer reaches the server, and the connection is used again.
"""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from app.launch import processes
from tests.conftest import eventually
from tests.e2e.proxies.raw_requests import send
from tests.ports import free_port

_NGINX = """
daemon off; pid nginx.pid; error_log stderr crit; worker_processes 1; {user}
events {{}}
http {{
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy;
    fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    map $http_upgrade $connection_upgrade {{ default upgrade; "" ""; }}
    upstream app {{ server 127.0.0.1:{app}; keepalive 8; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://app;
            proxy_http_version 1.1;
            proxy_request_buffering off;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
        }}
    }}
}}
"""
_HAPROXY = """
defaults
    mode http
    timeout connect 2s
    timeout client 10s
    timeout server 10s
    timeout http-request 2s
frontend web
    bind 127.0.0.1:{port}
    default_backend app
backend app
    http-reuse always
    server app 127.0.0.1:{app}
"""
_CADDY = """
{{
    admin off
    auto_https off
}}
http://:{port} {{
    reverse_proxy 127.0.0.1:{app}
}}
"""
_TRAEFIK = """
entryPoints: {{ web: {{ address: "127.0.0.1:{port}" }} }}
providers: {{ file: {{ filename: routes.yml }} }}
"""
_ROUTES = """
http:
  routers: {{ all: {{ rule: "PathPrefix(`/`)", service: app }} }}
  services: {{ app: {{ loadBalancer: {{ servers: [{{ url: "http://127.0.0.1:{app}" }}] }} }} }}
"""
_ENVOY = """
static_resources:
  listeners:
    - address: {{ socket_address: {{ address: 127.0.0.1, port_value: {port} }} }}
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/{manager}
                stat_prefix: web
                upgrade_configs: [{{ upgrade_type: websocket }}, {{ upgrade_type: h2c }}]
                http_protocol_options: {{ enable_trailers: true }}
                route_config:
                  virtual_hosts:
                    - {{ name: app, domains: ["*"], routes: [{{ match: {{ prefix: / }}, route: {{ cluster: app }} }}] }}
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
  clusters:
    - name: app
      connect_timeout: 2s
      typed_extension_protocol_options:
        envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
          "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
          explicit_http_config: {{ http_protocol_options: {{ enable_trailers: true }} }}
      load_assignment:
        cluster_name: app
        endpoints:
          - lb_endpoints:
              - endpoint: {{ address: {{ socket_address: {{ address: 127.0.0.1, port_value: {app} }} }} }}
"""

_MANAGER = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"

PROXIES: Mapping[str, tuple[Mapping[str, str], Callable[[Path], list[str]]]] = {
    "nginx": ({"main.conf": _NGINX}, lambda here: ["nginx", "-p", str(here), "-c", str(here / "main.conf")]),
    "haproxy": ({"haproxy.cfg": _HAPROXY}, lambda _: ["haproxy", "-db", "-f", "haproxy.cfg"]),
    "caddy": ({"Caddyfile": _CADDY}, lambda _: ["caddy", "run", "--adapter", "caddyfile", "--config", "Caddyfile"]),
    "traefik": (
        {"traefik.yml": _TRAEFIK, "routes.yml": _ROUTES},
        lambda _: ["traefik", "--configFile=traefik.yml"],
    ),
    "envoy": (
        {"envoy.yaml": _ENVOY},
        lambda _: [
            "envoy",
            "--disable-hot-restart",
            "--concurrency",
            "1",
            "--log-level",
            "critical",
            "-c",
            "envoy.yaml",
        ],
    ),
}


@asynccontextmanager
async def proxying(name: str, app: int, directory: Path) -> AsyncIterator[int]:
    """The port at which the proxy serves the server of another port until the block ends."""
    port = free_port()
    texts, command = PROXIES[name]
    user = "user root;" if os.getuid() == 0 else ""
    for file, text in texts.items():
        (directory / file).write_text(text.format(app=app, port=port, user=user, manager=_MANAGER))
    env = {**os.environ, "HOME": str(directory), "XDG_DATA_HOME": str(directory)}
    with (directory / "log").open("wb") as output:
        process = processes.spawn(
            command(directory), death_signal=signal.SIGKILL, output=output, env=env, directory=directory
        )
    try:
        await eventually(lambda: asyncio.to_thread(_serves, port), seconds=30)
        yield port
    finally:
        await asyncio.to_thread(processes.stop, process, grace=0.5)


def _serves(port: int) -> bool:
    try:
        return send(port, "/ready").status == 200
    except OSError:
        return False


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
