"""The NinjaAPI: its parser, renderer, error handling and routers."""

import codecs
from functools import partial
from typing import Any

import orjson
from django.contrib.auth.password_validation import MinimumLengthValidator, get_default_password_validators
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.parser import Parser
from ninja.renderers import BaseRenderer

from app import errors, openapi
from app.operations import view_of
from auth.api import ROUTERS
from auth.authentication.clients import recognise_client
from auth.errors import InvalidRequest, UnsupportedMediaType, ValidationFailed
from auth.http.responses import JSONResponse


class JSONParser(Parser):
    """Accepts application/json only: a cross-site form cannot send that without a CORS preflight."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The parsed body. Refuses null; ignores a byte order mark (RFC 8259 §8.1)."""
        if request.content_type != "application/json":
            raise UnsupportedMediaType
        try:
            body = orjson.loads(request.body.removeprefix(codecs.BOM_UTF8))
        except orjson.JSONDecodeError as error:
            raise InvalidRequest("The body is not valid JSON.") from error
        if body is None:
            raise ValidationFailed(details={"fields": [errors.NO_OBJECT]})
        return body


class JSONRenderer(BaseRenderer):
    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return orjson.dumps(data, option=orjson.OPT_UTC_Z)


def on_error(request: HttpRequest, exception: Exception | type[Exception]) -> HttpResponse:
    return errors.respond(errors.known(exception if isinstance(exception, Exception) else exception()))


class LeanAPI(NinjaAPI):
    """A NinjaAPI that responds with JSONResponse and completes its schema.

    Routes without authentication are public; they recognise a service client that calls on behalf of users.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(auth=recognise_client, parser=JSONParser(), renderer=JSONRenderer(), **options)
        for kind in (Exception, HttpError, Http404, ValidationError):  # Ninja has a handler of its own for each
            self.add_exception_handler(kind, on_error)

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        for router in self._get_bound_routers():
            for path in router.path_operations.values():
                path.get_view = partial(view_of, path)  # type: ignore[method-assign]
        return super()._get_urls()

    def create_temporal_response(self, request: HttpRequest) -> HttpResponse:
        return JSONResponse()

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """A stable name for generated clients: that of the route's function, whatever its module.

        Routes of the deployment itself keep Ninja's names, which include the module.
        """
        view = operation.view_func
        return view.__name__ if view.__module__.startswith("auth.") else super().get_openapi_operation_id(operation)

    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: Any = None) -> OpenAPISchema:
        schema = super().get_openapi_schema(path_prefix=path_prefix or "/api/", path_params=path_params)
        rules: dict[type, Any] = {type(rule): rule for rule in get_default_password_validators()}
        openapi.complete(schema, server="/", min_password=rules[MinimumLengthValidator].min_length)
        return schema


api = LeanAPI(
    title="Authgate",
    version="1",
    description="Logs users in, issues JWT access and refresh tokens, and revokes them immediately, on every worker.",
    docs_url=None,
    openapi_url=None,  # app/views/api_docs.py serves both
    urls_namespace="api",
)
for path, router, tag in ROUTERS:
    api.add_router(path, router, tags=[tag])
