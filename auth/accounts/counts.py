"""Figures for administrators."""

from django.db.models import Count, Q

from auth.models import User


async def users() -> tuple[int, int]:
    """All accounts, and those that are active."""
    counted = await User.objects.aaggregate(total=Count("pk"), active=Count("pk", filter=Q(is_active=True)))
    return counted["total"], counted["active"]
