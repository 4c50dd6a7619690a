"""Outages while a page of the admin is made: 503 and Retry-After.

Django hands what a view or its template raises to `process_exception`. What these two raise themselves, which read and
write sessions, it would answer with 500. No answer of 500 or above stores a session or sets its cookie: whoever was
logged in still is.
"""

from typing import Any

from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.defaults import ERROR_PAGE_TEMPLATE

from app import errors


def page(exception: Exception) -> HttpResponse:
    """The answer of the contract, as a page for people."""
    error = errors.known(exception)
    answer = errors.respond(error)
    answer.content = ERROR_PAGE_TEMPLATE % {"title": f"Error {error.status}", "details": error.text}
    answer["Content-Type"] = "text/html; charset=utf-8"
    return answer


class _Answering:
    """For a middleware of Django's."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return page(exception) if isinstance(exception, errors.HANDLED) else None

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        stock: Any = super()
        try:
            response: HttpResponseBase = await stock.__acall__(request)
        except errors.HANDLED as error:
            return page(error)
        return response


class SessionMiddleware(_Answering, sessions.SessionMiddleware):
    pass


class MessageMiddleware(_Answering, messages.MessageMiddleware):
    pass
