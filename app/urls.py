from django.conf import settings
from django.contrib.admin import site
from django.urls import path

from app import health
from app.api import api

urlpatterns = [
    path("api/", api.urls),
    path("health/live", health.live),
    path("health/ready", health.ready),
]
if settings.ADMIN_ENABLED:
    urlpatterns.append(path("admin/", site.urls))
