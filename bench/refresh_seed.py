"""`python -m bench.refresh_seed COUNT`: Authgate's tables, and COUNT sessions of one account each.

Run it in the server's environment. Prints the first refresh token of each session, one a line.
"""

import sys
from datetime import timedelta

import django

django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402  needs the settings
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from app.wiring import build_runtime  # noqa: E402
from auth.models import Session, User  # noqa: E402


def main() -> None:
    call_command("migrate", verbosity=0, interactive=False)
    tokens = build_runtime().refresh_tokens
    for session in _sessions(int(sys.argv[1])):
        token = tokens.issue(
            subject=session.user_id,
            session=session.sid,
            generation=0,
            rotated_at=session.rotated_at,
            ends_at=session.expires_at,
        )
        print(token)


def _sessions(count: int) -> list[Session]:
    encoded, now = make_password(None), timezone.now().replace(microsecond=0)
    names = [f"bench{number}" for number in range(count)]
    people = [User(username=name, username_key=name, email=f"{name}@example.com", password=encoded) for name in names]
    people = User.objects.bulk_create(people)
    lifetimes = {"rotated_at": now, "expires_at": now + timedelta(days=1)}
    rows = [Session(user=person, client_id=settings.AUTH.client_id, epoch=0, **lifetimes) for person in people]
    return Session.objects.bulk_create(rows)


main()
