"""The panel's pages about alerts: verify a cluster, look at a visit's photo."""

from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from indicators.access import PanelRequest, panel_page
from indicators.alert_forms import VerificationForm
from indicators.evidence.pictures import keep_photo
from territory.models import AlertCluster, Verification
from territory.verifications import (
    ClusterNotStanding,
    StaleVerification,
    newest_verification,
    record_verification,
)

VERIFY: Final = "territory.verify_cluster"


@panel_page(VERIFY)
def cluster_verify(request: PanelRequest, number: int) -> HttpResponse:
    """Show and take the form; 409 with both entries when another came first."""
    cluster = AlertCluster.objects.standing().defer("members").filter(pk=number).first()
    if cluster is None:
        raise Http404
    newest = newest_verification(number)
    is_sent = request.method == "POST"
    form = VerificationForm(
        request.POST if is_sent else None,
        request.FILES if is_sent else None,
        initial={"follows": newest.order if newest else 0},
        roles=_roles(request),
        corrects=newest is not None,
    )
    if not is_sent or not form.is_valid():
        if is_sent and _is_stale(form, newest):
            return _page(request, cluster, form, newest, status=409)
        return _page(request, cluster, form, newest, status=422 if is_sent else 200)
    return _record(request, cluster, form)


def _record(
    request: PanelRequest, cluster: AlertCluster, form: VerificationForm
) -> HttpResponse:
    try:
        with transaction.atomic():
            record_verification(
                cluster_number=cluster.pk,
                follows=form.cleaned_data["follows"],
                finding=form.finding(file=_kept(form)),
                who=request.user,
            )
    except StaleVerification as stale:
        return _page(request, cluster, form, stale.current, status=409)
    except ClusterNotStanding as gone:
        raise Http404 from gone
    messages.success(request, _("Se registró la verificación."))
    return redirect("indicators:alert-detail", cluster.pk)


@panel_page(VERIFY)
def verification_photo(request: PanelRequest, number: int, order: int) -> FileResponse:
    """Return the photo of an entry, to those who verify."""
    entry = Verification.objects.filter(cluster=number, order=order).first()
    path = Path(settings.MEDIA_ROOT, entry.file) if entry and entry.file else None
    if path is None or not path.exists():
        raise Http404
    response = FileResponse(
        path.open("rb"),
        content_type="image/jpeg",
        as_attachment=True,
        filename=f"grupo-{number}-{order}.jpg",
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _kept(form: VerificationForm) -> str:
    photo = form.cleaned_data["photo"]
    return keep_photo(photo) if photo else ""


def _is_stale(form: VerificationForm, newest: Verification | None) -> bool:
    """Return whether the form was opened before the newest entry was written."""
    # What is no number of the form's own is not older than anything.
    seen = form.cleaned_data.get("follows")
    return newest is not None and seen is not None and seen < newest.order


def _roles(request: PanelRequest) -> tuple[str, ...]:
    """Return the roles in which the person may verify, of those with the right."""
    names = request.user.groups.filter(permissions__codename="verify_cluster")
    held = names.order_by("name").values_list("name", flat=True)
    return tuple(name for name in held if name in Verification.Role.values)


def _page(
    request: PanelRequest,
    cluster: AlertCluster,
    form: VerificationForm,
    newest: Verification | None,
    *,
    status: int,
) -> HttpResponse:
    history = Verification.objects.filter(cluster=cluster).order_by("-order")
    context = {
        "cluster": cluster,
        "form": form,
        "newest": newest,
        "history": history,
        "is_conflict": status == 409,
    }
    return render(request, "panel/cluster_verify.html", context, status=status)
