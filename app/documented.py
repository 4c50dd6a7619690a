"""The pages of documentation, limited per address: to write the schema anew costs as much as many calls."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse

from app import errors
from auth.errors import RateLimited
from auth.security import caller_of, runtime_of
from auth.stores.limits import Hit


def limited[View: Callable[..., Any]](view: View) -> View:
    """A view of Ninja's documentation that counts the visit; 429 over the limit."""

    @wraps(view, assigned=())
    async def counted(request: ASGIRequest, **kwargs: Any) -> HttpResponse:
        caller, runtime = caller_of(request), runtime_of(request)
        try:
            await runtime.limits.reserve(caller, Hit(runtime.settings.policies.docs, caller.network))
        except RateLimited as error:
            return errors.respond(error)
        return cast(HttpResponse, await sync_to_async(view)(request, **kwargs))

    return cast(View, counted)
