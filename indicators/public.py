"""The mark of a page that shows every anonymous reader the same."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

PUBLIC_MARK: Final = "is_public_page"

View = Callable[..., HttpResponse]


def public_page(*parameters: str) -> Callable[[View], View]:
    """Return a decorator for views whose answer may be kept and shared.

    ``parameters`` are those of the address the view reads; a request with any other
    is answered but not marked, so that nobody can fill a cache with made-up ones.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def marked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            response = view(request, *args, **kwargs)
            if response.status_code == 200 and set(request.GET) <= set(parameters):
                setattr(response, PUBLIC_MARK, True)
            return response

        return marked

    return decorate
