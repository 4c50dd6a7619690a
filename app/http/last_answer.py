"""An error as the last response on a connection; the request's rest is not read."""

from app import errors
from app.http.asgi_types import Fields, Send
from app.http.headers import of_response
from auth.errors import AuthError


async def send_last(error: AuthError, send: Send, more: Fields | None = None) -> None:
    """Answers with `error` and the fields `more`, and has the server close the connection."""
    answer = errors.respond(error)
    length = b"%d" % len(answer.content)
    fields = [*of_response(answer), (b"content-length", length), (b"connection", b"close"), *(more or ())]
    await send({"type": "http.response.start", "status": answer.status_code, "headers": fields})
    await send({"type": "http.response.body", "body": answer.content})
