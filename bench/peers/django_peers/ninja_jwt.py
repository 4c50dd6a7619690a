"""ninja-jwt's AsyncJWTAuth, with its blacklist checked for access tokens too."""

from datetime import datetime

from asgiref.sync import sync_to_async
from django.contrib.auth import aauthenticate
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest
from django.urls import path
from ninja import Schema
from ninja.errors import HttpError
from ninja_extra import NinjaExtraAPI
from ninja_jwt.authentication import AsyncJWTAuth
from ninja_jwt.tokens import AccessToken, BlacklistMixin, RefreshToken


class RevocableAccessToken(BlacklistMixin, AccessToken):
    """settings.NINJA_JWT names it."""


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


api = NinjaExtraAPI()


@api.get("/auth/me", auth=AsyncJWTAuth(), response=UserOut)
async def me(request: HttpRequest) -> AbstractBaseUser:
    return request.user


@api.post("/auth/login")
async def login(request: HttpRequest, data: LoginIn) -> dict[str, str]:
    user = await aauthenticate(request, username=data.username, password=data.password)
    if user is None:
        raise HttpError(401, "wrong name or password")
    refresh = await sync_to_async(RefreshToken.for_user)(user)
    return {"access": str(refresh.access_token), "refresh": str(refresh)}


urlpatterns = [path("api/", api.urls)]
