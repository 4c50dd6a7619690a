"""`python -m bench.peers.django_peers.seed`: tables, accounts, and one revoked token, for the peer that PEER names."""

from datetime import UTC, datetime

import django

django.setup()

from django.conf import settings  # noqa: E402  needs the settings
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402

from bench.peers.common import PASSWORD, REVOKED_JTI, USERS  # noqa: E402

_EXPIRES = datetime(2100, 1, 1, tzinfo=UTC)


def revoke(jti: str) -> None:
    if settings.PEER == "naive":
        from bench.peers.django_peers.blacklist.models import BlacklistedToken

        BlacklistedToken.objects.create(jti=jti, expires_at=_EXPIRES)
        return
    if settings.PEER == "drf":
        from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
    else:
        from ninja_jwt.token_blacklist.models import BlacklistedToken, OutstandingToken
    outstanding = OutstandingToken.objects.create(jti=jti, token=jti, user_id=1, expires_at=_EXPIRES)
    BlacklistedToken.objects.create(token=outstanding)


def user(number: int, encoded: str) -> User:
    name = f"user{number}"
    return User(username=name, email=f"{name}@example.com", first_name="First", last_name="Lastname", password=encoded)


def seed() -> None:
    call_command("migrate", verbosity=0, run_syncdb=True, interactive=False)
    encoded = make_password(PASSWORD)
    User.objects.bulk_create(user(number, encoded) for number in range(1, USERS + 1))
    revoke(REVOKED_JTI)


seed()
