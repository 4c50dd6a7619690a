"""`make chat`: serves Authgate and a chat that accepts its tokens, `python` or `node`, until it is told to stop.

The chat is a service client of Authgate with a secret made for this run: Authgate is given its hash, the chat the
secret itself, both by the environment alone.
"""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from app.launch import processes, serve
from auth.clients.secrets import hash_secret

FOLDER = Path(__file__).parent
CLIENT_ID = "chat"
COMMANDS = {
    "python": [sys.executable, "-m", "uvicorn", "service:app", "--app-dir", str(FOLDER), "--ws-max-size", "16384"],
    "node": ["node", str(FOLDER / "node" / "server.mjs")],
}
START_SECONDS = 20.0
STOP_SECONDS = 20.0


class Stop(BaseException):
    """A signal has arrived. Not an Exception, so that nobody handles it by accident."""


def main(kind: str) -> int:
    """Exit code: 0 when told to stop, 1 when one of the two services ended by itself."""
    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(signum, _stop)
    try:
        processes.end_with(os.getppid(), signal.SIGTERM)
        return _serve(kind)
    except Stop:
        return 0
    except serve.StartError as error:
        print(f"chat: cannot start: {error}", file=sys.stderr)
        return 1


def _stop(signum: int, _frame: object) -> None:
    for repeated in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(repeated, signal.SIG_IGN)
    raise Stop


def _serve(kind: str) -> int:
    port, chat_port = os.environ.get("PORT", "8000"), os.environ.get("CHAT_PORT", "8100")
    authgate, secret = f"http://127.0.0.1:{port}", secrets.token_urlsafe(32)
    _require_free(int(chat_port))
    with ExitStack() as stack:
        server = _start(
            stack, [sys.executable, "-m", "app.launch.serve"], _authgate_environment(port, chat_port, secret)
        )
        serve.wait_until_ready(server, "127.0.0.1", int(port))
        chat = _start(stack, COMMANDS[kind], _chat_environment(authgate, chat_port, secret))
        _wait_until_listening(chat, int(chat_port))
        print(f"\nThe chat ({kind}): http://127.0.0.1:{chat_port}/\nOpen it twice. Ctrl-C stops it.\n", flush=True)
        return _first_end(server, chat)


def _require_free(port: int) -> None:
    """Fail before anything is started. Authgate looks after its own port."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        raise serve.StartError(f"cannot listen on port {port}: {error.strerror}. Free it, or set CHAT_PORT.") from error


def _authgate_environment(port: str, chat_port: str, secret: str) -> dict[str, str]:
    origins = [f"http://{name}:{chat_port}" for name in ("127.0.0.1", "localhost")]
    client = f"{CLIENT_ID}:{hash_secret(secret)}"
    more = {"CORS_ALLOWED_ORIGINS": origins, "SERVICE_CLIENTS": [client]}
    lists = {name: ",".join(filter(None, [os.environ.get(name), *values])) for name, values in more.items()}
    return lists | {"HOST": "127.0.0.1", "PORT": port, "DEMO_CHAT_URL": f"ws://127.0.0.1:{chat_port}/ws"}


def _chat_environment(authgate: str, chat_port: str, secret: str) -> dict[str, str]:
    client = {"AUTHGATE_CLIENT_ID": CLIENT_ID, "AUTHGATE_CLIENT_SECRET": secret}
    python = {"PYTHONPATH": str(FOLDER.parents[1] / "clients" / "python" / "src"), "UVICORN_PORT": chat_port}
    return {"AUTHGATE_URL": authgate, **client, **python, "PORT": chat_port}


def _start(stack: ExitStack, command: list[str], env: dict[str, str]) -> subprocess.Popen[bytes]:
    """It ends with the block, and with this process however that ends."""
    process = processes.spawn(command, death_signal=signal.SIGTERM, env={**os.environ, **env})
    stack.callback(processes.stop, process, grace=STOP_SECONDS)
    return process


def _wait_until_listening(chat: subprocess.Popen[bytes], port: int) -> None:
    """Raises serve.StartError when it ends before, or does not listen in time."""
    deadline = time.monotonic() + START_SECONDS
    while chat.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise serve.StartError(f"nothing listens on port {port}; the lines above say why")


def _first_end(*running: subprocess.Popen[bytes]) -> int:
    while all(process.poll() is None for process in running):
        time.sleep(0.2)
    print("chat: one of the services ended by itself; the lines above say why", file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
