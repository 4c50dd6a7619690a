"""The base of read-only pages, which stay quick on large tables."""

from datetime import timedelta
from typing import Any, cast

from django.contrib.admin import ShowFacets, display
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Max, Min, Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.timezone import localtime

from auth.admin.strict import StrictAdmin, bounded
from auth.audit.user_agents import describe
from auth.models import User

STYLE = {"all": ["accounts/admin.css"]}
"""For `Media` of each page: what lets long values fit the window."""
_MOST_ROWS = 10_000


@display(description="device")
def device(row: Any) -> str:
    """A column of lists; the page of a row shows the whole user agent."""
    return describe(row.user_agent)


class ReadOnlyAdmin(StrictAdmin):
    """Search accepts a full username or e-mail address in any spelling, or a full value of one of `search_fields`.

    An index serves these; searching for a part of a word would read the whole table.
    """

    search_help_text = "A complete username, e-mail address, network address or id."
    list_per_page = 50
    show_full_result_count = False
    show_facets = ShowFacets.NEVER

    class Media:
        css = STYLE

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = bounded(search_term).strip()
        if not term:
            return queryset, False
        found = Q(user_id__in=User.objects.identified_by(term).values("pk"))
        for name in self.search_fields:
            try:
                found |= Q(**{str(name): self.opts.get_field(str(name)).clean(term, None)})  # type: ignore[union-attr]
            except ValidationError:  # only valid addresses and ids are searched for
                continue
        return queryset.filter(found), False


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than people turn pages: a database counts by reading. Not for pages with actions on rows."""

    @cached_property
    def count(self) -> int:
        rows = cast(QuerySet[Any], self.object_list)
        return rows.order_by()[:_MOST_ROWS].count()


class Records(QuerySet[Any]):
    def datetimes(self, field_name: str, kind: str, *args: Any, **kwargs: Any) -> Any:
        """All periods from the first row to the last. Django's leaves empty ones out, for which it reads every row."""
        ends = self.aggregate(first=Min(field_name), last=Max(field_name))
        if ends["first"] is None:
            return []
        first, last = localtime(ends["first"]).date(), localtime(ends["last"]).date()
        beginning = {"year": {"month": 1, "day": 1}, "month": {"day": 1}, "day": {}}[kind]
        days = (first + timedelta(days=number) for number in range((last - first).days + 1))
        return sorted({day.replace(**beginning) for day in days})


class RecordAdmin(ReadOnlyAdmin):
    """Large tables, with a row for every event."""

    paginator = BoundedPaginator

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return Records(self.model)
