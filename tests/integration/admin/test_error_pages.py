"""Errors below /admin/: pages for people where the admin answers, JSON where its request never reached it."""

import pytest

from auth.models import User
from tests.integration.admin.browser import Browser, page

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def assert_is_page(answer, status):
    assert answer.status_code == status
    assert answer.headers["content-type"] in ("text/html", "text/html; charset=utf-8")
    assert "no-store" in answer.headers["cache-control"]
    assert "<h1>" in answer.text


@pytest.mark.parametrize(
    ("path", "status"),
    [("nothing/", 404), ("accounts/nothing/", 404), (f"{page(User)}?password__startswith=a", 400)],
)
async def test_the_admin_s_own_errors_are_pages(admin, path, status):
    assert_is_page(await admin.client.get(f"/admin/{path}"), status)


async def test_a_form_without_its_token_is_refused_by_a_page(application):
    answer = await Browser.at(application).client.post("/admin/login/", data={"username": "x"})

    assert_is_page(answer, 403)


async def test_a_defect_is_a_page(application, monkeypatch):
    """Which says nothing of it."""
    monkeypatch.setattr("auth.admin.views.CredentialsForm", lambda *_: 1 / 0)
    answer = await Browser.at(application).client.get("/admin/login/")

    assert_is_page(answer, 500)
    assert "ZeroDivisionError" not in answer.text


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"headers": {"Host": "elsewhere.example"}}, 400),
        ({"headers": FORM, "content": b"x" * 70_000}, 413),
        ({"headers": {"Content-Type": "multipart/form-data; boundary=x"}, "content": b"x"}, 415),
        ({"headers": FORM | {"Content-Encoding": "gzip"}, "content": b"x"}, 415),
    ],
)
async def test_what_is_refused_before_the_admin_is_json(application, sent, status):
    answer = await Browser.at(application).client.post("/admin/login/", **sent)

    assert answer.status_code == status
    assert list(answer.json()) == ["error", "message", "details"]
