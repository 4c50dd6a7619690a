"""The Python package as its users get it: built, installed into an environment of its own, and its README run there."""

import ast
import asyncio
import importlib
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from collections import namedtuple
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from app.launch import processes
from tests.conftest import bearer, eventually
from tests.docs.documents import ROOT, code_blocks, files, read
from tests.e2e.wire.socket_service import Client
from tests.e2e.wire.stack import SERVICE
from tests.ports import free_port

pytestmark = pytest.mark.long

SOURCE = ROOT / "clients/python"
FIRST, *OTHERS = code_blocks(read("clients/python/README.md"), "python")
EXAMPLES = {block.partition("\n")[0].removeprefix("# "): block for block in OTHERS}
Server = namedtuple("Server", "options ready")
SERVERS = {
    "uvicorn": Server(["--ws-max-size", "65536"], "Uvicorn running"),
    "daphne": Server(["--websocket-max-message-size", "65536"], "Listening on TCP address"),
}
DAPHNE = """
from authgate_verifier.asgi import RunVerifier
from authgate_verifier.sockets import SocketKit
from tokens import verifier


async def echo(scope, receive, send):
    assert (await receive())["type"] == "websocket.connect"
    while (message := await receive())["type"] == "websocket.receive":
        if message["text"] == "fail":
            raise LookupError("the application's own")
        await send({"type": "websocket.send", "text": '{"type": null, "text": "%s"}' % message["text"]})


application = RunVerifier(SocketKit(verifier).guard(echo), verifier)
"""
DJANGO = {
    "settings.py": 'ROOT_URLCONF = "urls"\nALLOWED_HOSTS = ["127.0.0.1"]\nSECRET_KEY = "of this test alone"\n',
    "urls.py": 'from django.urls import path\n\nfrom views import me\n\nurlpatterns = [path("me", me)]\n',
}


def run(*command, directory=ROOT, **env):
    """What it prints; nothing of ours is on its path."""
    inherited = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        command, cwd=directory, env=inherited | env, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder with the wheel and the source distribution."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-d", str(folder), directory=SOURCE)
    return folder


@pytest.fixture(scope="module")
def python(built, tmp_path_factory):
    """An interpreter with the wheel; what it depends on is lent by this environment, so that nothing is fetched."""
    uv = shutil.which("uv") or str(Path(sys.prefix).resolve().parent / ".tools/bin/uv")
    home = tmp_path_factory.mktemp("venv")
    python = str(home / "bin/python")
    run(uv, "venv", "--quiet", "--offline", "--python", sys.executable, "--clear", str(home))
    [wheel] = built.glob("*.whl")
    run(uv, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", python, str(wheel))
    [packages] = home.glob("lib/python*/site-packages")
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib"))
    return python


def test_what_is_built_holds_the_package_its_types_and_its_licence(built):
    [wheel], [sdist] = built.glob("*.whl"), built.glob("*.tar.gz")
    modules = {path.relative_to(SOURCE / "src").as_posix() for path in files() if path.is_relative_to(SOURCE / "src")}
    in_wheel = set(zipfile.ZipFile(wheel).namelist())
    with tarfile.open(sdist) as archive:
        in_sdist = {name.partition("/")[2] for name in archive.getnames()}

    assert {name for name in in_wheel if ".dist-info/" not in name} == modules
    assert "authgate_verifier/py.typed" in modules
    assert any(name.endswith("licenses/LICENSE") for name in in_wheel)
    assert {f"src/{name}" for name in modules} | {"LICENSE", "README.md", "pyproject.toml"} <= in_sdist
    assert (SOURCE / "LICENSE").read_text() == read("LICENSE")


def test_it_says_what_it_is_and_needs(python):
    script = """if True:
        import authgate_verifier
        from importlib.metadata import metadata
        found = metadata("authgate-verifier")
        print(authgate_verifier.__file__.rpartition("/lib/")[0])
        print(found["License-Expression"], found["Requires-Python"], sorted(found.get_all("Requires-Dist")))
    """
    needs = ["fastapi>=0.165; extra == 'fastapi'", "httpx>=0.28.1", "pyjwt[crypto]>=2.15.1"]

    assert run(python, "-c", script).splitlines() == [str(Path(python).parents[1]), f"MIT >=3.12 {needs}"]


def environment(stack):
    found = {"AUTHGATE_URL": stack.server.url}
    return found | {"AUTHGATE_CLIENT_ID": SERVICE.client_id, "AUTHGATE_CLIENT_SECRET": SERVICE.secret}


async def test_the_first_example_of_its_readme_verifies_a_token(any_stack, python):
    async with any_stack.client() as client:
        body = await any_stack.register(client)
    env = environment(any_stack) | {"TOKEN": body["access_token"]}

    assert await asyncio.to_thread(run, python, "-c", FIRST, **env) == f"200 {body['user']['username']}\n"


@asynccontextmanager
async def serving(stack, python, application, folder, *, server="uvicorn"):
    """The address of an example on a server, in a folder of its own."""
    for name, text in (EXAMPLES | DJANGO).items():
        (folder / name).write_text(text)
    port = free_port()
    command = [python, "-m", server, *SERVERS[server].options, "--port", str(port), application]
    env = {**os.environ, **environment(stack), "DJANGO_SETTINGS_MODULE": "settings"}
    with (folder / "log").open("wb") as log:
        process = processes.spawn(command, death_signal=signal.SIGTERM, output=log, env=env, directory=folder)
    try:
        await eventually(lambda: asyncio.to_thread(is_up, process, folder / "log", SERVERS[server].ready), seconds=60)
        yield f"127.0.0.1:{port}"
    finally:
        await asyncio.to_thread(processes.stop, process, grace=5)


def is_up(process, log, words):
    text = log.read_text()
    assert process.poll() is None, text
    return words in text


@pytest.mark.parametrize("application", ["starlette_app:app", "fastapi_app:app", "asgi:application"])
async def test_the_examples_of_its_readme_serve_as_they_stand(any_stack, python, tmp_path, application):
    async with any_stack.client() as authgate, serving(any_stack, python, application, tmp_path) as service:
        body = await any_stack.register(authgate)
        async with httpx.AsyncClient(base_url=f"http://{service}", headers=bearer(body["access_token"])) as client:
            assert (await client.get("/me")).json() == {"username": body["user"]["username"]}
            assert (await client.get("/me", headers=bearer("x"))).json()["error"] == "invalid_token"
            if application.startswith("fastapi"):
                assert (await client.get("/staff")).status_code == 403
            socket = None if application.startswith("asgi") else await Client.login(f"ws://{service}/ws", body)
            assert socket is None or await socket.is_served()
            await authgate.post("/api/auth/logout", headers=bearer(body["access_token"]))
            assert socket is None or await socket.ends() == 4403
            await eventually(lambda: is_refused(client))


async def test_daphne_which_has_no_lifespan_starts_the_verifier_with_the_first_request(any_stack, python, tmp_path):
    async with (
        any_stack.client() as authgate,
        serving(any_stack, python, "asgi:application", tmp_path, server="daphne") as service,
        httpx.AsyncClient(base_url=f"http://{service}") as client,
    ):
        body = await any_stack.register(authgate)
        headers = bearer(body["access_token"])
        answers = await asyncio.gather(*(client.get("/me", headers=headers) for _ in range(10)))

        assert [answer.json() for answer in answers] == [{"username": body["user"]["username"]}] * 10
        await authgate.post("/api/auth/logout", headers=headers)
        await eventually(lambda: is_refused(client, headers))


async def test_daphne_closes_sockets_with_codes_that_it_can_send(any_stack, python, tmp_path):
    (tmp_path / "sockets.py").write_text(DAPHNE)
    async with (
        any_stack.client() as authgate,
        serving(any_stack, python, "sockets:application", tmp_path, server="daphne") as service,
    ):
        body = await any_stack.register(authgate)
        failing, revoked = [await Client.login(f"ws://{service}/ws", body) for _ in range(2)]
        assert await revoked.is_served()
        await failing.say("fail")
        assert await failing.ends() == 4011  # 1011, which Daphne cannot send
        await authgate.post("/api/auth/logout", headers=bearer(body["access_token"]))
        assert await revoked.ends() == 4403


async def is_refused(client, headers=None):
    return (await client.get("/me", headers=headers)).status_code == 401


def test_every_example_imports_what_the_package_has():
    """Also that for Channels, which is not installed here."""
    for name, text in EXAMPLES.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("authgate_verifier"):
                module = importlib.import_module(node.module)
                assert [alias.name for alias in node.names if not hasattr(module, alias.name)] == [], name
    assert "channels_app.py" in EXAMPLES
