"""FastAPI with PyJWT, and one EXISTS over redis-py for the blacklist. No database on /me."""

import time
import uuid
from typing import Annotated, Any

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from redis.asyncio import Redis

from bench.peers.accounts import verified
from bench.peers.common import REDIS_URL, SECRET, blacklist_key, profile

app = FastAPI()
redis = Redis.from_url(REDIS_URL)
Credentials = Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]


class UserOut(BaseModel):
    id: int
    username: str
    email: str
    first_name: str
    last_name: str
    is_staff: bool
    is_active: bool
    date_joined: str


class LoginIn(BaseModel):
    username: str
    password: str


async def claims_of(credentials: Credentials) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(credentials.credentials, SECRET, algorithms=["HS256"])
    except jwt.PyJWTError:
        raise HTTPException(401) from None
    if await redis.exists(blacklist_key(claims["jti"])):
        raise HTTPException(401)
    return claims


@app.get("/api/auth/me")
async def me(claims: Annotated[dict[str, Any], Depends(claims_of)]) -> UserOut:
    return UserOut(**profile(int(claims["sub"])))


@app.post("/api/auth/login")
async def login(data: LoginIn) -> dict[str, str]:
    user = await verified(data.username, data.password)
    if user is None:
        raise HTTPException(401)
    return {"access": _token(user.id.int, 900), "refresh": _token(user.id.int, 86400)}


def _token(number: int, seconds: int) -> str:
    now = int(time.time())
    claims = {"sub": str(number), "jti": uuid.uuid4().hex, "iat": now, "exp": now + seconds}
    return jwt.encode(claims, SECRET, algorithm="HS256")
