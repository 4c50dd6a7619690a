"""`python -m tests.e2e.load.seed NAME COUNT`: as many accounts with a session each. Prints the lines of their pool.

The tokens are real, signed with the server's keys; only the hash of the password is the same for all accounts.
"""

import asyncio
import json
import sys
import time

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


def account(name: str, encoded: str) -> User:
    user = User(username=name, email=f"{name}@load.invalid", password=encoded)
    user.save()
    return user


async def line(session: Session) -> dict[str, object]:
    pair, now = await token_pair(runtime, session.user, session), int(time.time())
    return {
        "user_id": session.user_id,
        "username": session.user.username,
        "password": PASSWORD,
        "sid": str(session.sid),
        "access_token": pair.access_token,
        "refresh_token": pair.refresh_token,
        "expires_at": now + pair.expires_in,
        "refresh_at": now + pair.refresh_after,
        "session_expires_at": int(session.expires_at.timestamp()),
    }


runtime = build_runtime()
run, count = sys.argv[1], int(sys.argv[2])
with transaction.atomic():
    hashed = make_password(PASSWORD)
    users = [account(f"load-{run}-{number}", hashed) for number in range(count)]
    caller = Caller("127.0.0.1", "")
    sessions = Session.objects.bulk_create(new_session(runtime, Admission(user), caller) for user in users)
for session in sessions:
    print(json.dumps(asyncio.run(line(session))))
