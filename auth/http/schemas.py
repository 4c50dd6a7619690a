"""Base schemas: requests are strict, no type is coerced, unknown members ignored."""

from typing import Annotated, Any

from django.core.exceptions import ValidationError
from ninja import Schema
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, WithJsonSchema

from auth.http.fields import Nfkc, Visible
from auth.models.user import address_validator, username_validator

_PASSWORD = "correct horse battery staple"  # noqa: S105  of the samples, and in no list


def _username(text: str) -> str:
    try:
        username_validator(text)
    except ValidationError as error:
        raise ValueError(" ".join(error.messages)) from error
    return text


def _email(text: str) -> str:
    try:
        address_validator(text)
    except ValidationError as error:
        raise ValueError(" ".join(error.messages)) from error
    return text


# NFKC makes some texts longer, so their length is checked on both sides of it.
Username = Annotated[
    str,
    StringConstraints(min_length=1, max_length=150),
    Nfkc,
    Field(max_length=150),
    AfterValidator(_username),
    Visible,
]
Email = Annotated[
    str,
    StringConstraints(min_length=3, max_length=254),
    Nfkc,
    Field(max_length=254),
    AfterValidator(_email),
    Visible,
    WithJsonSchema({"type": "string", "format": "email", "minLength": 3, "maxLength": 254}),
]


def repeating(name: str) -> AfterValidator:
    """For a field that must repeat the field `name`, which comes before it."""

    def repeat(value: str, info: ValidationInfo) -> str:
        if value != info.data.get(name, value):  # it is missing where it is not valid itself
            raise ValueError(f"does not match {name}")
        return value

    return AfterValidator(repeat)


class RequestSchema(BaseModel):
    """Not Ninja's Schema, which accepts any object with the attributes: a list passes if all members are optional."""

    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)


def sample(**members: Any) -> ConfigDict:
    """An example body that the interactive documentation can send unchanged."""
    return ConfigDict(json_schema_extra={"examples": [members]})


class MessageSchema(Schema):
    message: str


Sid = Annotated[str, WithJsonSchema({"type": "string", "format": "uuid"})]


class ErrorSchema(Schema):
    """Every error: `error` is a stable code (docs/errors.md), `message` is for people."""

    error: str
    message: str
    details: dict[str, Any] | None = None
