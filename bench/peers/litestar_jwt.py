"""Litestar's JWTAuth, with its hook for revoked tokens asking Redis. No database on /me."""

import uuid
from dataclasses import dataclass
from typing import Any

from litestar import Litestar, Request, get, post
from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException
from litestar.security.jwt import JWTAuth, Token
from redis.asyncio import Redis

from bench.peers.accounts import verified
from bench.peers.common import REDIS_URL, SECRET, blacklist_key, profile

redis = Redis.from_url(REDIS_URL)
Connection = ASGIConnection[Any, Any, Any, Any]


@dataclass
class UserOut:
    id: int
    username: str
    email: str
    first_name: str
    last_name: str
    is_staff: bool
    is_active: bool
    date_joined: str


@dataclass
class LoginIn:
    username: str
    password: str


async def user_of(token: Token, connection: Connection) -> UserOut:
    return UserOut(**profile(int(token.sub)))


async def is_revoked(token: Token, connection: Connection) -> bool:
    return bool(await redis.exists(blacklist_key(token.jti or "")))


authentication = JWTAuth[UserOut](
    retrieve_user_handler=user_of,
    revoked_token_handler=is_revoked,
    token_secret=SECRET,
    exclude=["/api/auth/login", "/schema"],
)


@get("/api/auth/me")
async def me(request: Request[UserOut, Token, Any]) -> UserOut:
    return request.user


@post("/api/auth/login", status_code=200)
async def login(data: LoginIn) -> dict[str, str]:
    user = await verified(data.username, data.password)
    if user is None:
        raise NotAuthorizedException
    tokens = [authentication.create_token(str(user.id.int), token_unique_jwt_id=uuid.uuid4().hex) for _ in range(2)]
    return dict(zip(("access", "refresh"), tokens, strict=True))


app = Litestar([me, login], on_app_init=[authentication.on_app_init])
