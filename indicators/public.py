"""The mark of a page that shows every anonymous reader the same."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

PUBLIC_MARK: Final = "is_public_page"
_PASSING_MARK: Final = "is_passing_page"

View = Callable[..., HttpResponse]


def public_page(*parameters: str) -> Callable[[View], View]:
    """Return a decorator for views whose answer may be kept and shared.

    ``parameters`` are those of the address the view reads. A request with any other,
    or the same twice or written in another way, is answered but not marked: each page
    has one address it is kept under, and nobody can fill a cache with made-up ones.
    Such a view only reads: any other method is a 405, before a token is asked for.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def marked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            response = view(request, *args, **kwargs)
            is_passing = getattr(response, _PASSING_MARK, False)
            if (
                response.status_code == 200
                and not is_passing
                and _is_plain(request, parameters)
            ):
                setattr(response, PUBLIC_MARK, True)
            return response

        safe = require_safe(marked)
        # Without this a POST is refused for its missing token, which says nothing.
        return csrf_exempt(safe)

    return decorate


def passing(response: HttpResponse) -> HttpResponse:
    """Return a response that is true for minutes: no copy of it is kept."""
    setattr(response, _PASSING_MARK, True)
    return response


def _is_plain(request: HttpRequest, parameters: tuple[str, ...]) -> bool:
    """Return whether the query is the one way to write known parameters in order."""
    known = {name: request.GET[name] for name in parameters if name in request.GET}
    return request.META.get("QUERY_STRING", "") in ("", urlencode(known))
