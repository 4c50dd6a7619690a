"""Errors about credentials and permissions."""

from auth.errors.base import BEARER, AuthError


class InvalidCredentials(AuthError):
    """Login: unknown name, wrong password or disabled account, all alike.

    Client: ask the user again.

    Internal: `reason`, of at most 32 characters, is for the records; it is not sent to callers.
    """

    status = 401
    code = "invalid_credentials"
    message = "The username or the password is wrong."

    def __init__(self, reason: str = "refused") -> None:
        self.reason = reason
        super().__init__()


class InsufficientAuthorization(AuthError):
    """Login, registration: the password is right, and a [login stage](architecture.md#the-path-of-a-post-apiauthlogin)
    of this deployment requires another step; `details.required` names it. No session was created. None of Authgate's
    own stages requires another step.

    Client: do what `details.required` names, or tell the user where to do it.

    Source: the code is from OAuth 2.0 for First-Party Applications.
    """

    status = 403
    code = "insufficient_authorization"
    message = "This login requires another step. details.required names it."

    def __init__(self, required: str) -> None:
        super().__init__(details={"required": required})


class InvalidGrant(AuthError):
    """Refresh: the token is malformed, expired, already replaced, or its session is over, all alike.

    Client: forget both tokens and show the login.

    Source: RFC 6749 §5.2.
    """

    status = 401
    code = "invalid_grant"
    message = "The refresh token is invalid or has expired. Log in again."


class InvalidTicket(AuthError):
    """Redeeming a ticket: it is malformed, unknown, used, expired, for another service, or its session is over, all
    alike.

    Client: have the user ask for another ticket.

    Source: RFC 6749 §5.2.
    """

    status = 400
    code = "invalid_grant"
    message = "The ticket is invalid or has expired. Request another one."


class InvalidEmailToken(AuthError):
    """A token from a message is malformed, unknown, expired, used, of the other flow, or its account has changed, all
    alike.

    Client: offer to send another message.
    """

    status = 400
    code = "invalid_email_token"
    message = "This token is invalid or has expired. Request another e-mail."


class InvalidClient(AuthError):
    """A service's client id or secret is wrong.

    Client: correct the service's configuration.

    Source: RFC 6749 §5.2.
    """

    status = 401
    code = "invalid_client"
    www_authenticate = 'Basic realm="authgate"'
    message = "Unknown client, or wrong secret. Check client_id and client_secret."


class InvalidToken(AuthError):
    """An access token is missing, malformed, expired or revoked.

    Client: refresh once, then repeat the call; if the refresh is refused, show the login.

    Source: RFC 6750 §3.1.
    """

    status = 401
    code = "invalid_token"
    www_authenticate = f'{BEARER}, error="invalid_token"'
    message = "The access token is invalid or has expired. Refresh it or log in again."


class MissingToken(AuthError):
    """No access token was sent (RFC 6750 §3: no error code in the challenge)."""

    status = 401
    code = "invalid_token"
    message = "This call needs an access token: send the header Authorization: Bearer <access_token>."


class InsufficientScope(AuthError):
    """The token is valid, but the account lacks the right.

    Client: do not refresh: a new token has the same rights.

    Source: RFC 6750 §3.1.
    """

    status = 403
    code = "insufficient_scope"
    www_authenticate = f'{BEARER}, error="insufficient_scope"'
    message = "You do not have permission to do this."


class ForbiddenOrigin(AuthError):
    """Cookie mode was requested without an Origin, or by a page of an origin that is not allowed; nothing was done.

    Client: add the origin to `CORS_ALLOWED_ORIGINS`, or send the tokens yourself.
    """

    status = 403
    code = "forbidden_origin"
    message = (
        "Cookie mode requires an allowed origin. Add yours to CORS_ALLOWED_ORIGINS, or send the token in the body."
    )


class WrongPassword(AuthError):
    """Change of password: the old password is wrong; the session continues.

    Client: ask the user again; by default, more than five wrong passwords within 15 minutes end the session.
    """

    status = 400
    code = "wrong_password"
    message = "The old password is wrong."


class Conflict(AuthError):
    """The username or the e-mail address is already in use; the response does not say which.

    Client: let the user choose others, or log in.
    """

    status = 409
    code = "conflict"
    message = "This username or e-mail address cannot be registered. Choose another, or log in."
