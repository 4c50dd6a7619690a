"""Every router of the domain, in the documentation's order: path, router, tag."""

from ninja import Router

from auth.accounts.api import router as accounts
from auth.accounts.email_api import router as account_email
from auth.authentication.forward_auth_api import router as forward_auth
from auth.oauth.api import router as oauth
from auth.oauth.feed_api import router as feed
from auth.sessions.api import router as sessions
from auth.sessions.own_api import router as own_sessions
from auth.tickets.api import redemption_router as ticket_redemption
from auth.tickets.api import router as tickets

ROUTERS: tuple[tuple[str, Router, str], ...] = (
    ("/auth", accounts, "Authentication"),
    ("/auth", sessions, "Authentication"),
    ("/auth", account_email, "Authentication"),
    ("/auth", own_sessions, "Own account"),
    ("/oauth", oauth, "Services"),
    ("/oauth", feed, "Services"),
    ("/auth", tickets, "Authentication"),
    ("/auth", forward_auth, "Authentication"),
    ("/oauth", ticket_redemption, "Services"),
)
