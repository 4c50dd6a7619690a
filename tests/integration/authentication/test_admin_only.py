"""GET /api/auth/admin-only."""

from auth.models import User
from tests.conftest import bearer
from tests.integration.calls import claims
from tests.pace import within


async def admin_only(client, token):
    return await client.get("/api/auth/admin-only", headers=bearer(token))


async def test_staff_see_how_many_accounts_there_are(client, account):
    root = await account(is_staff=True)
    await account(is_active=False)

    answer = await admin_only(client, root.access_token)

    assert answer.status_code == 200
    assert answer.json().keys() == {"message", "users_count", "active_users_count"}
    assert answer.json()["users_count"] == await User.objects.acount()
    assert answer.json()["active_users_count"] == await User.objects.filter(is_active=True).acount()


async def test_others_are_refused_but_not_logged_out(client, account):
    ann = await account()

    answer = await admin_only(client, ann.access_token)

    assert answer.status_code == 403
    assert answer.json()["error"] == "insufficient_scope"
    assert answer.headers["www-authenticate"] == 'Bearer realm="authgate", error="insufficient_scope"'


async def test_a_superuser_who_is_no_staff_is_refused(client, account):
    ann = await account(is_superuser=True)

    assert (await admin_only(client, ann.access_token)).status_code == 403


async def test_without_a_token_it_is_closed(client):
    answer = await client.get("/api/auth/admin-only")

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="authgate"'


async def test_claims_give_no_rights(client, account, runtime):
    ann = await account()
    found = claims(ann.access_token)
    token, _ = runtime.access_tokens.issue(
        subject=ann.user.pk,
        session=found["sid"],
        generation=found["gen"],
        epoch=found["epoch"],
        version=found["version"],
        ends_at=found["exp"],
        extra={"is_staff": True, "is_superuser": True},
    )
    assert claims(token)["is_staff"]

    assert (await admin_only(client, token)).status_code == 403


async def test_a_promotion_reaches_the_tokens_there_are_within_a_second(client, account):
    ann = await account()
    assert (await admin_only(client, ann.access_token)).status_code == 403

    ann.user.is_staff = True
    await ann.user.asave()

    async def is_open():
        return (await admin_only(client, ann.access_token)).status_code == 200

    await within(1.0, is_open)
