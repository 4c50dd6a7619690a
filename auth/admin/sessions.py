"""Sessions of all accounts, and their revocation."""

from itertools import batched, groupby
from operator import itemgetter

from django.conf import settings
from django.contrib.admin import ActionLocation, ModelAdmin, SimpleListFilter, action, display, register
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.timezone import now

from auth.admin.audit import record_act, record_in_history
from auth.admin.read_only import ReadOnlyAdmin, device
from auth.models import Session
from auth.revocation import revoke

_BATCH = 200


class StateFilter(SimpleListFilter):
    title = parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:  # type: ignore[type-arg]
        return [("live", "live"), ("over", "ended or expired")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Session]) -> QuerySet[Session]:
        live = Session.objects.live(at=now(), idle_lifetime=settings.AUTH.refresh_idle_lifetime).values("pk")
        match self.value():
            case "live":
                return queryset.filter(pk__in=live)
            case "over":
                return queryset.exclude(pk__in=live)
        return queryset


@register(Session)
class SessionAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "state", "created_at", "last_used_at", "ip_address", device)
    list_filter = (StateFilter, "created_at", "last_used_at")
    search_fields = ("id", "ip_address")
    actions = ("end",)

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_session")

    @display(description="state")
    def state(self, session: Session) -> str:
        if session.revoked_at:
            return f"ended ({session.revoked_reason})"
        if session.epoch < session.user.epoch or not session.user.is_active:
            return "ended (with all sessions of the account)"
        idle_since = now() - settings.AUTH.refresh_idle_lifetime
        return "live" if session.expires_at > now() and session.rotated_at > idle_since else "expired"

    @action(
        permissions=["end"],
        description="End this session",
        description_plural="End selected sessions",
        location=[ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM],
    )
    def end(self, request: HttpRequest, sessions: QuerySet[Session]) -> None:
        chosen = list(sessions.filter(revoked_at=None).order_by("user_id").values_list("user_id", "pk"))
        for batch in batched(chosen, _BATCH):
            with transaction.atomic():
                for user_id, rows in groupby(batch, key=itemgetter(0)):
                    sids = [sid for _, sid in rows]
                    revoke.revoke_sessions(user_id, sids, reason="admin", now=now())
                    record_act(request, "session ended", [user_id], sids=[str(sid) for sid in sids])
                record_in_history(request, Session.objects.filter(pk__in=[sid for _, sid in batch]), "Ended")
        self.message_user(request, f"Ended: {len(chosen)}.")
