"""One view that answers nothing."""

from django.http import HttpRequest, HttpResponse
from django.urls import path


def empty(_request: HttpRequest) -> HttpResponse:
    """Return an empty answer."""
    return HttpResponse()


urlpatterns = [path("", empty)]
