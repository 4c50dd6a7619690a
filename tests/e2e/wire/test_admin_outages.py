"""The admin without its database: 503 with Retry-After, never a false 500, 403 or "logged out"."""

from contextlib import asynccontextmanager

import pytest

from tests.conftest import eventually
from tests.e2e.wire.stack import PASSWORD
from tests.e2e.wire.test_outages import postgres_gone, postgres_read_only, sqlite_locked

pytestmark = pytest.mark.long

PAGES = ["", "accounts/user/", "accounts/session/?q=x", "accounts/user/1/change/", "password_change/"]
FORMS = ["login/", "logout/", "accounts/user/", "password_change/", "accounts/user/1/password/"]


@asynccontextmanager
async def staff(stack):
    """The browser of a superuser who has logged in, and the name."""
    async with stack.client() as client:
        name = stack.new_name()
        await stack.shell(f"User.objects.create_superuser({name!r}, '{name}@example.com', {PASSWORD!r})")
        await client.get("/admin/login/")
        answer = await post(client, "login/", username=name)
        assert answer.status_code == 302, answer.text
        yield client, name


async def post(client, path, **form):
    token = {"csrfmiddlewaretoken": client.cookies["csrftoken"]}
    data = {"password": PASSWORD, "old_password": PASSWORD, "action": "enable", "_selected_action": "1", "index": "0"}
    return await client.post(f"/admin/{path}", data=token | data | form)


def assert_unavailable(answer):
    assert answer.status_code == 503, (answer.url, answer.status_code, answer.text)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert int(answer.headers["retry-after"]) >= 1
    assert "sessionid" not in answer.headers.get("set-cookie", "")


async def is_shown(client):
    """On each of the admin's connections, of which each may find only when it is used that it was cut."""
    return {(await client.get("/admin/")).status_code for _ in range(8)} == {200}


async def test_with_postgres_gone_every_page_says_so_and_nobody_is_logged_out(stack_of, services):
    stack = await stack_of("postgres")
    async with staff(stack) as (client, name):
        with postgres_gone(stack, services):
            answers = [await client.get(f"/admin/{path}") for path in PAGES]
            answers += [await post(client, path, username=name) for path in FORMS]

        for answer in answers:
            assert_unavailable(answer)
        await eventually(lambda: is_shown(client))
    assert "Internal Server Error: /admin/" not in stack.server.output()


async def test_with_postgres_read_only_pages_are_read_and_forms_say_so(stack_of, services):
    stack = await stack_of("postgres")
    async with staff(stack) as (client, name):
        with postgres_read_only(stack, services):
            await eventually(lambda: is_shown(client))
            answers = [await post(client, path, username=name) for path in ("login/", "logout/")]

        for answer in answers:
            assert_unavailable(answer)
        await eventually(lambda: is_shown(client))


async def test_with_sqlite_locked_a_logout_is_not_claimed(stack_of):
    stack = await stack_of("sqlite")
    async with staff(stack) as (client, _):
        with sqlite_locked(stack):
            answer = await post(client, "logout/")

        assert_unavailable(answer)
        assert await is_shown(client)
