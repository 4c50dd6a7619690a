"""Additions to the OpenAPI schema that Ninja generates (OpenAPI 3.1)."""

from collections.abc import Iterator
from typing import Any

from auth.http.openapi import TRUSTED

_INT32 = 1 << 31
_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})

_EVERY = ("X-Request-ID", "RateLimit", "RateLimit-Policy")
_OF_STATUS = {"401": ("WWW-Authenticate",), "429": ("Retry-After",), "503": ("Retry-After",)}
_HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-ID": {"description": "Id of the call in the log.", "required": True, "schema": {"type": "string"}},
    "RateLimit": {
        "description": "Usage of the limits of this call (draft-ietf-httpapi-ratelimit-headers-10), if any.",
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {"description": "The limits of this call.", "schema": {"type": "string"}},
    "Retry-After": {
        "description": "Seconds to wait.",
        "required": True,
        "schema": {"type": "integer", "format": "int32", "minimum": 1},
    },
    "WWW-Authenticate": {
        "description": "How to authenticate (RFC 6750 §3, RFC 7617).",
        "required": True,
        "schema": {"type": "string"},
    },
}


_NEW_PASSWORDS = {
    "RegisterSchema": ("password", "password_confirm"),
    "ChangePasswordSchema": ("new_password", "new_password_confirm"),
    "NewPasswordSchema": ("new_password", "new_password_confirm"),
}


def complete(schema: dict[str, Any], *, server: str, min_password: int) -> None:
    """Adds servers, header fields, lengths, formats, and that no token is needed where none is, nor a client."""
    schemes = _merge_schemes(schema["components"])
    for operation in _operations(schema):
        operation["security"] = [
            {schemes[name]: scopes for name, scopes in needed.items()} for needed in operation.get("security", ())
        ]
        if not operation["security"]:
            operation.setdefault("parameters", []).append(TRUSTED)
        _loosen_body(operation)
        for status, response in operation["responses"].items():
            names = _EVERY + _OF_STATUS.get(str(status), ())
            fields = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
            response["headers"] = fields | response.get("headers", {})
    for name, members in _NEW_PASSWORDS.items():
        properties = schema["components"]["schemas"][name]["properties"]
        for member in members:
            properties[member]["minLength"] = min_password
    _size_numbers(schema)
    schema["components"]["headers"] = _HEADERS
    schema["servers"] = [{"url": server}]


def _operations(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in schema["paths"].values():
        yield from (item[method] for method in _METHODS & item.keys())


def _merge_schemes(components: dict[str, Any]) -> dict[str, str]:
    """One scheme per kind of credential, whichever class requires it. Returns the new name of each."""
    schemes = components["securitySchemes"]
    names = {name: min((one for one in schemes if schemes[one] == schemes[name]), key=len) for name in schemes}
    components["securitySchemes"] = {name: schemes[name] for name in names.values()}
    return names


def _loosen_body(operation: dict[str, Any]) -> None:
    """A body that may be absent is an object where it is there, and never null."""
    body = operation.get("requestBody", {"required": True})
    if not body["required"]:
        for content in body["content"].values():
            [content["schema"]] = [one for one in content["schema"]["anyOf"] if one != {"type": "null"}]


def _size_numbers(node: Any) -> None:
    """Ids and times have 64 bits; numbers with a lower bound have 32."""
    if isinstance(node, dict):
        if node.get("type") == "integer":
            node.setdefault("format", "int32" if node.get("maximum", _INT32) < _INT32 else "int64")
        for value in node.values():
            _size_numbers(value)
    elif isinstance(node, list):
        for value in node:
            _size_numbers(value)
