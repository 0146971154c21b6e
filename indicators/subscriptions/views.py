"""Pages of the notices: asking, confirming, ending. Never cached, never indexed."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from indicators.language import page_language
from indicators.limits import DAY_S, asks_too_often
from indicators.map_views import with_map_policy
from indicators.series.alert_map import home_frame
from indicators.subscriptions.actions import (
    ask_subscription,
    confirm_subscription,
    stop_subscription,
)
from indicators.subscriptions.forms import SubscriptionForm
from indicators.subscriptions.seals import address_hash, stopped_id

MOST_AN_HOUR: Final = 10
# Under what an address takes from everybody (actions.MOST_ASKED_A_DAY): one stranger
# cannot use it up for the owner.
MOST_FOR_ONE_ADDRESS: Final = 3
_FOLDER = "indicators/subscriptions"
View = Callable[..., HttpResponse]


def private(view: View) -> View:
    """Return a view whose address holds a token: kept nowhere, listed nowhere.

    Other sites never see it: the whole site says Referrer-Policy same-origin.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return never_cache(guarded)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def notice_form(request: HttpRequest) -> HttpResponse:
    """Show the form; a good one is kept and answered the same for every address."""
    form = SubscriptionForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return _form(request, form, status=status)
    if asks_too_often(request, what="notices", most=MOST_AN_HOUR):
        return _form(request, form, status=429)
    if not _asks_too_much_for(request, form.cleaned_data["address"]):
        _keep(form)
    return redirect("indicators:notice-asked")


def _asks_too_much_for(request: HttpRequest, address: str) -> bool:
    what = f"notices:{address_hash(address)}"
    return asks_too_often(request, what=what, most=MOST_FOR_ONE_ADDRESS, within_s=DAY_S)


def _keep(form: SubscriptionForm) -> None:
    kind, cleaned = form.cleaned_data["area_kind"], form.cleaned_data
    ask_subscription(
        address=cleaned["address"],
        cadence=cleaned["cadence"],
        least_area_ha=cleaned["least_area_ha"],
        language=page_language(),
        district=cleaned["district"] if kind == "district" else None,
        zone=cleaned["zone"] if kind == "zone" else None,
        geom=form.geom if kind == "drawn" else None,
    )


@require_safe
@never_cache
def notice_asked(request: HttpRequest) -> HttpResponse:
    """Say that a mail is on its way, whoever asked."""
    return render(request, f"{_FOLDER}/notice_asked.html")


@require_http_methods(["GET", "HEAD", "POST"])
@private
def notice_confirm(request: HttpRequest, public_id: UUID, token: str) -> HttpResponse:
    """Show a button; only pressing it confirms, since mail scanners open links."""
    if request.method != "POST":
        return render(request, f"{_FOLDER}/notice_confirm.html", {"state": "ask"})
    good = confirm_subscription(public_id=str(public_id), token=token)
    context = {"state": "done" if good else "expired"}
    status = 200 if good else 410
    return render(request, f"{_FOLDER}/notice_confirm.html", context, status=status)


# A mail program that ends a subscription has no form and no cookie of ours; the token
# in the address is the permission (RFC 8058).
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@private
def notice_stop(request: HttpRequest, token: str) -> HttpResponse:
    """Show a button; it, or one click in the mail program, ends the notices."""
    state = "ask" if stopped_id(token) else "wrong"
    if request.method == "POST" and stop_subscription(token=token):
        state = "done"
    status = 404 if state == "wrong" else 200
    context = {"state": state}
    return render(request, f"{_FOLDER}/notice_stop.html", context, status=status)


def _form(request: HttpRequest, form: SubscriptionForm, *, status: int) -> HttpResponse:
    bounds, limits = home_frame()
    context = {
        "form": form,
        "is_limited": status == 429,
        "bounds": bounds,
        "limits": limits,
    }
    response = render(request, f"{_FOLDER}/notice_form.html", context, status=status)
    return with_map_policy(response)
