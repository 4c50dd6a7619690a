"""One real server for all of these tests, and live tokens of it signed with each kind of key."""

import hashlib
import json
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from asgiref.sync import sync_to_async

from auth.clients.secrets import hash_secret, new_secret
from auth.signing_keys import directory as keystore
from auth.tokens.keys import Algorithm
from tests.conftest import PASSWORD, bearer, eventually, registration
from tests.e2e.wire.server import Server
from tests.integration.oauth.calls import Service
from tests.security.interop.live_server import client_of, serving

JS = Path(__file__).with_name("js")
ALGORITHMS: tuple[Algorithm, ...] = ("RS256", "EdDSA", "ES256")

UNREACHABLE = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT")


@dataclass(frozen=True, slots=True)
class Live:
    """The server, a service client of it, and a token pair for each algorithm."""

    server: Server
    service: Service
    pairs: dict[str, dict[str, str]]

    @property
    def url(self) -> str:
        return self.server.url

    def token(self, algorithm: str = "ES256") -> str:
        return self.pairs[algorithm]["access_token"]

    def refresh_token(self, algorithm: str = "ES256") -> str:
        return self.pairs[algorithm]["refresh_token"]

    def tampered(self, algorithm: str = "ES256") -> str:
        """The live token with another subject."""
        return retold(self.token(algorithm))

    def new_pair(self) -> dict[str, str]:
        """The tokens of another session."""
        return dict(httpx.post(f"{self.url}/api/auth/register", json=registration()).json())

    def me(self, token: str) -> int:
        """The status of GET /me."""
        return httpx.get(f"{self.url}/api/auth/me", headers=bearer(token)).status_code


def retold(token: str) -> str:
    """The token with another subject under the same signature."""
    claims = jwt.decode(token, options={"verify_signature": False})
    claims["sub"] = str(int(claims["sub"]) + 1)
    payload = jwt.encode(claims, "x" * 32).split(".")[1]
    head, _, signature = token.split(".")
    return f"{head}.{payload}.{signature}"


@pytest.fixture(scope="package")
async def live(services, tmp_path_factory):
    data_dir = tmp_path_factory.mktemp("interop") / "data"
    service = Service("gateway", new_secret(secrets.token_bytes))
    clients = f"{service.client_id}:{hash_secret(service.secret)}"
    async with serving(services, data_dir, SERVICE_CLIENTS=clients) as server:
        async with client_of(server) as client:
            body = registration()
            assert (await client.post("/api/auth/register", json=body)).status_code == 201
            pairs: dict[str, Any] = {
                name: await signed(client, data_dir / "keys", name, body["username"]) for name in ALGORITHMS
            }
        yield Live(server, service, pairs)


async def signed(client: httpx.AsyncClient, keys: Path, algorithm: Algorithm, username: str) -> dict[str, str]:
    """The pair of a login that the server signs with a key of this kind; the other keys go on verifying."""
    key = await sync_to_async(keystore.add)(keys, algorithm=algorithm, now=1.0)
    await sync_to_async(keystore.promote)(keys, key.kid, algorithm=algorithm, now=1.0)

    async def pair():
        answer = await client.post("/api/auth/login", json={"username": username, "password": PASSWORD})
        found = answer.json()
        return found if jwt.get_unverified_header(found["access_token"])["kid"] == key.kid else None

    return await eventually(pair)


@pytest.fixture(scope="session")
def node_modules():
    """Where the npm packages of js/package-lock.json are installed; kept between runs, outside the repository."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node or npm is missing: install Node.js 20 or newer to test with jose and oauth4webapi")
    wanted = (JS / "package-lock.json").read_bytes()
    cache = Path.home() / ".cache" / "authgate-tests" / f"npm-{hashlib.sha256(wanted).hexdigest()[:16]}"
    if not cache.is_dir():
        install(cache)
    return cache / "node_modules"


def install(target: Path) -> None:
    """Install what is locked; the directory appears whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as directory:
        draft = Path(directory) / "draft"
        draft.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(JS / name, draft)
        done = subprocess.run(["npm", "ci", "--ignore-scripts"], cwd=draft, capture_output=True, text=True)
        if done.returncode and any(sign in done.stderr for sign in UNREACHABLE):
            pytest.skip(f"the npm registry cannot be reached, so jose and oauth4webapi are missing: {done.stderr}")
        assert done.returncode == 0, done.stderr
        if not target.is_dir():
            draft.rename(target)


@pytest.fixture
def node(node_modules, tmp_path):
    """Runs a script of js/ with an argument, and returns what it answers: JSON both ways."""

    def run(script: str, argument: dict) -> dict:
        (tmp_path / "node_modules").symlink_to(node_modules)
        shutil.copy(JS / script, tmp_path)
        done = subprocess.run(
            ["node", tmp_path / script, json.dumps(argument)],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run
