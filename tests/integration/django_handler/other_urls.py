"""What a request may be sent to instead of tests/integration/django_handler/urls.py."""

from django.http import HttpResponse
from django.urls import path


async def hello(request):
    return HttpResponse("another hello")


urlpatterns = [path("hello", hello)]
