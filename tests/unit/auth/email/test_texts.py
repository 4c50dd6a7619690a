"""What the messages say."""

from datetime import timedelta

import pytest

from auth.email import texts

TEXTS = {
    texts.password_reset: "/api/auth/password-reset/confirm",
    texts.email_verification: "/api/auth/verify-email/confirm",
}


def written(write, *, page="", lifetime=timedelta(minutes=10)):
    return write("7.abc-def", site="https://auth.example", page=page, lifetime=lifetime)


@pytest.mark.parametrize("write", TEXTS)
def test_with_a_page_the_token_is_in_its_fragment(write):
    body = written(write, page="https://app.example/page").body

    assert "\nhttps://app.example/page#token=7.abc-def\n" in body
    assert TEXTS[write] not in body


@pytest.mark.parametrize("write", TEXTS)
def test_without_a_page_the_message_says_where_the_token_goes(write):
    body = written(write).body

    assert "\n7.abc-def\n" in body
    assert TEXTS[write] in body


@pytest.mark.parametrize(
    ("lifetime", "words"),
    [
        (timedelta(minutes=1), "1 minute."),
        (timedelta(minutes=10), "10 minutes."),
        (timedelta(minutes=90), "90 minutes."),
        (timedelta(hours=1), "1 hour."),
        (timedelta(hours=48), "48 hours."),
    ],
)
@pytest.mark.parametrize("write", TEXTS)
def test_the_message_says_how_long_it_works(write, lifetime, words):
    assert f"within {words}" in written(write, lifetime=lifetime).body


@pytest.mark.parametrize("write", TEXTS)
def test_the_body_is_not_shown_where_the_text_is_logged(write):
    assert "7.abc-def" not in repr(written(write))
