"""Requests that set a password, whose errors are reported with all other fields'."""

from typing import Any, ClassVar, Self

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError as Refused
from pydantic import BaseModel, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from auth.core.password_rules import normalised
from auth.models import User

_OF_ACCOUNT = ("username", "email", "first_name", "last_name")


class SetsPassword(BaseModel):
    """`judged` is the field. A service judges before it hashes, but only where all fields are well formed."""

    judged: ClassVar[str] = "new_password"

    @model_validator(mode="wrap")
    @classmethod
    def _tell_all(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(data)
        except ValidationError as error:
            known = error.errors(include_url=False)
            is_readable = isinstance(data, dict) and all(cls.judged not in one["loc"] for one in known)
            found = _weaknesses(data, cls.judged) if is_readable else []
            raise ValidationError.from_exception_data(cls.__name__, [*map(_again, known), *found]) from None


def _weaknesses(data: dict[str, Any], field: str) -> list[InitErrorDetails]:
    account = User(**{name: data[name] for name in _OF_ACCOUNT if isinstance(data.get(name), str)})
    try:
        validate_password(normalised(data[field]), account)
    except Refused as refused:
        return [_weakness(one, field) for one in refused.error_list]
    return []


def _weakness(error: Refused, field: str) -> InitErrorDetails:
    code: Any = error.code or "invalid"
    problem = PydanticCustomError(code, "{text}", {"text": " ".join(error.messages)})
    return InitErrorDetails(type=problem, loc=(field,), input=None)


def _again(known: Any) -> InitErrorDetails:
    return InitErrorDetails(type=known["type"], loc=known["loc"], input=None, ctx=known.get("ctx", {}))
