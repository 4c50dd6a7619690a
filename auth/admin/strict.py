"""Lists that accept only the query parameters of their own links and forms.

Django's own lists accept any lookup on any field: a regular expression that keeps the database busy for seconds, or the
beginning of a password's hash. Many accepted values fail only in the database, as a defect of the server.
"""

from typing import Any

from django.contrib.admin import ActionLocation, ModelAdmin
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.core.exceptions import BadRequest, ValidationError
from django.db import DataError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

_LONGEST_SEARCH = 254
"""Characters: the longest e-mail address. Django makes a condition of each word."""
_LONGEST_ORDER = 100


def bounded(search: str) -> str:
    """The text to search for. Raises BadRequest for one that nothing here can match."""
    if len(search) > _LONGEST_SEARCH or "\0" in search:
        raise BadRequest(f"Search for at most {_LONGEST_SEARCH} characters.")
    return search


class StrictList(ChangeList):
    def get_filters(self, request: HttpRequest) -> Any:
        """Raises DisallowedModelAdminLookup for parameters that no filter of this list has used."""
        found = super().get_filters(request)
        of_hierarchy = {f"{self.date_hierarchy}__gte", f"{self.date_hierarchy}__lt"}
        if unknown := sorted(set(found[2]) - of_hierarchy):
            raise DisallowedModelAdminLookup(f"This list has no filter {unknown[0]}.")
        return found

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        if len(self.params.get(ORDER_VAR, "")) > _LONGEST_ORDER:
            raise IncorrectLookupParameters
        return super().get_ordering(request, queryset)


class StrictAdmin(ModelAdmin):  # type: ignore[type-arg]
    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return StrictList

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Raises IncorrectLookupParameters also for a value of which the database is the first to say that it is
        none, as the year 10000: counting the rows asks it.
        """
        try:
            return super().get_changelist_instance(request)
        except (DataError, OverflowError, ValueError) as error:
            raise IncorrectLookupParameters from error

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return super().get_search_results(request, queryset, bounded(search_term))

    def response_action(
        self,
        request: HttpRequest,
        queryset: QuerySet[Any],
        action_location: ActionLocation = ActionLocation.CHANGE_LIST,
    ) -> HttpResponse | None:
        """Raises BadRequest for a selected row with an invalid id."""
        try:
            for key in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self.opts.pk.clean(key, None)
        except ValidationError as error:
            raise BadRequest("The selected rows are not in this list.") from error
        return super().response_action(request, queryset, action_location)
