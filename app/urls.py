"""The URL configuration. Every view is async."""

from django.conf import settings
from django.contrib.admin import site
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse

from app.api import api
from app.metrics.view import metrics
from app.views import api_docs, health, well_known
from auth.admin import views as admin_views
from auth.errors import NotFound


async def missing(request: ASGIRequest) -> HttpResponse:
    """Replaces Ninja's view of the bare prefix, with the same response."""
    raise NotFound


async def to_admin(request: ASGIRequest) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:index"))


urlpatterns = [
    path("api/", missing),
    path("api/", api.urls),
    path(".well-known/jwks.json", well_known.jwk_set),
    path(".well-known/oauth-authorization-server", well_known.authorization_server),
    path("health/live", health.live),
    path("health/ready", health.ready),
]
if settings.DOCS_ENABLED:
    urlpatterns += [path(api_docs.SCHEMA, api_docs.schema), path(api_docs.PAGE, api_docs.page)]
if settings.METRICS_ENABLED:
    urlpatterns.append(path("metrics", metrics))
if settings.ADMIN_ENABLED:
    urlpatterns += [
        path("admin/login/", admin_views.login),
        path("admin/password_change/", admin_views.password_change),
        path("admin/", site.urls),
        path("admin", to_admin),
    ]
