"""Floors: bare ASGI without a framework, the least that a Python server can do. FLOOR names which.

fixed    200 and 250 bytes of JSON
eval     PyJWT, then one script over redis-py: blacklist, epoch of the account, rate limit (GCRA)
"""

import os
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import jwt
import orjson
from redis.asyncio import Redis

from bench.peers.common import REDIS_URL, SECRET, blacklist_key, profile

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

_FIXED = orjson.dumps(profile(1)).ljust(250)
_INTERVAL_US, _BURST_US = 60, 60_000_000

_SCRIPT = """
if redis.call('EXISTS', KEYS[1]) == 1 then return 1 end
local epoch = redis.call('GET', KEYS[2])
if epoch and tonumber(epoch) > tonumber(ARGV[1]) then return 2 end
local now, interval, burst = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local arrival = math.max(tonumber(redis.call('GET', KEYS[3]) or now), now) + interval
if arrival - now > burst then return 3 end
redis.call('SET', KEYS[3], string.format('%.0f', arrival), 'PX', math.ceil((arrival - now) / 1000) + 1)
return 0
"""

redis = Redis.from_url(REDIS_URL)
may_pass = redis.register_script(_SCRIPT)


async def fixed(scope: Message, send: Send) -> None:
    await answer(send, 200, _FIXED)


async def evaluated(scope: Message, send: Send) -> None:
    try:
        claims = jwt.decode(bearer(scope), SECRET, algorithms=["HS256"])
    except jwt.PyJWTError:
        await answer(send, 401, b"{}")
        return
    user = claims["sub"]
    names = [blacklist_key(claims["jti"]), f"epoch:{user}", f"calls:{user}"]
    arguments = [claims["iat"], int(time.time() * 1e6), _INTERVAL_US, _BURST_US]
    refusal = await may_pass(keys=names, args=arguments)
    await answer(send, 401 if refusal else 200, b"{}" if refusal else orjson.dumps(profile(int(user))))


def bearer(scope: Message) -> str:
    fields = [value for name, value in scope["headers"] if name == b"authorization"]
    return fields[0].decode().removeprefix("Bearer ") if fields else ""


async def answer(send: Send, status: int, body: bytes) -> None:
    fields = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})


_serve = {"fixed": fixed, "eval": evaluated}[os.environ.get("FLOOR", "fixed")]


async def app(scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
    await _serve(scope, send)
