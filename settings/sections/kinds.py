"""Kinds of variables, and their declaration: `PORT: Port = of(8000, "...")`."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from auth.clients.secrets import parse_pairs
from auth.core.setting import one_line


def of(default: Any, meaning: str, *, production_only: bool = False) -> Any:
    """A variable with its default. `meaning` is Markdown; up to its first `;` or `. ` it stands in `.env.example`."""
    return Field(default, description=meaning, json_schema_extra={"production_only": production_only})


def split(value: Any) -> Any:
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


def _clients(value: Any) -> Any:
    return parse_pairs(split(value)) if isinstance(value, str) else value


def _bearer(value: SecretStr) -> SecretStr:
    if not all("!" <= character <= "~" for character in value.get_secret_value()):
        raise ValueError("holds what no Authorization header can carry; use letters, digits and signs of ASCII")
    return value


_FieldName = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'+.^_`|~-]+$")]  # RFC 9110 §5.1, without *

File = Annotated[Path, AfterValidator(one_line)]
Items = Annotated[list[str], BeforeValidator(split)]
Fields = Annotated[list[_FieldName], BeforeValidator(split)]
Secrets = Annotated[list[SecretStr], BeforeValidator(split)]
Bearer = Annotated[SecretStr, AfterValidator(_bearer)]
Clients = Annotated[dict[str, str], BeforeValidator(_clients)]
Port = Annotated[int, Field(ge=1, le=65535)]
Few = Annotated[int, Field(gt=0, le=1000)]
"""Each costs a process or a thread at once."""
Host = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:%-]{0,253}$")]
"""An address or a name."""
Socket = Annotated[str, Field(pattern=r"^(wss?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._/-]*)?)?$")]
"""By Rust's rules: $ is the very end."""
Service = Annotated[str, Field(pattern=r"^https?://[^\s#\x00-\x20\x7f]+$")]
Page = Annotated[str, Field(pattern=r"^(https?://[^\s#\x00-\x20\x7f]+)?$")]
"""A token comes behind it, as fragment."""
