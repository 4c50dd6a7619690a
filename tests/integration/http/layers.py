"""Scopes for a layer that is called by itself."""

from collections.abc import MutableMapping
from typing import Any, cast

from auth.caller import Caller, RequestContext
from auth.http.context import STATE_KEY, RequestState
from auth.runtime import Runtime


def with_state(scope: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The scope as the request log hands it on, in an application that has not started."""
    fields, context = dict(scope["headers"]), RequestContext(Caller("", ""))
    state = RequestState(cast(Runtime, None), context, "an-id", lambda: None, fields, frozenset())
    return {**scope, "state": {STATE_KEY: state}}
