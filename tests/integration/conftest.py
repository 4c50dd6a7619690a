import pytest

from tests.integration.mail import ask_for_reset, token_sent


@pytest.fixture
def reset_token_of(client, runtime):
    """The token that an account is sent on asking for a new password."""

    async def ask(account):
        assert (await ask_for_reset(client, account.user.email)).status_code == 202
        return await token_sent(runtime, account.user.email)

    return ask
