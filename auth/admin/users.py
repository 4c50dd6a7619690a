"""Accounts."""

from collections.abc import Callable
from itertools import batched
from typing import Any

from django.contrib.admin import ActionLocation, ShowFacets, action, register
from django.contrib.auth.admin import UserAdmin
from django.contrib.messages import WARNING
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now

from auth.admin.audit import actor_of, record_act, record_in_history
from auth.admin.forms import NewUserForm, UserForm
from auth.admin.latest import latest_events, latest_sessions
from auth.admin.read_only import STYLE
from auth.admin.strict import StrictAdmin, bounded
from auth.core.canonical import canonical
from auth.models import User
from auth.models.user import UserQuerySet
from auth.revocation import revoke

_BATCH = 200
"""Accounts per transaction, so that each locks its rows for seconds at most."""
_EVERYWHERE = [ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM]
_LATEST = (latest_sessions, latest_events)
_RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


@register(User)
class AccountAdmin(StrictAdmin, UserAdmin):  # type: ignore[type-arg]
    """Only superusers can give rights, and change accounts that have some: a new password takes an account over.

    All changes here affect live tokens immediately, because models/user.py and revocation/revoke.py log them.
    """

    form = UserForm
    add_form = NewUserForm
    fieldsets = (
        *(UserAdmin.fieldsets or ())[:-1],
        ("Important dates", {"fields": ("last_login", "date_joined", "email_verified_at")}),
        ("Sessions and events", {"fields": _LATEST}),  # type: ignore[typeddict-item]  # callables do too
    )
    add_fieldsets = ((None, {"fields": ("username", "email", "usable_password", "password1", "password2")}),)
    list_display = ("username", "email", "is_active", "is_staff", "is_superuser", "last_login", "date_joined")
    list_filter = ("is_active", "is_staff", "is_superuser", "date_joined", "last_login")
    search_fields = ("username_key__startswith", "email_key__startswith")
    search_help_text = "The beginning of a username or e-mail address, in any spelling."
    ordering = ("-pk",)
    list_per_page = 50
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    actions = ("disable", "enable", "promote", "demote", "end_sessions")

    class Media:
        css = STYLE

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and _may_manage(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_manage(request, obj)

    def has_promote_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[Any, ...]:
        shown = ("last_login", "date_joined", "email_verified_at", *_LATEST)
        return (*shown, *(() if request.user.is_superuser else _RIGHTS))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        return super().get_search_results(request, queryset, canonical(bounded(search_term)))

    @action(permissions=["change"], description="Disable: no login, and every session ends", location=_EVERYWHERE)
    def disable(self, request: HttpRequest, users: UserQuerySet) -> None:
        self._act(request, self._others(request, users), "disabled", lambda chosen: chosen.update(is_active=False))

    @action(permissions=["change"], description="Enable", location=_EVERYWHERE)
    def enable(self, request: HttpRequest, users: UserQuerySet) -> None:
        disabled = users.filter(is_active=False)  # an update of the others would end their sessions
        self._act(request, disabled, "enabled", lambda chosen: chosen.update(is_active=True))

    @action(permissions=["promote"], description="Promote to staff", location=_EVERYWHERE)
    def promote(self, request: HttpRequest, users: UserQuerySet) -> None:
        self._act(request, users, "promoted", lambda chosen: chosen.update(is_staff=True))

    @action(permissions=["promote"], description="Demote: neither staff nor superuser", location=_EVERYWHERE)
    def demote(self, request: HttpRequest, users: UserQuerySet) -> None:
        others = self._others(request, users)
        self._act(request, others, "demoted", lambda chosen: chosen.update(is_staff=False, is_superuser=False))

    @action(permissions=["change"], description="End all sessions", location=_EVERYWHERE)
    def end_sessions(self, request: HttpRequest, users: UserQuerySet) -> None:
        self._act(request, users, "all sessions ended", _end_sessions)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        with transaction.atomic():  # the change and its record
            return super().user_change_password(request, id, form_url)

    def log_addition(self, request: HttpRequest, obj: User, message: Any) -> Any:
        record_act(request, "added", [obj.pk])
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: User, message: Any) -> Any:
        fields = [name for part in message for name in part.get("changed", {}).get("fields", ())]
        record_act(request, "changed", [obj.pk], fields=fields)
        return super().log_change(request, obj, message)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """The accounts alone: each may have thousands of records, and those pages let nobody delete."""
        refused = {"accounts of staff" for user in objs if not _may_manage(request, user)}
        return [str(user) for user in objs], {"users, each with all its sessions and records": len(objs)}, refused, []

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        self.delete_queryset(request, User.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for batch in batched(queryset.order_by("pk").values_list("pk", "username"), _BATCH):
            with transaction.atomic():
                for pk, username in batch:  # the event cannot belong to a deleted account
                    record_act(request, "deleted", [None], user_id=pk, username=username)
                User.objects.filter(pk__in=[pk for pk, _ in batch]).delete()

    def _act(
        self, request: HttpRequest, users: UserQuerySet, act: str, change: Callable[[UserQuerySet], object]
    ) -> None:
        keys = [user.pk for user in users.only("pk", "is_staff", "is_superuser") if _may_manage(request, user)]
        for batch in batched(keys, _BATCH):
            chosen = User.objects.filter(pk__in=batch)
            with transaction.atomic():
                change(chosen)
                record_act(request, act, batch)
                record_in_history(request, chosen, act.capitalize())
        self.message_user(request, f"{act.capitalize()}: {len(keys)}.")

    def _others(self, request: HttpRequest, users: UserQuerySet) -> UserQuerySet:
        """Administrators cannot lock themselves out."""
        own = actor_of(request).pk
        if users.filter(pk=own).exists():
            self.message_user(request, "Your own account was not changed.", WARNING)
        return users.exclude(pk=own)


def _may_manage(request: HttpRequest, user: User | None) -> bool:
    return user is None or bool(request.user.is_superuser) or not (user.is_staff or user.is_superuser)


def _end_sessions(users: UserQuerySet) -> None:
    for key in users.values_list("pk", flat=True):
        revoke.revoke_all_sessions(key, reason="admin", now=now())
