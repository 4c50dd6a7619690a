"""The Python socket kit: how a login is renewed, and what closes a socket."""

import time

import pytest

from authgate_verifier.revoked import Revoked
from authgate_verifier.sockets import deadline
from tests.integration.python_client.fake import claims, revocation
from tests.integration.python_client.socket_service import ADA, BOB, TICKET


async def test_a_revocation_closes_what_it_concerns_and_nothing_else(service):
    kicked = [await service.login() for _ in range(3)]
    spared = [await service.login(sid="s2"), await service.login(sub="8", user_id=8, sid="s3")]
    service.authgate.send(revocation(1, sid="s1"))

    assert [await client.ends() for client in kicked] == [4403] * 3
    assert service.kit.size == 2
    again = service.open().say({"type": "auth", "token": service.authgate.token()})
    assert await again.ends() == 4403
    for client in spared:
        client.say("still here")
        assert (await client.heard(2))[1]["text"] == "still here"


async def test_one_that_was_revoked_while_it_logged_in_is_closed(service):
    """Between the redemption and the watch no entry is lost: it is watched what was judged."""
    await service.hear(revocation(1, jti="j9"))
    service.authgate.tickets[TICKET] = claims(jti="j9")
    client = service.open().say({"type": "auth", "ticket": TICKET})

    assert await client.ends() == 4403


async def test_a_revocation_costs_what_its_account_has_open(service, monkeypatch):
    """200 sockets of one session are closed, and none of 100 others is looked at."""
    mine, others = [[await service.login(**who) for _ in range(count)] for who, count in ((ADA, 200), (BOB, 100))]
    looked_at, ends = [], Revoked.ends

    def look(revoked, seen):
        looked_at.append(seen.subject)
        return ends(revoked, seen)

    monkeypatch.setattr(Revoked, "ends", look)
    service.authgate.send(revocation(1, sid="s1"))

    assert [await client.ends() for client in mine] == [4403] * 200
    assert looked_at == ["7"] * 200
    assert service.kit.size == len(others)


async def test_renewal_is_asked_for_taken_and_its_absence_closes(service, monkeypatch):
    monkeypatch.setattr(deadline, "RENEW_SHARE", 0.8)  # early: we may stand still for most of the rest
    soon = int(time.time()) + 4
    renewing, lazy = await service.login(exp=soon), await service.login(exp=soon)
    await renewing.heard(2)
    renewing.say({"type": "auth", "token": service.authgate.token(jti="j2")}, "a")

    assert await lazy.ends() == 4408
    assert lazy.types == ["auth.ok", "auth.renew"]
    assert renewing.types == ["auth.ok", "auth.renew", "auth.ok", None]
    assert renewing.messages[1]["expires_at"] == soon
    assert renewing.closed is None


async def test_after_a_renewal_the_new_token_is_watched_and_the_old_one_no_longer(service):
    client = await service.login()
    client.say({"type": "auth", "token": service.authgate.token(jti="j2")})
    await client.heard(2)
    service.authgate.send(revocation(1, jti="j1"))
    client.say("a")
    await client.heard(3)
    assert client.closed is None
    service.authgate.send(revocation(2, jti="j2"))

    assert await client.ends() == 4403


@pytest.mark.parametrize("changes", [{"sub": "8", "user_id": 8}, {"sid": "s2"}], ids=["account", "session"])
async def test_a_renewal_with_the_token_of_another_is_refused(service, changes):
    client = await service.login()
    client.say({"type": "auth", "token": service.authgate.token(**changes)}, "never read")

    assert await client.ends() == 4401
    assert client.types == ["auth.ok"]


async def test_a_renewal_with_an_older_token_never_lengthens(service):
    client = await service.login()
    soon = int(time.time()) + 4
    client.say({"type": "auth", "token": service.authgate.token(exp=soon)})

    assert await client.ends() == 4408
    assert client.messages[1] == {"type": "auth.ok", "expires_at": soon}


async def test_a_renewal_with_an_expired_or_a_revoked_token_closes(service):
    clients = [await service.login(), await service.login()]
    clients[0].say({"type": "auth", "token": service.authgate.token(exp=1)})
    await service.hear(revocation(1, jti="j9"))
    clients[1].say({"type": "auth", "token": service.authgate.token(jti="j9")})

    assert [await client.ends() for client in clients] == [4401, 4403]


async def test_rights_that_are_lost_are_gone_from_open_sockets_at_once(service):
    """Long before the socket renews: what an application asks at each message follows the feed."""
    staff, other = await service.login(version=5), await service.login(sub="8", user_id=8, sid="s8", version=5)
    for client in (staff, other):
        client.say("staff?")
        assert (await client.heard(2))[1]["staff"] is True
    await service.hear(revocation(1, claims_only=True, version=6))
    for client in (staff, other):
        client.say("staff?")

    assert (await staff.heard(3))[2]["staff"] is False
    assert (await other.heard(3))[2]["staff"] is True
    staff.say({"type": "auth", "token": service.authgate.token(jti="j2", version=6)}, "staff?")
    assert (await staff.heard(5))[4]["staff"] is True
