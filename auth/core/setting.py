"""A setting of the domain: its variable, kind, default and meaning, declared once.

The fields of auth/config.py are declared so; settings/env.py reads the variables, and `make docs` describes them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from auth.core.run_names import check_run_name


def one_line(value: Any) -> Any:
    if any(character < " " or character == "\x7f" for character in str(value)):
        raise ValueError("contains a line break or a control character; remove it")
    return value


def _run_name(value: str) -> str:
    return value and check_run_name(value)


# Types of variables. Numbers are bounded, so that no sum of times overflows.
Text = Annotated[str, AfterValidator(one_line)]
Name = Annotated[Text, Field(min_length=1)]
Positive = Annotated[int, Field(gt=0, lt=1 << 31)]
Natural = Annotated[int, Field(ge=0, lt=1 << 31)]
RunName = Annotated[str, AfterValidator(_run_name)]
"""Empty, or the name of a load test."""
Days = Annotated[int, Field(gt=0, le=36500)]


@dataclass(frozen=True, slots=True)
class Setting:
    variable: str
    kind: Any
    """A type that pydantic reads from text."""
    default: Any
    """Of the variable, in its unit."""
    meaning: str
    """For docs/configuration.md, in Markdown. Up to the first `;` or `. ` it is the comment of `.env.example`."""
    convert: Callable[[Any], Any]
    """From the variable's value to the field's."""


def setting(
    variable: str, default: Any, meaning: str, *, kind: Any = None, convert: Callable[[Any], Any] | None = None
) -> Any:
    """A field of a frozen dataclass, set by the variable."""
    kind = type(default) if kind is None else kind
    found = Setting(variable, kind, default, meaning, _unchanged if convert is None else convert)
    return field(metadata={"setting": found})


def duration(variable: str, default: int, meaning: str, *, kind: Any, unit: str) -> Any:
    """A timedelta, set by the variable as a number of `unit`, such as days."""
    return setting(variable, default, meaning, kind=kind, convert=lambda count: timedelta(**{unit: count}))


def settings_of(group: Any) -> Mapping[str, Setting]:
    """The fields of a frozen dataclass that are settings, those of its bases among them."""
    return {name.name: name.metadata["setting"] for name in fields(group) if "setting" in name.metadata}


def _unchanged(value: Any) -> Any:
    return value
