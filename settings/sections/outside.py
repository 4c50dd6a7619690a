"""External services: browsers, mail servers, other services."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, SecretStr

from auth.core.setting import Natural, Text
from settings.sections.kinds import Clients, Fields, File, Items, Page, Port, of


class Browsers(BaseModel):
    CORS_ALLOWED_ORIGINS: Items = of([], "origins whose pages may call the API, and use cookie mode")
    CORS_ALLOW_CREDENTIALS: bool = of(
        default=False,
        meaning="whether those pages may send cookies; cookie mode from another origin needs it, tokens in headers do"
        " not",
    )
    CORS_ALLOW_HEADERS: Fields = of(
        [],
        "header fields that those pages may send beside our own and those of tracing; the latter are `traceparent`,"
        " `tracestate`, `baggage` and `sentry-trace`",
    )
    CSRF_TRUSTED_ORIGINS: Items = of([], "origins, beside its own, that may post to the admin")
    SECURE_HSTS_SECONDS: Natural = of(
        31536000, "`max-age` of Strict-Transport-Security; 0: no such header", production_only=True
    )
    SECURE_HSTS_INCLUDE_SUBDOMAINS: bool = of(
        default=True, meaning="whether that covers subdomains", production_only=True
    )
    SECURE_HSTS_PRELOAD: bool = of(
        default=False,
        meaning="whether that carries `preload`; browsers then keep the domain on a list of their own, and remove it"
        " only after months",
        production_only=True,
    )


class Email(BaseModel):
    EMAIL_BACKEND: Text = of("django.core.mail.backends.console.EmailBackend", "the Django backend that sends mail")
    EMAIL_FILE_PATH: File = of(Path("mail"), "where the backend `filebased` leaves messages, relative to `DATA_DIR`")
    EMAIL_HOST: Text = of("localhost", "SMTP host")
    EMAIL_PORT: Port = of(25, "SMTP port")
    EMAIL_USE_TLS: bool = of(default=False, meaning="whether to use STARTTLS")
    EMAIL_HOST_USER: Text = of("", "SMTP user")
    EMAIL_HOST_PASSWORD: SecretStr = of(SecretStr(""), "SMTP password")
    DEFAULT_FROM_EMAIL: Text = of("authgate@localhost", "the sender's address")
    PASSWORD_RESET_URL: Page = of(
        "",
        "the page of your frontend where a new password is chosen, https in production; messages link to it, with the"
        " token as `#token=…`. Empty: messages show the token and say which call takes it",
    )
    PASSWORD_RESET_EXPIRE_MINUTES: Annotated[int, Field(gt=0, le=1440)] = of(
        10, "minutes that a token for a new password is good"
    )
    EMAIL_VERIFICATION_URL: Page = of(
        "", "as `PASSWORD_RESET_URL`, the page that confirms an address, https in production"
    )
    EMAIL_VERIFICATION_EXPIRE_HOURS: Annotated[int, Field(gt=0, le=720)] = of(
        24, "hours that a token which verifies an address is good"
    )


class Services(BaseModel):
    SERVICE_CLIENTS: Clients = of(
        {},
        "`id:hash` pairs of services that may introspect and revoke tokens, read the revocation feed, redeem tickets,"
        " and name themselves as callers, separated by commas; hash is the SHA-256 of the secret in hex; beside those"
        " of `manage.py clients`",
    )
