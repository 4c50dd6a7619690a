"""Rotating the signing key of a server with two workers, while clients are busy: nobody notices."""

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field, replace

import jwt
import pytest
from django.conf import settings

from tests.conftest import eventually, registration
from tests.e2e.wire.server import Server
from tests.integration.calls import me, published_keys, refresh
from tests.integration.signing_keys.support import amanage
from tests.pace import within
from tests.security.interop.live_server import client_of, serving

pytestmark = pytest.mark.long

WORKERS = 2
CLIENTS = 4
CONNECTIONS = 6  # new ones, which the workers share
FOLLOW = 5.0  # seconds


@dataclass
class Load:
    """Clients that call GET /me and refresh without a pause, and what they were answered."""

    server: Server
    answers: Counter = field(default_factory=Counter)
    """How often which status was the answer to which call with which key."""
    held: dict = field(default_factory=dict)
    """The keys of the two newest access tokens that each client holds."""

    async def run(self, number):
        """One client. Its calls go over one connection, and so to one worker."""
        async with client_of(self.server) as client:
            pair = (await client.post("/api/auth/register", json=registration())).json()
            tokens = [pair["access_token"]]
            while True:
                self.held[number] = {kid_of(token) for token in tokens}
                for token in tokens:
                    self.answers["me", kid_of(token), (await me(client, token)).status_code] += 1
                answer = await refresh(client, pair["refresh_token"])
                self.answers["refresh", kid_of(tokens[-1]), answer.status_code] += 1
                if answer.status_code == 200:
                    pair = answer.json()
                    tokens = [tokens[-1], pair["access_token"]]

    async def holds_only(self, kid):
        return len(self.held) == CLIENTS and all(kids == {kid} for kids in self.held.values())

    async def goes_on(self, calls):
        """Wait until so many more calls have been answered."""
        wanted = self.answers.total() + calls

        async def are_answered():
            return self.answers.total() >= wanted

        await eventually(are_answered)


@dataclass
class Rotation:
    """What is known after a rotation under load."""

    old: str
    new: str
    answers: Counter
    old_token_statuses: set


def kid_of(token):
    return jwt.get_unverified_header(token)["kid"]


async def followed(server, probe):
    """Wait until every worker has logged a change of its keys that is as `probe` wants it."""

    async def all_have():
        lines = [line for line in server.output().splitlines() if '"keys_changed"' in line]
        return sum(probe(json.loads(line)) for line in lines) >= WORKERS

    await within(FOLLOW, all_have)


async def all_workers_run(server):
    return server.output().count("Application startup complete") == WORKERS


async def is_published(server, kid):
    """Whether every one of several new connections leads to this key."""
    return all([kid in await over_a_new_connection(server, published_keys) for _ in range(CONNECTIONS)])


async def over_a_new_connection(server, ask):
    async with client_of(server) as client:
        return await ask(client)


async def rotate(server, load):
    """Generate, promote, retire: each as soon as all workers know of what came before."""
    old = (await amanage("list")).split()[0]
    old_token = await over_a_new_connection(server, access_token)

    new = (await amanage("generate")).split()[0]
    await followed(server, lambda change: new in change["verifying"])
    await within(FOLLOW, lambda: is_published(server, new))

    await amanage("promote", new, "--force")
    await followed(server, lambda change: change["signing"] == new)
    await eventually(lambda: load.holds_only(new))

    await amanage("retire", old, "--force")
    await followed(server, lambda change: change["verifying"] == [new])
    await load.goes_on(200)

    statuses = {
        (await over_a_new_connection(server, lambda client: me(client, old_token))).status_code
        for _ in range(CONNECTIONS)
    }
    return Rotation(old, new, load.answers, statuses)


async def access_token(client):
    return (await client.post("/api/auth/register", json=registration())).json()["access_token"]


@pytest.fixture(scope="module")
async def rotation(services, tmp_path_factory):
    data_dir = tmp_path_factory.mktemp("rotation") / "data"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "AUTH", replace(settings.AUTH, keys_dir=data_dir / "keys"))
        async with serving(services, data_dir, workers=WORKERS) as server:
            await eventually(lambda: all_workers_run(server), seconds=60)
            load = Load(server)
            clients = [asyncio.create_task(load.run(number)) for number in range(CLIENTS)]
            try:
                yield await rotate(server, load)
            finally:
                for client in clients:
                    client.cancel()
                await asyncio.gather(*clients, return_exceptions=True)


async def test_every_call_with_a_token_of_a_key_in_force_is_answered(rotation):
    assert {status for _, _, status in rotation.answers} == {200}


async def test_tokens_of_both_keys_were_used(rotation):
    used = {kid: count for (call, kid, _), count in rotation.answers.items() if call == "me"}

    assert used.keys() == {rotation.old, rotation.new}
    assert min(used.values()) >= CLIENTS


async def test_no_worker_takes_a_token_of_the_retired_key(rotation):
    assert rotation.old_token_statuses == {401}
