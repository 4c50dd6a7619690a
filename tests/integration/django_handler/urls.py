"""Views and middleware of every kind that Django serves."""

import asyncio
import io
import threading
import time
from typing import Any

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.urls import get_script_prefix, get_urlconf, path, re_path
from django.utils.decorators import async_only_middleware, sync_only_middleware

from auth.http.responses import JSONResponse

seen: dict[str, Any] = {}
"""What views leave behind for the tests to look at."""


async def hello(request):
    return JSONResponse(b'"hello"')


def hello_sync(request):
    return HttpResponse(threading.current_thread().name)


async def empty(request):
    return HttpResponse(status=204)


async def cookie(request):
    response = JSONResponse(b"{}")
    response.set_cookie("a", "b")
    return response


async def numbered(request, number, word="none"):
    return HttpResponse(f"{number} {word}")


async def where(request):
    return HttpResponse(f"{get_script_prefix()} {request.path_info} {get_urlconf()} {request.GET.get('q')}")


async def echo(request):
    return HttpResponse(request.body)


async def upload(request):
    file = request.FILES["file"]
    seen["file"] = file
    return HttpResponse(f"{request.POST['name']} {file.size}")


async def file(request):
    seen["opened"] = io.BytesIO(b"x" * 100_000)
    return FileResponse(seen["opened"])


async def boom(request):
    raise ZeroDivisionError


async def nothing(request):
    return None


async def _parts():
    seen["stream"] = "open"
    try:
        yield b"one"
        await asyncio.sleep(seen.get("pause", 0))
        yield b"two"
    finally:
        seen["stream"] = "closed"


async def stream(request):
    return StreamingHttpResponse(_parts())


async def stream_sync(request):
    return StreamingHttpResponse(iter([b"one", b"two"]))


class Broken:
    """Ends with an error after the first piece, and notes that it is closed."""

    async def __aiter__(self):
        yield b"one"
        raise ZeroDivisionError

    def close(self):
        seen["closed"] = True


async def stream_broken(request):
    return StreamingHttpResponse(Broken())


async def wait(request):
    seen["started"].set()
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        seen["cancelled"] = True
        if seen.get("stubborn"):
            return HttpResponse("stayed")
        raise


def wait_sync(request):
    seen["loop"].call_soon_threadsafe(seen["started"].set)
    time.sleep(0.2)  # a view that cannot be interrupted
    try:
        seen["read"] = request.body
    except ValueError as error:
        seen["read"] = error
    return HttpResponse("done")


async def closers_raise(request):
    response = HttpResponse("fine")
    response._resource_closers += [lambda: 1 / 0, lambda: seen.update(closed=True)]  # type: ignore[attr-defined]
    return response


class Closing(HttpResponse):
    def close(self):
        seen["closed"] = True
        super().close()


async def closing(request):
    return Closing("fine")


class Rendered(HttpResponse):
    async def render(self):
        self.content = b"rendered"
        return self


async def rendered(request):
    return Rendered()


@async_only_middleware
def other_urls(get_response):
    async def middleware(request):
        if b"x-other" in dict(request.scope["headers"]):
            request.urlconf = "tests.integration.django_handler.other_urls"
        return await get_response(request)

    return middleware


@sync_only_middleware
def stamp(get_response):
    def middleware(request):
        response = get_response(request)
        response["X-Stamp"] = "stamped"
        response.content = response.content.upper()
        response.status_code = 202
        return response

    return middleware


class Meddling:
    """Changes what the view is called with."""

    async_capable = True
    sync_capable = False

    def __init__(self, get_response):
        self._get_response = get_response

    async def __call__(self, request):
        return await self._get_response(request)

    async def process_view(self, request, view, args, kwargs):
        if b"x-word" in dict(request.scope["headers"]):
            kwargs["word"] = "meddled"


urlpatterns = [
    path("hello", hello),
    path("hello-sync", hello_sync),
    path("empty", empty),
    path("cookie", cookie),
    path("number/<int:number>", numbered),
    path("fixed", numbered, {"number": 7}),
    re_path("^any/", hello),
    path("where", where),
    path("echo", echo),
    path("upload", upload),
    path("file", file),
    path("boom", boom),
    path("nothing", nothing),
    path("stream", stream),
    path("stream-sync", stream_sync),
    path("stream-broken", stream_broken),
    path("wait", wait),
    path("wait-sync", wait_sync),
    path("closers-raise", closers_raise),
    path("closing", closing),
    path("rendered", rendered),
]
