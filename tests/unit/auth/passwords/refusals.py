"""What the hash pool refuses."""

import pytest

from auth.errors import ValidationFailed
from auth.models import User
from auth.passwords.pool import PasswordRefused


async def refused_fields(pool, password, user=None):
    with pytest.raises(ValidationFailed) as refused:
        await pool.hash_new(password, user or User(username="ann"), field="new_password")
    assert refused.value.details
    return [(problem["field"], problem["code"]) for problem in refused.value.details["fields"]]


async def is_refused(pool, password, encoded):
    with pytest.raises(PasswordRefused):
        await pool.verify(password, encoded)
    return True
