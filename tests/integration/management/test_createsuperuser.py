"""manage.py createsuperuser: a name or an address that is taken in any spelling is one line."""

import pytest
from django.core.management import CommandError, call_command

from auth.models import User
from tests.conftest import PASSWORD, unique_name


def create(username: str, email: str) -> None:
    call_command("createsuperuser", interactive=False, username=username, email=email)


@pytest.fixture
def password(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)


@pytest.mark.parametrize("taken", ["username", "email"])
def test_what_is_taken_in_another_case_is_one_line(password, taken):
    name, other = unique_name(), unique_name()
    create(name, f"{name}@example.com")
    again = {"username": other, "email": f"{other}@example.com"}
    again[taken] = (name if taken == "username" else f"{name}@example.com").upper()

    with pytest.raises(CommandError, match=r"^[^\n]* already (in use|taken)[^\n]*$"):
        create(**again)

    assert not User.objects.filter(username=other).exists()
