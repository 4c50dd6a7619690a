"""`python -m tests.e2e.chat.seed 500`: as many accounts, with two sessions each. Prints the tokens of each as JSON.

The tokens are real, signed with the server's keys; only the hash of the password is the same for all accounts.
"""

import asyncio
import json
import sys

import django

django.setup(set_prefix=False)

from django.contrib.auth.hashers import make_password  # noqa: E402  needs the settings
from django.db import transaction  # noqa: E402

from app.wiring import build_runtime  # noqa: E402
from auth.caller import Caller  # noqa: E402
from auth.models import Session, User  # noqa: E402
from auth.sessions.issue import new_session, token_pair  # noqa: E402
from auth.sessions.stages import Admission  # noqa: E402
from tests.e2e.wire.stack import PASSWORD  # noqa: E402

SESSIONS = 2  # of each account


def accounts(count: int) -> list[User]:
    encoded = make_password(PASSWORD)
    users = [User(username=f"chat{n}", email=f"chat{n}@example.com", password=encoded) for n in range(count)]
    for user in users:
        user.save()
    return users


async def tokens(sessions: list[Session]) -> list[dict[str, object]]:
    pairs = [(session, await token_pair(runtime, session.user, session)) for session in sessions]
    return [
        {"user": session.user_id, "access_token": pair.access_token, "refresh_token": pair.refresh_token}
        for session, pair in pairs
    ]


runtime = build_runtime()
caller = Caller("127.0.0.1", "")
with transaction.atomic():
    users = accounts(int(sys.argv[1]))
    started = Session.objects.bulk_create(
        new_session(runtime, Admission(user), caller) for user in users for _ in range(SESSIONS)
    )
print(json.dumps(asyncio.run(tokens(started))))
