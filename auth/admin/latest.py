"""The newest sessions and events on an account's page, with a link to all."""

from collections.abc import Iterable
from urllib.parse import urlencode

from django.contrib.admin import display
from django.urls import reverse
from django.utils.formats import localize
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localtime

from auth.audit.user_agents import describe
from auth.models import SecurityEvent, Session, User

_NEWEST = 10


@display(description="sessions")
def latest_sessions(user: User) -> str:
    rows = Session.objects.filter(user_id=user.pk).order_by("-created_at")[:_NEWEST]
    rows_shown = ((row.pk, row.created_at, row.ip_address, row.user_agent, row.revoked_reason) for row in rows)
    return _table(user, "session", rows_shown)


@display(description="security events")
def latest_events(user: User) -> str:
    rows = SecurityEvent.objects.filter(user_id=user.pk).order_by("-timestamp", "-pk")[:_NEWEST]
    rows_shown = ((row.pk, row.timestamp, row.ip_address, row.user_agent, row.get_event_type_display()) for row in rows)
    return _table(user, "securityevent", rows_shown)


def _table(user: User, model: str, rows_shown: Iterable[tuple[object, ...]]) -> str:
    lines = (
        (
            reverse(f"admin:accounts_{model}_change", args=[key]),
            localize(localtime(moment)),  # type: ignore[arg-type]
            what,
            address or "",
            describe(str(agent)),
        )
        for key, moment, address, agent, what in rows_shown
    )
    body = format_html_join("", '<tr><td><a href="{}">{}</a></td><td>{}</td><td>{}</td><td>{}</td></tr>', lines)
    everything = f"{reverse(f'admin:accounts_{model}_changelist')}?{urlencode({'q': user.username})}"
    return format_html('<table>{}</table><a href="{}">Show all</a>', body, everything)
