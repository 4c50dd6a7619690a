"""What ends a session at a stack's workers. `body` is the answer to its login."""

from tests.conftest import bearer
from tests.e2e.wire.stack import PASSWORD

NEW_PASSWORD = "another correct horse battery"


async def log_out(stack, client, body):
    answer = await client.post("/api/auth/logout", headers=bearer(body["access_token"]))
    assert answer.status_code == 200


async def ban(stack, client, body):
    await stack.shell(f"User.objects.filter(pk={body['user']['id']}).update(is_active=False)")


async def change_password(stack, client, body):
    passwords = {"old_password": PASSWORD, "new_password": NEW_PASSWORD, "new_password_confirm": NEW_PASSWORD}
    answer = await client.post("/api/auth/change-password", json=passwords, headers=bearer(body["access_token"]))
    assert answer.status_code == 200, answer.text
    return answer.json()
