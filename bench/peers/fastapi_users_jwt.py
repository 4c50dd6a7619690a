"""fastapi-users as its documentation sets it up: JWT strategy, the user from the database. It cannot revoke a JWT."""

import uuid
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi_users import BaseUserManager, FastAPIUsers, UUIDIDMixin, schemas
from fastapi_users.authentication import AuthenticationBackend, BearerTransport, JWTStrategy
from fastapi_users.db import SQLAlchemyUserDatabase
from fastapi_users.password import PasswordHelper
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from bench.peers.accounts import Database, User
from bench.peers.common import ARGON2, SECRET

Users = SQLAlchemyUserDatabase[User, uuid.UUID]
passwords = PasswordHelper(PasswordHash((Argon2Hasher(**ARGON2),)))


class UserRead(schemas.BaseUser[uuid.UUID]):
    username: str
    first_name: str
    last_name: str


class UserManager(UUIDIDMixin, BaseUserManager[User, uuid.UUID]):
    reset_password_token_secret = SECRET
    verification_token_secret = SECRET


async def user_database() -> AsyncIterator[Users]:
    async with Database() as database:
        yield SQLAlchemyUserDatabase(database, User)


async def user_manager(users: Annotated[Users, Depends(user_database)]) -> AsyncIterator[UserManager]:
    yield UserManager(users, passwords)


def strategy() -> JWTStrategy[User, uuid.UUID]:
    return JWTStrategy(secret=SECRET, lifetime_seconds=900)


backend = AuthenticationBackend(name="jwt", transport=BearerTransport(tokenUrl="login"), get_strategy=strategy)
library = FastAPIUsers[User, uuid.UUID](user_manager, [backend])
app = FastAPI()
app.include_router(library.get_auth_router(backend), prefix="/api/auth")


@app.get("/api/auth/me", response_model=UserRead)
async def me(user: Annotated[User, Depends(library.current_user(active=True))]) -> User:
    return user
