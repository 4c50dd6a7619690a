"""External services: browsers, mail servers, other services."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, SecretStr

from auth.core.setting import Natural, Text
from settings.sections.kinds import Clients, Fields, File, Items, Page, Port, of


class Browsers(BaseModel):
    CORS_ALLOWED_ORIGINS: Items = of([], "origins whose pages may call the API and use cookie mode")
    CORS_ALLOW_CREDENTIALS: bool = of(
        default=False,
        meaning="whether those pages may send cookies; cookie mode from another origin needs it, tokens in headers do"
        " not",
    )
    CORS_ALLOW_HEADERS: Fields = of(
        [],
        "further header fields that those pages may send; Authgate's own and those of tracing (`traceparent`,"
        " `tracestate`, `baggage` and `sentry-trace`) are always allowed",
    )
    CSRF_TRUSTED_ORIGINS: Items = of([], "further origins that may post to the admin")
    SECURE_HSTS_SECONDS: Natural = of(
        31536000, "`max-age` of Strict-Transport-Security; 0: the header is not sent", production_only=True
    )
    SECURE_HSTS_INCLUDE_SUBDOMAINS: bool = of(
        default=True, meaning="whether Strict-Transport-Security covers subdomains", production_only=True
    )
    SECURE_HSTS_PRELOAD: bool = of(
        default=False,
        meaning="whether Strict-Transport-Security has `preload`; browsers then keep the domain on a built-in list, and"
        " removal takes months",
        production_only=True,
    )


class Email(BaseModel):
    EMAIL_BACKEND: Text = of("django.core.mail.backends.console.EmailBackend", "the Django backend that sends mail")
    EMAIL_FILE_PATH: File = of(Path("mail"), "where the backend `filebased` writes messages, relative to `DATA_DIR`")
    EMAIL_HOST: Text = of("localhost", "SMTP host")
    EMAIL_PORT: Port = of(25, "SMTP port")
    EMAIL_USE_TLS: bool = of(default=False, meaning="whether to use STARTTLS")
    EMAIL_HOST_USER: Text = of("", "SMTP user")
    EMAIL_HOST_PASSWORD: SecretStr = of(SecretStr(""), "SMTP password")
    DEFAULT_FROM_EMAIL: Text = of("authgate@localhost", "the sender's address")
    PASSWORD_RESET_URL: Page = of(
        "",
        "the page of your frontend where users choose a new password, https in production; messages link to it, with"
        " the token as `#token=…`. Empty: messages contain the token and name the API call that takes it",
    )
    PASSWORD_RESET_EXPIRE_MINUTES: Annotated[int, Field(gt=0, le=1440)] = of(
        10, "lifetime in minutes of a token for a new password"
    )
    EMAIL_VERIFICATION_URL: Page = of(
        "", "like `PASSWORD_RESET_URL`: the page that confirms an address, https in production"
    )
    EMAIL_VERIFICATION_EXPIRE_HOURS: Annotated[int, Field(gt=0, le=720)] = of(
        24, "lifetime in hours of a token that verifies an address"
    )


class Services(BaseModel):
    SERVICE_CLIENTS: Clients = of(
        {},
        "`id:hash` pairs of services that may introspect and revoke tokens, read the revocation feed, redeem tickets,"
        " and identify themselves as callers, separated by commas; hash is the SHA-256 of the secret in hex; in"
        " addition to those of `manage.py clients`",
    )
