"""Every place that makes a session, or tokens for one, found in the source and in the API's own description."""

import ast
import re
from collections import defaultdict

import pytest

from auth.errors import InsufficientAuthorization
from tests.conftest import registration
from tests.docs.documents import ROOT, files
from tests.integration.calls import change_password, refresh, try_login
from tests.integration.sessions.login_stages import raising

MAKERS = {
    "Admission": {"auth/sessions/stages.py:pass_stages"},
    "pass_stages": {"auth/sessions/login.py:_pass_stages", "auth/accounts/register.py:_admit"},
    "new_session": {"auth/sessions/login.py:_store_session", "auth/accounts/register.py:register_account"},
    # The second is for a load test: accounts of its own, made by an operator with access to the database and the keys.
    "first_generation": {"auth/sessions/issue.py:new_session", "auth/load/accounts.py:_sessions"},
    "Session": {"auth/sessions/issue.py:first_generation"},
    "issue_login": {"auth/sessions/login.py:log_in", "auth/accounts/register.py:_issue"},
    # Two that carry on a session which a login began, and say so; the third hands out nothing.
    "token_pair": {
        "auth/sessions/issue.py:issue_login",
        "auth/sessions/refresh.py:refresh_session",
        "auth/accounts/change_password.py:replace_own_password",
        "auth/sessions/issue.py:check_claims_hook",
        # The sessions of a load test, as above.
        "auth/load/pool.py:_entry",
    },
    # Django's own sessions: the page of the admin, which logs in the account of an Admission.
    "site.login": {"auth/admin/views.py:login"},
}
"""Who calls each of these. Whoever is added here passes the stages, or says in a comment why it need not."""


def functions():
    """Each function of the application: where it is, and its tree."""
    for path in files(".py"):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(("app/", "auth/")):
            for function in ast.walk(ast.parse(path.read_text())):
                if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield f"{name}:{function.name}", ast.Module(function.body, [])


def used(function):
    """What it calls, and the functions that it hands on; a class that it only names makes nothing."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)
        elif isinstance(node, ast.Name | ast.Attribute) and not (name := ast.unparse(node))[0].isupper():
            yield name


def test_every_place_that_makes_a_session_is_known():
    found = defaultdict(set)
    for place, function in functions():
        for name in MAKERS.keys() & set(used(function)):
            found[name].add(place)

    assert found == MAKERS


@pytest.mark.parametrize(
    "way",
    [
        r"\bSession\.\w+\.a?(bulk_)?(get_or_|update_or_)?create",
        r"auth_sessions\.\w*create",
        r"contrib\.auth import .*\b(a?login|SESSION_KEY)\b",
        r"contrib\.auth\.views",
        r"force_login",
    ],
)
def test_no_other_way_is_taken(way):
    sources = {path: path.read_text() for path in files(".py") if path.relative_to(ROOT).parts[0] in ("app", "auth")}

    assert [path for path, text in sources.items() if re.search(way, text)] == []


async def test_every_route_that_gives_tokens_passes_the_stages_or_carries_on_a_session(client, account):
    async def of_a_session(call):
        ann = await account()
        with raising(InsufficientAuthorization("anything")):
            return (await call(ann)).status_code

    answers = {
        "/api/auth/login": await of_a_session(lambda ann: try_login(client, ann.user.username)),
        "/api/auth/register": await of_a_session(lambda _: client.post("/api/auth/register", json=registration())),
        "/api/auth/refresh": await of_a_session(lambda ann: refresh(client, ann.refresh_token)),
        "/api/auth/change-password": await of_a_session(lambda ann: change_password(client, ann.access_token)),
    }

    assert {path for path, status in answers.items() if status == 403} == {"/api/auth/login", "/api/auth/register"}
    assert set(answers) == giving_tokens((await client.get("/api/openapi.json")).json())


def giving_tokens(schema):
    """Paths of which some answer holds an access token."""
    tokens = {
        name for name, model in schema["components"]["schemas"].items() if "access_token" in model.get("properties", {})
    }
    named = re.compile("|".join(f"/{name}'" for name in tokens))
    return {path for path, methods in schema["paths"].items() if named.search(repr(responses(methods)))}


def responses(methods):
    return [operation["responses"] for operation in methods.values() if isinstance(operation, dict)]
