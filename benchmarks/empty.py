"""The floor of a page: a request that is answered with nothing."""

from django.http import HttpRequest, HttpResponse
from django.urls import path


def nothing(request: HttpRequest) -> HttpResponse:
    """An empty answer."""
    return HttpResponse()


urlpatterns = [path("", nothing)]
