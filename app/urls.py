from django.conf import settings
from django.contrib.admin import site
from django.urls import path
from django.views.generic import RedirectView

from app import health, well_known
from app.api import api
from app.metrics.view import metrics

urlpatterns = [
    path("api/", api.urls),
    path(".well-known/jwks.json", well_known.jwk_set),
    path(".well-known/oauth-authorization-server", well_known.authorization_server),
    path("health/live", health.live),
    path("health/ready", health.ready),
]
if settings.METRICS_ENABLED:
    urlpatterns.append(path("metrics", metrics))
if settings.ADMIN_ENABLED:
    urlpatterns += [path("admin/", site.urls), path("admin", RedirectView.as_view(pattern_name="admin:index"))]
