"""`.env.example` and the tables of docs/configuration.md, from the declarations of settings/sections."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from auth.core.policies import Quota
from scripts.documents.tables import table
from settings.defaults import DEVELOPMENT, PRODUCTION
from settings.sections import SECTIONS

_HEAD = """\
# Copy to .env and uncomment what you change. Each line shows its default, so an unchanged copy has no effect.
# docs/configuration.md explains every variable. `make docs` writes this file.
"""
_INTRODUCTIONS = {"Limits": "A quota is written 10/minute, 5/15 minutes, 100/day or off."}
_COMPOSE = {"DOMAIN": "The public host name: for the certificate, ALLOWED_HOSTS and JWT_ISSUER."}
"""Variables of .env that only compose.yaml reads."""
_KINDS: Mapping[type, str] = {str: "text", Path: "path", SecretStr: "secret", Quota: "quota", bool: "`true` or `false`"}
_LONG = 60
_SPECIAL_VALUE = re.compile(r"(0|[Ee]mpty( in development)?): ")


def variables(title: str) -> Iterator[tuple[str, FieldInfo]]:
    for model in SECTIONS[title]:
        yield from model.model_fields.items()


def table_of(title: str) -> Callable[[], str]:
    """The variables of a section."""
    return lambda: table(
        ("variable", "kind", "default", "meaning"),
        ([f"`{name}`", kind(field), shown(field.get_default()), _meaning(field)] for name, field in variables(title)),
    )


def defaults(module: str, found: Mapping[str, Any]) -> str:
    return table(("variable", f"default in {module}"), ([f"`{name}`", shown(value)] for name, value in found.items()))


def example() -> str:
    """Each variable with its default and a comment of one line."""
    return _HEAD + "".join(_section(title) for title in SECTIONS) + _heading("compose.yaml") + _lines(_COMPOSE)


def _section(title: str) -> str:
    found = {name: (_comment(name, field), text_of(field.get_default())) for name, field in variables(title)}
    introduction = f"\n# {_INTRODUCTIONS[title]}\n" if title in _INTRODUCTIONS else ""
    return _heading(title) + introduction + "".join(_line(name, *rest) for name, rest in found.items())


def _heading(title: str) -> str:
    return f"\n# --- {title} ---\n"


def _line(name: str, comment: str, value: str) -> str:
    return f"\n# {comment}\n#{name}={value}\n"


def _lines(comments: Mapping[str, str]) -> str:
    return "".join(_line(name, comment, "") for name, comment in comments.items())


def _comment(name: str, field: FieldInfo) -> str:
    """The first clause of the meaning, without Markdown; the meaning of 0 and empty; and other modules' defaults."""
    first, *others = re.split(r"; |\. ", field.description or "")
    clauses = [first if first.startswith("`") else first[0].upper() + first[1:]]
    if Le in map(type, field.metadata) or (is_choice(field) and get_args(field.annotation)[0] not in first):
        clauses.append(kind(field))
    clauses += [other[0].lower() + other[1:] for other in others if _SPECIAL_VALUE.match(other)]
    if _is_for_production(field):
        clauses.append("in production only")
    for module, found in (("development", DEVELOPMENT), ("production", PRODUCTION)):
        if there := text_of(found.get(name, "")):
            clauses.append(f"{module}: {there if len(there) <= _LONG else 'see docs/configuration.md'}")
    return re.sub(r"\[(.*?)\]\(.*?\)", r"\1", "; ".join(clauses)).replace("`", "") + "."


def _meaning(field: FieldInfo) -> str:
    return f"{field.description}; in production only" if _is_for_production(field) else str(field.description)


def _is_for_production(field: FieldInfo) -> bool:
    extra = field.json_schema_extra
    return isinstance(extra, dict) and bool(extra.get("production_only"))


def shown(value: Any) -> str:
    text = text_of(value)
    return f"`{text}`" if text else "empty"


def text_of(value: Any) -> str:
    """The value in the form of an environment variable."""
    match value:
        case None:
            return "false"  # of a switch that settings modules may turn on; no limit is off by default
        case bool():
            return str(value).lower()
        case SecretStr():
            return value.get_secret_value()
        case list() | dict():
            return ",".join(value)
    return str(value)


def is_choice(field: FieldInfo) -> bool:
    return get_origin(field.annotation) is Literal


def kind(field: FieldInfo) -> str:
    """The values that a variable accepts."""
    annotation = field.annotation
    if is_choice(field):
        return ", ".join(f"`{choice}`" for choice in get_args(annotation))
    if get_origin(annotation) in (list, dict):
        return "list"
    [kind] = [kind for kind in get_args(annotation) or (annotation,) if kind is not NoneType]
    return _number(field) if kind is int else _KINDS[kind]


def _number(field: FieldInfo) -> str:
    """The bounds, except those that only prevent overflow."""
    bounds = {type(bound): bound for bound in field.metadata}
    least = bounds[Ge].ge if Ge in bounds else bounds[Gt].gt + 1
    return f"{least} to {bounds[Le].le}" if Le in bounds else f"{least} or more"
