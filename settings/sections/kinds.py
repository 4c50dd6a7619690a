"""Types of variables, and their declaration: `PORT: Port = of(8000, "...")`."""

import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from auth.clients.secrets import parse_pairs
from auth.core.setting import one_line


def of(default: Any, meaning: str, *, production_only: bool = False) -> Any:
    """A variable with its default. `meaning` is Markdown; `.env.example` shows it up to its first `;` or `. `."""
    return Field(default, description=meaning, json_schema_extra={"production_only": production_only})


def split(value: Any) -> Any:
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


def _clients(value: Any) -> Any:
    return parse_pairs(split(value)) if isinstance(value, str) else value


def _bearer(value: SecretStr) -> SecretStr:
    if not all("!" <= character <= "~" for character in value.get_secret_value()):
        raise ValueError("contains characters not allowed in an Authorization header; use printable ASCII")
    return value


def _matching(pattern: str, advice: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(advice)
        return value

    return AfterValidator(check)


_URL = r"https?://[^\s#\x00-\x20\x7f]+"
_FieldName = Annotated[
    str, _matching(r"[A-Za-z0-9!#$%&'+.^_`|~-]+", "contains a value that is not the name of a header field")
]  # RFC 9110 §5.1, without *

File = Annotated[Path, AfterValidator(one_line)]
Items = Annotated[list[str], BeforeValidator(split)]
Fields = Annotated[list[_FieldName], BeforeValidator(split)]
Secrets = Annotated[list[SecretStr], BeforeValidator(split)]
Bearer = Annotated[SecretStr, AfterValidator(_bearer)]
Clients = Annotated[dict[str, str], BeforeValidator(_clients)]
Port = Annotated[int, Field(ge=1, le=65535)]
Few = Annotated[int, Field(gt=0, le=1000)]
"""Each takes a process or a thread immediately."""
Host = Annotated[
    str, _matching(r"[A-Za-z0-9._:%-]{0,253}", "is not an address or a host name; write 127.0.0.1, ::1 or a name")
]
Socket = Annotated[
    str,
    _matching(
        r"(wss?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._/-]*)?)?",
        "is not a WebSocket URL; write wss://chat.example.com/ws, without a query or #",
    ),
]
Service = Annotated[str, _matching(_URL, "is not an http(s) URL; write https://api.example.com/, without #")]
Page = Annotated[str, _matching(f"({_URL})?", "is not an http(s) URL; write https://app.example.com/reset, without #")]
"""The token is appended as fragment."""
