"""`python -m bench.seed`: Authgate's tables, accounts and sessions. Prints their tokens; the last is for logging out.

The tokens are real: signed with the server's key, each of a session of its own.
"""

from datetime import timedelta

import django
import orjson

django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402  needs the settings
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from app.wiring import build_runtime  # noqa: E402
from auth.models import Session, User  # noqa: E402
from bench.peers.common import PASSWORD, USERS  # noqa: E402
from bench.targets import TOKENS  # noqa: E402


def accounts() -> list[User]:
    encoded = make_password(PASSWORD)
    for name in (f"user{number}" for number in range(1, USERS + 1)):
        person = {"first_name": "First", "last_name": "Lastname", "email": f"{name}@example.com"}
        User(username=name, password=encoded, **person).save()
    return list(User.objects.order_by("pk"))


def sessions(users: list[User]) -> list[Session]:
    ends = timezone.now() + timedelta(days=1)
    owners = [users[number % USERS] for number in range(TOKENS)] + [users[0]]
    return Session.objects.bulk_create(
        Session(user=user, client_id=settings.AUTH.client_id, epoch=user.epoch, expires_at=ends) for user in owners
    )


def token(session: Session) -> str:
    ends_at = int(session.expires_at.timestamp())
    who = {"subject": session.user_id, "session": session.sid, "generation": 0}
    issued, _ = tokens.issue(**who, epoch=session.epoch, version=session.user.version, ends_at=ends_at, extra={})
    return issued


call_command("migrate", verbosity=0, interactive=False)
tokens = build_runtime().access_tokens
print(orjson.dumps([token(session) for session in sessions(accounts())]).decode())
