"""A browser for the admin, as far as the server can tell."""

from dataclasses import dataclass
from typing import Any

import httpx
from django.contrib.auth.models import Permission

from app.application import Application
from auth.models import BlacklistedToken, Revocation, SecurityEvent, Session, User, UserLoginHistory
from tests.conftest import PASSWORD, client_of, unique_address, unique_name

READ_ONLY = (BlacklistedToken, Revocation, SecurityEvent, Session, UserLoginHistory)


@dataclass
class Browser:
    """Sends its cookies, and with each form the CSRF token. `user` is who has logged in."""

    client: httpx.AsyncClient
    address: str
    user: User | None = None

    @classmethod
    def at(cls, application: Application, address: str = "") -> "Browser":
        address = address or unique_address()
        return cls(client_of(application, address=address), address)

    async def get(self, path: str, **query: str) -> httpx.Response:
        return await self.client.get(f"/admin/{path}", params=query or None)

    async def post(self, path: str, **data: Any) -> httpx.Response:
        form = {"csrfmiddlewaretoken": self.client.cookies["csrftoken"], **data}
        return await self.client.post(f"/admin/{path}", data=form)

    async def login(self, username: str, password: str = PASSWORD) -> httpx.Response:
        await self.get("login/")
        return await self.post("login/", username=username, password=password, next="/admin/")

    async def act(self, action: str, *rows: Any) -> httpx.Response:
        """Run an action on rows of a list."""
        keys = [str(row.pk) for row in rows]
        return await self.post(page(type(rows[0])), action=action, _selected_action=keys, index="0", select_across="0")

    async def delete_selected(self, *rows: Any) -> httpx.Response:
        """Confirm the deletion of rows of a list."""
        keys = [str(row.pk) for row in rows]
        return await self.post(page(type(rows[0])), action="delete_selected", _selected_action=keys, post="yes")


def page(model: Any) -> str:
    return f"accounts/{model._meta.model_name}/"


def shown(answer: httpx.Response) -> str:
    """What a page says, whatever its line breaks."""
    assert answer.status_code == 200, answer.status_code
    return " ".join(answer.text.split())


def change_form(user: User, **changes: str) -> dict[str, str]:
    """The form of an account as a browser sends it back."""
    return {"username": user.username, "email": user.email, "is_active": "on", **changes}


def make_staff(**columns: Any) -> User:
    """Staff with every permission on our tables."""
    name = unique_name("staff")
    user = User.objects.create_user(name, f"{name}@example.com", PASSWORD, is_staff=True, **columns)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    return user
