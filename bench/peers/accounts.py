"""The accounts of the FastAPI and Litestar peers, in SQLAlchemy over asyncpg.

`python -m bench.peers.accounts` makes them.
"""

import asyncio
import uuid

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error
from fastapi_users.db import SQLAlchemyBaseUserTableUUID
from sqlalchemy import String, select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bench.peers.common import ARGON2, DATABASE_HOST, DATABASE_NAME, PASSWORD, USERS

engine = create_async_engine(f"postgresql+asyncpg://postgres@/{DATABASE_NAME}?host={DATABASE_HOST}", pool_size=16)
Database = async_sessionmaker(engine, expire_on_commit=False)
hasher = PasswordHasher(**ARGON2)


class Base(DeclarativeBase):
    pass


class User(SQLAlchemyBaseUserTableUUID, Base):
    username: Mapped[str] = mapped_column(String(150), unique=True)
    first_name: Mapped[str] = mapped_column(String(150), default="First")
    last_name: Mapped[str] = mapped_column(String(150), default="Lastname")


def user_id(number: int) -> uuid.UUID:
    return uuid.UUID(int=number)


async def verified(username: str, password: str) -> User | None:
    """The account, if the password is its; hashed in a thread, as a careful team would."""
    async with Database() as database:
        user = (await database.execute(select(User).where(User.username == username))).scalar_one_or_none()
    is_right = user is not None and await asyncio.to_thread(_is_right, user.hashed_password, password)
    return user if is_right else None


def _is_right(encoded: str, password: str) -> bool:
    try:
        return hasher.verify(encoded, password)
    except Argon2Error:
        return False


def _user(number: int, encoded: str) -> User:
    name = f"user{number}"
    return User(
        id=user_id(number),
        username=name,
        email=f"{name}@example.com",
        hashed_password=encoded,
        is_active=True,
        is_superuser=False,
        is_verified=True,
    )


async def seed() -> None:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    encoded = hasher.hash(PASSWORD)
    async with Database() as database:
        database.add_all(_user(number, encoded) for number in range(1, USERS + 1))
        await database.commit()
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(seed())
