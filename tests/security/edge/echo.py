"""An application that answers each request with what it has read of it, served by app/server without Authgate."""

import hashlib
import json

import django

django.setup()  # the server's own refusals are worded as the application's


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    body, is_more = b"", True
    while is_more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body, is_more = body + message["body"], message["more_body"]
    identity = scope["path"].lstrip("/")
    answer = {"identity": identity, "body": hashlib.sha256(body).hexdigest(), "fields": _fields(scope)}
    answered = json.dumps(answer).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answered))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answered})


def _fields(scope):
    return [f"{name.decode('latin-1')}: {value.decode('latin-1')}" for name, value in scope["headers"]]


async def _live(receive, send):
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})
