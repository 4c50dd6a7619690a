"""How a failure becomes an answer."""

import json

import pytest
from django.core.exceptions import DisallowedHost, PermissionDenied
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404
from ninja.errors import HttpError
from ninja.errors import ValidationError as NinjaValidationError

from app.errors import RouteError, known, of_status, respond
from auth import errors


def subclasses(kind):
    return {kind, *(grandchild for child in kind.__subclasses__() for grandchild in subclasses(child))}


CONCRETE = sorted(
    (kind for kind in subclasses(errors.AuthError) - {RouteError} if hasattr(kind, "code")),
    key=lambda kind: kind.__name__,
)
UNAUTHORIZED = [errors.InvalidCredentials, errors.InvalidGrant, errors.MissingToken]


def an(kind):
    if issubclass(kind, errors.InsufficientAuthorization):
        return kind("second_factor")
    return kind(1.0) if issubclass(kind, errors.Delayed) else kind()


@pytest.mark.parametrize("kind", CONCRETE)
def test_every_error_has_a_status(kind):
    assert 400 <= kind.status <= 503


@pytest.mark.parametrize("kind", CONCRETE)
def test_every_error_is_the_contract_s_body(kind):
    error = an(kind)

    answer = respond(error)

    assert json.loads(answer.content) == {"error": kind.code, "message": kind.message, "details": error.details}
    assert (answer.status_code, answer["Content-Type"]) == (kind.status, "application/json")


def test_a_message_and_details_of_its_own_are_told():
    answer = respond(errors.ValidationFailed("Look.", details={"fields": []}))

    assert json.loads(answer.content) == {"error": "validation_error", "message": "Look.", "details": {"fields": []}}


@pytest.mark.parametrize("kind", UNAUTHORIZED)
def test_a_401_challenges_without_an_error_when_no_token_is_at_fault(kind):
    assert respond(kind())["WWW-Authenticate"] == 'Bearer realm="authgate"'


@pytest.mark.parametrize(
    ("kind", "challenge"),
    [
        (errors.InvalidToken, 'Bearer realm="authgate", error="invalid_token"'),
        (errors.InsufficientScope, 'Bearer realm="authgate", error="insufficient_scope"'),
        (errors.InvalidClient, 'Basic realm="authgate"'),
    ],
)
def test_a_challenge_names_the_fault_of_what_was_sent(kind, challenge):
    assert respond(kind())["WWW-Authenticate"] == challenge


@pytest.mark.parametrize("kind", [kind for kind in CONCRETE if kind.status == 401])
def test_every_401_challenges(kind):
    assert "WWW-Authenticate" in respond(kind())


@pytest.mark.parametrize("kind", [kind for kind in CONCRETE if kind.status not in (401, 403)])
def test_no_other_status_challenges(kind):
    assert "WWW-Authenticate" not in respond(an(kind))


@pytest.mark.parametrize("kind", [errors.RateLimited, errors.ServiceUnavailable])
@pytest.mark.parametrize(("seconds", "told"), [(0.0, "1"), (0.2, "1"), (1.0, "1"), (1.01, "2"), (59.5, "60")])
def test_a_delay_is_told_in_whole_seconds_rounded_up(kind, seconds, told):
    assert respond(kind(seconds))["Retry-After"] == told


@pytest.mark.parametrize("kind", [kind for kind in CONCRETE if not issubclass(kind, errors.Delayed)])
def test_no_other_error_tells_a_delay(kind):
    assert "Retry-After" not in respond(an(kind))


@pytest.mark.parametrize(
    ("exception", "kind"),
    [
        (Http404("secret"), errors.NotFound),
        (DisallowedHost("secret"), errors.InvalidRequest),
        (OperationalError("secret"), errors.ServiceUnavailable),
        (InterfaceError("secret"), errors.ServiceUnavailable),
        (HttpError(400, "secret"), errors.InvalidRequest),
        (HttpError(404, "secret"), errors.NotFound),
        (HttpError(405, "secret"), errors.MethodNotAllowed),
        (HttpError(413, "secret"), errors.PayloadTooLarge),
        (HttpError(500, "secret"), errors.InternalError),
        (NinjaValidationError([]), errors.ValidationFailed),
    ],
    ids=repr,
)
def test_an_exception_of_the_framework_becomes_ours_and_its_text_is_not_told(exception, kind):
    error = known(exception)

    assert type(error) is kind
    assert "secret" not in respond(error).content.decode()


def test_an_error_of_ours_stays_itself():
    error = errors.Conflict()

    assert known(error) is error


def test_an_error_of_ours_under_a_wrapper_is_found():
    cause = errors.PayloadTooLarge()
    wrapper = HttpError(400, "Cannot parse request body")
    wrapper.__cause__ = cause

    assert known(wrapper) is cause


@pytest.mark.parametrize("exception", [ValueError("secret"), IntegrityError("x"), DataError("x"), RecursionError("x")])
def test_what_was_not_foreseen_is_an_internal_error_and_tells_nothing(exception):
    answer = respond(known(exception))

    assert answer.status_code == 500
    assert "secret" not in answer.content.decode()


def test_what_was_not_foreseen_is_logged(caplog):
    defect = ValueError("look here")
    known(defect)

    [record] = [record for record in caplog.records if record.name == "authgate.errors"]
    assert (record.levelname, record.msg["event"], record.msg["exc_info"]) == ("ERROR", "unhandled_exception", defect)


@pytest.mark.parametrize(
    ("status", "kind"), [(404, errors.NotFound), (499, errors.InvalidRequest), (599, errors.InternalError)]
)
def test_a_bare_status_has_an_error(status, kind):
    assert type(of_status(status)) is kind


def test_a_field_s_fault_is_told_by_place_and_code_never_by_value():
    problem = {
        "type": "string_type",
        "loc": ("body", "data", "password"),
        "msg": "Value error, must be text",
        "input": "hunter2",
    }
    answer = json.loads(respond(known(NinjaValidationError([problem]))).content)

    assert answer["details"] == {"fields": [{"field": "password", "code": "string_type", "message": "must be text"}]}


def test_permission_denied_is_no_success():
    assert respond(known(PermissionDenied())).status_code >= 400


@pytest.mark.parametrize(("status", "code"), [(409, "conflict"), (401, "unauthorized"), (418, "im_a_teapot")])
def test_a_route_of_the_deployments_own_chooses_its_status_and_words(status, code):
    answer = respond(known(HttpError(status, "Not today.")))

    assert answer.status_code == status
    assert json.loads(answer.content) == {"error": code, "message": "Not today.", "details": None}
