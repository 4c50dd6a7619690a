"""The bytes of /me are written by hand: they are what the schema would have made of the account, for any account."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auth.models import User, profile
from auth.sessions.schemas import UserSchema
from tests.integration.calls import me

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
ACCOUNTS = st.builds(
    User,
    id=st.integers(1, 2**53 - 1),
    username=TEXT,
    email=TEXT,
    first_name=TEXT,
    last_name=TEXT,
    is_staff=st.booleans(),
    is_active=st.booleans(),
    date_joined=st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
)


@given(ACCOUNTS)
@settings(max_examples=300, deadline=None)
def test_the_bytes_are_what_the_schema_makes_of_the_account(user):
    body = profile.to_json(user)
    ours = UserSchema.model_validate_json(body)

    assert ours == UserSchema.from_orm(user)
    assert json.loads(body).keys() == UserSchema.model_fields.keys()
    assert json.loads(ours.model_dump_json()) == UserSchema.from_orm(user).model_dump(mode="json")


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"first_name": 'Zoë "Z" \\', "last_name": "\u2028</script>"},
        {"is_staff": True, "date_joined": datetime(2026, 1, 1, tzinfo=UTC)},
    ],
    ids=["plain", "odd names", "staff"],
)
async def test_me_answers_what_the_schema_makes_of_the_account(client, account, columns):
    ann = await account(**columns)
    answer = await me(client, ann.access_token)

    assert UserSchema.model_validate_json(answer.content) == UserSchema.from_orm(ann.user)
    assert answer.headers["content-type"] == "application/json"
    assert int(answer.headers["content-length"]) == len(answer.content)
