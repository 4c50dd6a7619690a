"""The two pages of the admin that receive a password.

The password is checked here, on the event loop, before Django's view runs: the view occupies one of few threads, which
must not wait for a hash or for Redis.
"""

from collections.abc import Callable
from typing import cast

from asgiref.sync import sync_to_async
from django.contrib.admin import site
from django.contrib.auth import alogout
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from auth.accounts.change_password import check_old_password
from auth.admin.forms import JUDGED, CredentialsForm, Judgement
from auth.errors import AuthError, RateLimited, ServiceUnavailable
from auth.http.context import caller_of, context_of, runtime_of
from auth.models import User
from auth.sessions.login import login_staff
from auth.sessions.stages import Admission

Page = Callable[[ASGIRequest], HttpResponseBase]


@never_cache
@sensitive_post_parameters()
@sensitive_variables()
async def login(request: ASGIRequest) -> HttpResponseBase:
    credentials = CredentialsForm(request.POST)
    if request.method == "POST" and credentials.is_valid():
        return await _judged(site.login, request, await _login(request, **credentials.cleaned_data))
    return await sync_to_async(site.login)(request)


@never_cache
@sensitive_post_parameters()
async def password_change(request: ASGIRequest) -> HttpResponseBase:
    """Using up the attempts ends this admin session, and no other: the caller is not the owner."""
    page, user = site.admin_view(site.password_change, cacheable=True), await request.auser()
    if request.method == "POST" and isinstance(user, User) and user.is_active and user.is_staff:
        outcome = await _check(request, user, request.POST.get("old_password", ""))
        if isinstance(outcome, RateLimited):
            await alogout(request)
            return HttpResponseRedirect(reverse("admin:login"))
        return await _judged(page, request, outcome)
    return await sync_to_async(page)(request)


async def _judged(page: Page, request: ASGIRequest, outcome: Admission | User | AuthError) -> HttpResponseBase:
    """The page, whose form finds the result there. If the password could not be checked, the response is an error."""
    token = JUDGED.set(Judgement(caller_of(request), outcome))
    try:
        response = await sync_to_async(page)(request)
    finally:
        JUDGED.reset(token)
    if isinstance(outcome, ServiceUnavailable):
        response.status_code = outcome.status
        response["Retry-After"] = str(outcome.wait)
    return response


@sensitive_variables()
async def _login(request: ASGIRequest, *, username: str, password: str) -> Admission | AuthError:
    try:
        return await login_staff(
            runtime_of(request), identifier=username, password=password, context=context_of(request)
        )
    except AuthError as error:
        return error


@sensitive_variables()
async def _check(request: ASGIRequest, user: User, old: str) -> User | AuthError:
    session, context = cast(str, request.session.session_key), context_of(request)
    try:
        await check_old_password(runtime_of(request), user, old, session=session, context=context)
    except RateLimited as error:
        details = {"route": "admin_password_change"}
        runtime_of(request).recorder.refused(error, caller=context.caller, user_id=user.pk, details=details)
        return error
    except AuthError as error:
        return error
    return user
