"""Rights that were read before an account lost them, in a token that is issued afterwards, are believed nowhere."""

from dataclasses import replace
from typing import Any

import orjson
import pytest
from asgiref.sync import sync_to_async

from auth.models import Session, User
from authgate_verifier.claims import claims_from
from authgate_verifier.revocation import read_revocation
from authgate_verifier.revoked import Revoked
from tests.conftest import client_of, registration, serving
from tests.integration.calls import change_password, claims, refresh, try_login
from tests.integration.feed.reading import snapshot


async def set_staff(user_id, is_staff):
    await sync_to_async(User.objects.filter(pk=user_id).update)(is_staff=is_staff)


rehearsals: list[str] = []
"""Calls of the hook before a session moves on, which are still to come."""


async def demoting(user: User, session: Session) -> dict[str, Any]:
    """A claims hook is asked between the reading of the account and the answer: here an administrator is quicker."""
    if rehearsals:
        rehearsals.pop()
    else:
        await set_staff(user.pk, False)
    return {}


async def believes(runtime, token, *, later=0):
    """Whether a service that follows the feed believes the rights of a token issued so many seconds later."""
    revoked = Revoked()
    for event in await snapshot(runtime):
        if event.name == "revocation":
            revoked.add(read_revocation(orjson.dumps(event.data).decode()))
    said = claims_from(claims(token))
    return revoked.believes_rights(replace(said, issued_at=said.issued_at + later))


CALLS = {
    "login": lambda client, body: try_login(client, body["user"]["username"]),
    "refresh": lambda client, body: refresh(client, body["refresh_token"]),
    "new password": lambda client, body: change_password(client, body["access_token"]),
}


@pytest.mark.parametrize("name", CALLS)
async def test_rights_lost_between_reading_and_answering_are_not_believed(settings, name):
    async with serving(settings, claims_hook=f"{__name__}.demoting") as application, client_of(application) as client:
        body = (await client.post("/api/auth/register", json=registration())).json()
        await set_staff(body["user"]["id"], True)
        rehearsals.extend([] if name == "login" else [name])
        token = (await CALLS[name](client, body)).json()["access_token"]

        assert claims(token)["is_staff"] is True
        assert not await believes(application.runtime, token, later=2)


async def test_rights_that_were_given_are_believed_at_once(client, account, runtime):
    """In the same second too, in which times do not tell."""
    ann = await account(is_staff=True)
    token = (await refresh(client, ann.refresh_token)).json()["access_token"]

    assert await believes(runtime, token)
    assert not await believes(runtime, ann.access_token)
