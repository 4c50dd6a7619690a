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
        "`iss` of every token: in production the https address under which clients reach the server, without a path",
    )


class Passwords(BaseModel):
    PASSWORD_MIN_LENGTH: Annotated[int, Field(ge=8, le=64)] = of(10, "characters that a new password needs")
    PASSWORD_BREACH_CHECK: bool = of(
        default=False,
        meaning="whether new passwords are looked for among stolen ones; only five digits of a SHA-1 leave the server,"
        " and an outage of the service lets passwords pass",
    )
    PASSWORD_BREACH_URL: Service = of(
        "https://api.pwnedpasswords.com/range/",
        "the range API that is asked for them: a GET of this address and those five digits",
    )
