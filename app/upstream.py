"""Private parts of other packages that we use: the complete list.

Each entry has the releases that were checked. pyproject.toml pins the package to these, and
tests/unit/app/test_upstream.py compares this list with the code. docs/decisions explains how much we use, and why.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Upstream:
    package: str
    releases: str
    """The releases that were checked, as a version specifier."""

    overridden: Mapping[str, tuple[str, ...]]
    """Methods that our subclasses replace or extend, by the class that has them, as `module:Class`."""

    used: Mapping[str, tuple[str, ...]]
    """Private names that we use, by the class or module that has them."""


UVICORN = Upstream(
    "uvicorn",
    ">=0.54,<0.55",
    overridden={
        "uvicorn.protocols.http.httptools_impl:HttpToolsProtocol": (
            "__init__",
            "connection_made",  # the transport is wrapped
            "eof_received",  # answers are still owed
            "data_received",  # offers of other protocols are ignored (#2722); ours to delete when that is mended
            "on_body",  # framing is paid for
            "on_header",  # whitespace after a value; the parser takes it for a part of it
            "on_headers_complete",  # bounds, and the target's form
            "on_message_complete",
            "on_response_complete",  # no timer for each rest
            "shutdown",  # resting connections are not closed at once
        ),
        "uvicorn.protocols.http.httptools_impl:RequestResponseCycle": ("send",),  # one write for a whole answer
    },
    used={
        "uvicorn.protocols.http.httptools_impl": (
            "HEADER_RE",
            "RequestResponseCycle",
            "STATUS_LINE",
        ),  # the second is replaced
        "uvicorn.protocols.http.httptools_impl:HttpToolsProtocol": ("_start_asgi_task",),
        "uvicorn.protocols.http.httptools_impl:RequestResponseCycle": ("run_asgi",),
        "uvicorn.server:ServerState": (),
    },
)

ASGIREF = Upstream(
    "asgiref",
    ">=3.13,<3.14",
    overridden={"asgiref.sync:ThreadSensitiveContext": ("__init__",)},  # and _exited, which SyncToAsync reads
    used={
        "asgiref.sync:AsyncToSync": ("executors",),
        "asgiref.sync:SyncToAsync": ("context_to_thread_executor", "thread_sensitive_context"),
    },
)

NINJA = Upstream(
    "django-ninja",
    ">=1.7.1,<1.8",
    overridden={
        "ninja.main:NinjaAPI": (
            "__init__",
            "_get_urls",  # each path has a view of ours, app/operations.py
            "create_temporal_response",
            "get_openapi_operation_id",
            "get_openapi_schema",
        ),
    },
    used={
        "ninja.main:NinjaAPI": ("_get_bound_routers",),
        "ninja.operation:AsyncOperation": ("_get_values", "_result_to_response", "run"),
        "ninja.operation:PathView": ("get_view",),
    },
)
