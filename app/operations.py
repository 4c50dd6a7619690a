"""Ninja operations with less work for each request.

Ninja asks at each request whether the authentication is async, by a dozen calls of `inspect`, makes a response that
nobody may want, and awaits five coroutines between Django's handler and the view. Here the same work is one coroutine.
The rest (throttles, streams, several ways of authentication, decorated operations) is Ninja's own.
"""

from collections.abc import Callable
from typing import Any

from django.http.response import HttpResponseBase
from ninja.errors import AuthenticationError
from ninja.operation import Operation, PathView
from ninja.utils import is_async_callable

View = Callable[..., Any]


def view_of(path: PathView) -> View:
    """The view of all operations of one path, in place of `path.get_view()`."""
    view: View = PathView.get_view(path)
    for operation in filter(_is_lean, reversed(path.operations)):
        view = _run(operation, otherwise=view)
    view.csrf_exempt = True  # type: ignore[attr-defined]  # as Ninja's own: no cookie authenticates by itself
    return view


def _is_lean(operation: Operation) -> bool:
    is_plain = operation.is_async and "run" not in vars(operation) and not operation.csrf_exempt
    has_more = operation.throttle_objects or operation.stream_format
    checks = operation.auth_callbacks
    return is_plain and not has_more and len(checks) <= 1 and all(map(_is_async, checks))


def _is_async(check: Callable[..., Any]) -> bool:
    return is_async_callable(check) or getattr(check, "is_async", False)


def _run(operation: Operation, *, otherwise: View) -> View:
    """AsyncOperation.run for an operation that is lean; `otherwise` is for other methods."""
    methods = frozenset(operation.methods)
    check = operation.auth_callbacks[0] if operation.auth_callbacks else None
    view, api = operation.view_func, operation.api
    takes_values = bool(operation.models or operation.signature.response_arg)

    async def run(request: Any, **parameters: Any) -> HttpResponseBase:
        if request.method not in methods:
            response: HttpResponseBase = await otherwise(request, **parameters)
            return response
        try:
            if check is not None:
                waiting = check(request)
                request.auth = None if waiting is None else await waiting
                if not request.auth:
                    raise AuthenticationError
            temporal = api.create_temporal_response(request) if takes_values else None
            values = operation._get_values(request, parameters, temporal) if takes_values else {}  # type: ignore[arg-type]
            result = await view(request, **values)
            if isinstance(result, HttpResponseBase):
                return result
            return operation._result_to_response(request, result, temporal or api.create_temporal_response(request))
        except Exception as error:  # noqa: BLE001  as stock does
            return api.on_exception(request, error)

    return run
