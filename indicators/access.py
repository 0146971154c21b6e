"""Who gets a page of the panel, and that nobody keeps a copy of it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache


class PanelRequest(HttpRequest):
    """A request whose user is known to be signed in."""

    user: User


View = Callable[..., HttpResponseBase]


def panel_page(*permissions: str, back: str = "") -> Callable[[View], View]:
    """Return a decorator: signed out goes to sign in, without permission gets 404.

    Any one of the permissions is enough; none means every signed-in person. Pages
    are never stored, neither by the browser nor by a cache on the way. `back` names
    the page, with the same arguments, to which signing in leads: an address that
    only takes what a button sends cannot be opened itself. Whoever sends something
    after the session ended is told that nothing was saved: what was typed is not
    kept for whoever signs in next at that browser.
    """

    def decorate(view: View) -> View:
        @never_cache
        @wraps(view)
        def guarded(
            request: HttpRequest, *args: Any, **kwargs: Any
        ) -> HttpResponseBase:
            if not request.user.is_authenticated:
                if request.method == "POST":
                    messages.warning(request, _nothing_saved())
                goal = reverse(back, kwargs=kwargs) if back else None
                return redirect_to_login(goal or request.get_full_path())
            if permissions and not any(map(request.user.has_perm, permissions)):
                raise Http404
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def _nothing_saved() -> str:
    return _(
        "Tu sesión había terminado y lo que enviaste no se guardó. Entra: volverás a "
        "la página en la que estabas, para hacerlo otra vez."
    )
