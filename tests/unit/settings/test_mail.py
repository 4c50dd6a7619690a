"""Django's mail settings, from the environment."""

from pathlib import Path

import pytest

from settings import mail
from settings.env import Environment

BACKENDS = "django.core.mail.backends"


def mailer(**variables):
    return configured(**variables)["MAILERS"]["default"]


def configured(**variables):
    return mail.configure(Environment(**variables), Path("/data"))


def test_no_mail_server_is_waited_for_without_end():
    found = mailer(EMAIL_BACKEND=f"{BACKENDS}.smtp.EmailBackend", EMAIL_HOST="mail.example")

    assert (found["OPTIONS"]["host"], found["OPTIONS"]["timeout"]) == ("mail.example", mail.TIMEOUT_SECONDS)


@pytest.mark.parametrize(("given", "path"), [("mail", "/data/mail"), ("/elsewhere", "/elsewhere")])
def test_messages_in_files_lie_in_the_data_directory(given, path):
    found = mailer(EMAIL_BACKEND=f"{BACKENDS}.filebased.EmailBackend", EMAIL_FILE_PATH=given)

    assert found["OPTIONS"] == {"file_path": path}


def test_another_backend_gets_no_options():
    assert mailer() == {"BACKEND": f"{BACKENDS}.console.EmailBackend", "OPTIONS": {}}


@pytest.mark.parametrize(("minutes", "hours", "seconds"), [(10, 24, 86400), (1440, 1, 86400), (90, 1, 5400)])
def test_django_takes_tokens_as_long_as_the_longer_life(minutes, hours, seconds):
    found = configured(PASSWORD_RESET_EXPIRE_MINUTES=str(minutes), EMAIL_VERIFICATION_EXPIRE_HOURS=str(hours))

    assert found["PASSWORD_RESET_TIMEOUT"] == seconds
