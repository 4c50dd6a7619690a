"""ASGIRequest whose META is built on first use."""

from typing import Any, BinaryIO

from django.core.handlers.asgi import ASGIRequest
from django.http import QueryDict
from django.utils.functional import cached_property


class LeanRequest(ASGIRequest):
    """Our bearer, guard and views read scope["headers"]; META would copy and rename every field of each request.

    Safe because all that stock derives from META is derived here too, by Django's own code, at the first look.
    """

    def __init__(self, scope: dict[str, Any], body_file: BinaryIO) -> None:
        self.scope = scope
        self._post_parse_error = False
        self._read_started = False
        self.resolver_match = None
        self._stream = body_file
        self.path = scope["path"]
        self.method = scope["method"].upper()
        if scope.get("query_string"):  # may be malformed: say so now, as stock does
            self.__dict__ |= {name: self._full.__dict__[name] for name in ("script_name", "path_info")}
        else:
            self.script_name, self.path_info = "", self.path

    @cached_property
    def _full(self) -> ASGIRequest:
        return ASGIRequest(self.scope, self._stream)

    @cached_property
    def META(self) -> dict[str, Any]:  # type: ignore[override]
        return self._full.META

    @cached_property
    def GET(self) -> Any:  # type: ignore[override]
        return ASGIRequest.GET.func(self) if self.scope.get("query_string") else QueryDict()  # type: ignore[attr-defined]

    @cached_property
    def content_type(self) -> str | None:  # type: ignore[override]
        return self._full.content_type

    @cached_property
    def content_params(self) -> dict[str, str] | None:  # type: ignore[override]
        return self._full.content_params

    @cached_property
    def _encoding(self) -> str | None:
        encoding: str | None = self._full.encoding
        return encoding
