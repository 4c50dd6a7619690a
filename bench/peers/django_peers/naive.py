"""The design that tutorials teach: synchronous Ninja views, PyJWT, a blacklist table and the user on every request."""

import time
import uuid
from datetime import datetime
from typing import Any

import jwt
from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest
from django.urls import path
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError
from ninja.security import HttpBearer

from bench.peers.common import SECRET
from bench.peers.django_peers.blacklist.models import BlacklistedToken

Users = get_user_model().objects


class Bearer(HttpBearer):
    def authenticate(self, request: HttpRequest, token: str) -> AbstractBaseUser | None:
        try:
            claims = jwt.decode(token, SECRET, algorithms=["HS256"])
        except jwt.PyJWTError:
            return None
        if BlacklistedToken.objects.filter(jti=claims["jti"]).exists():
            return None
        return Users.filter(pk=claims["sub"], is_active=True).first()


class UserOut(Schema):
    id: int
    username: str
    email: str
    first_name: str
    last_name: str
    is_staff: bool
    is_active: bool
    date_joined: datetime


class LoginIn(Schema):
    username: str
    password: str


api = NinjaAPI()


@api.get("/auth/me", auth=Bearer(), response=UserOut)
def me(request: HttpRequest) -> AbstractBaseUser:
    return request.auth


@api.post("/auth/login")
def login(request: HttpRequest, data: LoginIn) -> dict[str, Any]:
    user = authenticate(request, username=data.username, password=data.password)
    if user is None:
        raise HttpError(401, "wrong name or password")
    return {"access": _token(user.pk, 900), "refresh": _token(user.pk, 86400)}


def _token(user_id: int, seconds: int) -> str:
    now = int(time.time())
    claims = {"sub": str(user_id), "jti": uuid.uuid4().hex, "iat": now, "exp": now + seconds}
    return jwt.encode(claims, SECRET, algorithm="HS256")


urlpatterns = [path("api/", api.urls)]
