"""An error as the last response on a connection; the request's rest is not read."""

from app import errors
from app.http.asgi_types import Fields, Send
from app.http.headers import of_response
from app.http.whole_response import send_in_two
from auth.errors import AuthError


async def send_last(error: AuthError, send: Send, more: Fields | None = None) -> None:
    """Answers with `error` and the fields `more`, and has the server close the connection."""
    answer = errors.respond(error)
    length = b"%d" % len(answer.content)
    fields = [*of_response(answer), (b"content-length", length), (b"connection", b"close"), *(more or ())]
    await send_in_two(send, answer.status_code, fields, answer.content)
