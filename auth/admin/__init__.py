"""Django's admin over our models."""

from django.contrib.admin import site

from auth.admin import blacklist, events, groups, history, revocations, sessions, users
from auth.admin.forms import LoginForm, OwnPasswordForm

__all__ = ["blacklist", "events", "groups", "history", "revocations", "sessions", "users"]

site.site_header = site.site_title = "Authgate"
site.enable_nav_sidebar = False  # the lists need its width
site.index_title = "Accounts, sessions and records"
site.site_url = None
site.login_form = LoginForm
site.password_change_form = OwnPasswordForm
