"""Tokens, sessions and passwords."""

from typing import Annotated

from pydantic import BaseModel, Field

from auth.core.setting import Text
from auth.tokens.keys import Algorithm
from settings.sections.kinds import Service, of


class Tokens(BaseModel):
    JWT_ALGORITHM: Algorithm = of("ES256", "the algorithm that signs access tokens")
    JWT_ISSUER: Text = of(
        "authgate",
        "`iss` of every token: in production the public https URL of the server, without a path",
    )


class Passwords(BaseModel):
    PASSWORD_MIN_LENGTH: Annotated[int, Field(ge=8, le=64)] = of(10, "minimum length of a new password in characters")
    PASSWORD_BREACH_CHECK: bool = of(
        default=False,
        meaning="whether new passwords are checked against known stolen ones; only five digits of a SHA-1 leave the"
        " server, and during an outage of the service passwords are accepted",
    )
    PASSWORD_BREACH_URL: Service = of(
        "https://api.pwnedpasswords.com/range/",
        "the range API for that check: a GET of this URL followed by those five digits",
    )
