"""The account as its owner sees it."""

from typing import Any

import orjson

from auth.models import User


def of(user: User) -> dict[str, Any]:
    return {
        "id": user.pk,
        "username": user.username,
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "is_staff": user.is_staff,
        "is_active": user.is_active,
        "date_joined": user.date_joined,
    }


def to_json(user: User) -> str:
    return orjson.dumps(of(user), option=orjson.OPT_UTC_Z).decode()
