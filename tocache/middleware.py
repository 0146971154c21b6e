"""Middleware of the composition: language, impossible input, wrong methods."""

import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.utils import translation

_API = "/api/"
_NUMBER = re.compile(r"[0-9]{1,18}")


class UrlLanguageMiddleware:
    """Take the language from the address alone, never from the browser.

    A number must read the same on every phone: Django's own middleware also looks
    at Accept-Language and at a cookie.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response in the language of the address."""
        english = request.path_info == "/en" or request.path_info.startswith("/en/")
        language = "en" if english else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", language)
            return response


class ImpossibleInputMiddleware:
    """Answer 400 where Django would hand PostgreSQL what it cannot read.

    No text of the database holds a NUL, and the admin's filters put the address
    into a query as it is; so do its actions with the rows that were ticked. The API
    refuses by itself, in its own form.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response; BadRequest for a NUL in the query string.

        Raises:
            BadRequest: the query holds a NUL.
        """
        if not request.path_info.startswith(_API) and _holds_nul(request):
            raise BadRequest("NUL in the query string")
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        """Let the admin's actions through only with rows that are numbers.

        Raises:
            BadRequest: a ticked row is no number.
        """
        match = request.resolver_match
        if request.method != "POST" or match is None or match.app_name != "admin":
            return
        ticked = request.POST.getlist("_selected_action")
        if not all(_NUMBER.fullmatch(row) for row in ticked):
            raise BadRequest("a ticked row is no number")


def _holds_nul(request: HttpRequest) -> bool:
    return any(
        "\0" in text for name, values in request.GET.lists() for text in (name, *values)
    )


class LargeBodyMiddleware:
    """Answer 413 to a body above the largest file that is taken, before reading it.

    Django reads a form to the end for its token, whoever sent it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response; a page that says the limit where it is passed."""
        said = request.META.get("CONTENT_LENGTH") or "0"
        if said.isdecimal() and int(said) > settings.MOST_BODY_BYTES:
            page = loader.render_to_string("413.html", request=request)
            return HttpResponse(page, status=413)
        return self.get_response(request)


class WrongMethodPageMiddleware:
    """Put words into Django's empty 405, except for programs that read the API."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response; an empty 405 gets a page, and keeps its headers."""
        response = self.get_response(request)
        if (
            response.status_code == 405
            and not response.streaming
            and not response.content
            and not request.path_info.startswith(_API)
        ):
            response.content = loader.render_to_string("405.html", request=request)
        return response
