"""Query strings, ids and forms that no page of the admin makes: refused, never a defect, never a slow statement."""

from urllib.parse import quote

import pytest
from django.apps import apps
from django.contrib.admin import site

from auth.models import Session, User
from tests.integration.admin.browser import page, shown

pytestmark = pytest.mark.long

ANSWERS = {200, 302, 400, 403, 404, 405}
MODELS = [model for model in apps.get_models() if site.is_registered(model)]
LISTS = {page(model).replace("accounts", model._meta.app_label): model for model in MODELS}
HUGE = "9" * 30
LOOKUPS = [
    *("__regex=(", "__iregex=((a+)+)+$", "__regex=\0", "__isnull=x", "__year=99999", "__year=0", "__range=x", "__x=\0"),
    *("__in=\0", "__exact=\0", f"__exact={HUGE}", "__exact=(", "__contains=\0"),
    *("__gte=9999-12-31T23:59:59-14:00", "__lt=0001-01-01T00:00:00+14:00", "__gte=x", "__lt=\0"),
]
PERIODS = [
    *("__year=9999", "__year=99999", "__year=0", "__year=-1", "__year=x", "__month=2", "__month=13", f"__day={HUGE}"),
    *("__year=2026&{}__month=13", "__year=2026&{}__month=2&{}__day=30", "__year=2026&{}__day=99", "__year=\0"),
]
SEARCHES = [
    *("a " * 3000, "a+" * 3000, "a " * 127, "x" * 255, "\0", "(", "\\", "'" * 254, '"a', "ﷺ" * 254, HUGE, "5" * 5000),
    *("%", "_" * 254, "\u202e", "é" * 254),
]
OTHERS = [
    *(f"p={value}" for value in (HUGE, "9" * 5000, "0", "-1", "x", "\0", "1e9", "100000")),
    *(f"o={value}" for value in ("99", "-", "x", "..", "1.-1." * 1500, HUGE, "9" * 5000, "\0", "--1", "-1.2.-3")),
    *(f"_to_field={value}" for value in ("password", "x", "\0", "id")),
    *(f"_changelist_filters={value}" for value in ("\0", "q=\0", "%")),
    *("e=1", "e=1&p=x", "e=1&x=1", "all=", "_popup=x", "_facets=1", "x=1", "__regex=(", "pk__in=x", "=", "&&&", "%"),
    *("user__password__startswith=a", "q=a&q=b", "state=x", "is_active__exact=1&" * 200, "a=1&" * 1000),
]
IDS = [
    *("x", HUGE, "-1", "0", "9" * 5000, "_00", "\0", "1_5F1", "_ff", "_ed_a0_80", "a" * 3000, "1e9", "../", "'", "é"),
    "00000000-0000-0000-0000-000000000000",
]


def hostile(model):
    for field in model._meta.concrete_fields:
        yield from (f"{field.name}{lookup}" for lookup in LOOKUPS)
    hierarchy = site.get_model_admin(model).date_hierarchy or "date_joined"
    yield from (hierarchy + period.replace("{}", hierarchy) for period in PERIODS)
    yield from (f"q={quote(text)}" for text in SEARCHES)
    yield from OTHERS


async def status(admin, path, query):
    return (await admin.client.get(f"/admin/{path}?{quote(query, safe='=&%')}")).status_code


@pytest.mark.parametrize("path", LISTS)
async def test_no_query_string_makes_a_list_fail(admin, victim, path):
    answers = {query: await status(admin, path, query) for query in hostile(LISTS[path])}

    assert len(answers) > 100
    assert {query: found for query, found in answers.items() if found not in ANSWERS} == {}


@pytest.mark.parametrize("lookup", ["regex=a", "startswith=a", "month=1"])
@pytest.mark.parametrize("path", LISTS)
async def test_what_is_no_filter_of_a_list_never_reaches_the_database(admin, path, lookup):
    fields = [field.name for field in LISTS[path]._meta.concrete_fields]

    assert {await status(admin, path, f"{name}__{lookup}") for name in fields} == {400}


@pytest.mark.parametrize("text", ["a " * 3000, "x" * 255, "ﷺ" * 254])
async def test_a_search_for_too_much_is_refused(admin, text):
    assert await status(admin, page(User), f"q={quote(text)}") == 400


async def test_the_beginning_of_a_password_s_hash_cannot_be_asked_for(admin, victim):
    assert await status(admin, page(User), "password__startswith=argon2") == 400


@pytest.mark.parametrize("query", ["is_active__exact=1", "date_joined__gte=2020-01-01 00:00:00%2B00:00", "o=-2.1"])
async def test_the_lists_own_filters_work(admin, victim, query):
    listed = await admin.client.get(f"/admin/{page(User)}?q={victim.user.username}&{query}")

    assert f"/{victim.user.pk}/change/" in shown(listed)


@pytest.mark.parametrize("path", LISTS)
async def test_no_id_makes_a_page_fail(admin, path):
    names = ("change/", "delete/", "history/", "password/", "")
    pages = [f"{path}{quote(key)}/{name}" for key in IDS for name in names]
    answers = {page: await status(admin, page, "") for page in pages}

    assert {page: found for page, found in answers.items() if found not in ANSWERS} == {}


@pytest.mark.parametrize("act", ["delete_selected", "disable", "end"])
@pytest.mark.parametrize("path", LISTS)
async def test_no_selected_id_makes_an_action_fail(admin, path, act):
    for key in ("x", HUGE, "-1", "\0", "9" * 5000, "é"):
        for form in ({"index": "0"}, {"post": "yes"}):
            answer = await admin.post(path, action=act, _selected_action=[key], select_across="0", **form)
            assert answer.status_code in ANSWERS, (key, form)


async def test_a_selected_row_that_is_none_is_refused(admin):
    answer = await admin.post(page(Session), action="end", _selected_action=["x"], index="0", select_across="0")

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        *("autocomplete/?app_label=accounts&model_name=user&field_name=groups&term=\0", "autocomplete/?app_label=x"),
        *("r/1/1/", "r/x/y/", f"r/{HUGE}/{HUGE}/", f"r/1/{HUGE}/", "r/1/_00/", "jsi18n/?x=\0", "\0/", "accounts/x/"),
        *("login/?next=\0", "login/?next=//evil.example", f"login/?next={'a' * 5000}", "logout/", "?next=\0"),
        *("accounts/user/add/?username=\0", f"accounts/user/add/?groups={HUGE}", "auth/group/add/?permissions=x"),
        f"auth/group/add/?permissions={HUGE}",
    ],
)
async def test_no_address_makes_another_page_fail(admin, path):
    assert (await admin.client.get(f"/admin/{quote(path, safe='/?=&')}")).status_code in ANSWERS
