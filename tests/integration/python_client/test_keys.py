"""The public keys as the Python verifier keeps them, without a server: httpx.MockTransport."""

import asyncio
from contextlib import asynccontextmanager
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from authgate_verifier import InvalidToken, KeysUnavailable, Verifier
from tests.conftest import eventually
from tests.integration.python_client.fake import ISSUER, Clock, claims, heartbeat, jwk, new_key


class Site:
    """Keys, and a feed that beats once and stays open."""

    def __init__(self):
        self.key, self.clock = new_key(), Clock()
        self.is_away = False
        self.answer: dict[str, list[Any]] = {"keys": [jwk(self.key)]}
        self.requests = 0

    def handle(self, request):
        if request.url.path.endswith("jwks.json"):
            self.requests += 1
            return httpx.Response(200, json=self.answer) if not self.is_away else httpx.Response(503)
        return httpx.Response(200, headers={"Content-Type": "text/event-stream"}, content=self.feed())

    async def feed(self):
        yield heartbeat(0)
        await asyncio.Event().wait()

    def token(self, kid="k1", key=None, algorithm="ES256"):
        return jwt.encode(claims(), key or self.key, algorithm, {"typ": "at+jwt", "kid": kid})

    @asynccontextmanager
    async def verifying(self):
        options: dict[str, Any] = {"client_id": "a", "client_secret": "b", "issuer": ISSUER, "max_staleness": 1e9}
        transport = httpx.MockTransport(self.handle)
        async with Verifier(ISSUER, transport=transport, clocks=self.clock.clocks(), **options) as verifier:
            yield verifier

    async def until_fetched(self, count):
        async def is_so():
            return self.requests >= count

        await eventually(is_so)
        await asyncio.sleep(0)


def refusal(verifier, token):
    with pytest.raises((InvalidToken, KeysUnavailable)) as refused:
        verifier.verify(token)
    return type(refused.value)


async def test_a_flood_of_unknown_key_ids_costs_one_request_in_five_seconds():
    site = Site()
    async with site.verifying() as verifier:
        before = site.requests
        for step in range(100):  # 10 seconds
            site.clock.passed += 0.1
            for number in range(10):
                refusal(verifier, site.token(f"{step}-{number}"))
            await asyncio.sleep(0.002)
        assert 1 <= site.requests - before <= 2


async def test_a_key_that_was_never_seen_is_fetched_and_meanwhile_nothing_is_decided():
    site, other = Site(), new_key()
    async with site.verifying() as verifier:
        site.answer["keys"].append(jwk(other, "k2"))
        site.clock.passed += 6
        before = site.requests
        assert refusal(verifier, site.token("k2", other)) is KeysUnavailable
        await site.until_fetched(before + 1)

        async def is_accepted():
            try:
                return verifier.verify(site.token("k2", other))
            except KeysUnavailable:
                return None

        assert (await eventually(is_accepted)).subject == "7"
        assert refusal(verifier, site.token("k3")) is InvalidToken


async def test_cached_keys_work_while_the_server_is_away_and_unknown_ones_are_undecided():
    site = Site()
    async with site.verifying() as verifier:
        site.is_away = True
        site.clock.passed += 6
        before = site.requests
        refusal(verifier, site.token("k2"))
        await site.until_fetched(before + 1)

        assert verifier.verify(site.token()).subject == "7"
        assert refusal(verifier, site.token("k2")) is KeysUnavailable


async def test_a_key_that_vanished_is_refused():
    site = Site()
    async with site.verifying() as verifier:
        site.answer = {"keys": []}
        site.clock.passed += 6
        before = site.requests
        refusal(verifier, site.token("k2"))
        await site.until_fetched(before + 1)

        async def is_refused():
            try:
                verifier.verify(site.token())
            except InvalidToken as error:
                return error.reason

        assert await eventually(is_refused) == "unknown_kid"


async def test_every_algorithm_of_the_server_is_verified_and_foreign_keys_are_passed_over():
    site = Site()
    edward, rivest, weak = (
        ed25519.Ed25519PrivateKey.generate(),
        rsa.generate_private_key(65537, 2048),
        rsa.generate_private_key(65537, 1024),
    )
    public_rsa = jwt.algorithms.RSAAlgorithm.to_jwk
    site.answer["keys"] += [
        jwt.algorithms.OKPAlgorithm.to_jwk(edward.public_key(), as_dict=True) | {"kid": "ed"},
        public_rsa(rivest.public_key(), as_dict=True) | {"kid": "rs"},
        public_rsa(weak.public_key(), as_dict=True) | {"kid": "weak"},
        jwk(site.key, "encrypts") | {"use": "enc"},
        jwk(site.key, "broken") | {"x": "AAAA"},
        {"kty": "oct", "kid": "secret", "k": "AAAA"},
        "no key",
    ]
    async with site.verifying() as verifier:
        assert verifier.verify(site.token("ed", edward, "EdDSA")).subject == "7"
        assert verifier.verify(site.token("rs", rivest, "RS256")).subject == "7"
        for kid in ("weak", "encrypts", "broken", "secret"):
            assert refusal(verifier, site.token(kid)) is InvalidToken


@pytest.mark.parametrize(
    ("answer", "said"), [(httpx.Response(404), "answered 404"), (httpx.ConnectError("refused"), "refused")]
)
async def test_a_start_without_keys_says_why_and_where(answer, said):
    def handle(_):
        if isinstance(answer, Exception):
            raise answer
        return answer

    verifier = Verifier(f"{ISSUER}/api", client_id="a", client_secret="b", transport=httpx.MockTransport(handle))
    with pytest.raises(KeysUnavailable, match=f"{ISSUER}/api/.well-known/jwks.json: {said}"):
        await verifier.start(timeout=0.3)
    await verifier.close()


async def test_another_issuer_of_a_good_signature_is_logged_once(caplog):
    site = Site()
    async with site.verifying() as verifier:
        token = jwt.encode(claims(iss="http://127.0.0.1"), site.key, "ES256", {"typ": "at+jwt", "kid": "k1"})
        for _ in range(2):
            assert refusal(verifier, token) is InvalidToken

    [line] = [line for line in caplog.messages if "set issuer" in line]
    assert "'http://127.0.0.1'" in line
    assert ISSUER in line
