"""Pages of the panel for the people who record values."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from indicators.access import PanelRequest, panel_page
from indicators.evidence.forms import EvidenceForm
from indicators.evidence.reading import value_evidence
from indicators.grid.year import year_grid
from indicators.models import YearlyValue
from indicators.outbox import given_up
from indicators.panel.task_views import AGAIN
from indicators.panel.values import (
    count_rows,
    find_value,
    held_loads,
    own_open_values,
    review_queue,
    value_detail,
    year_rows,
)
from indicators.reminders.owed import panel_reminders
from indicators.yearly.actions import (
    discard_draft,
    record_value,
    save_draft,
    submit_value,
)
from indicators.yearly.assignments import is_assigned
from indicators.yearly.forms import (
    ValueForm,
    ValueKeyForm,
    VersionForm,
    correction_of,
    initial_of,
)
from indicators.yearly.standing import recordable_places
from indicators.yearly.words import (
    indicator_name,
    refusal_text,
    shown_number,
    state_label,
    unit,
)
from indicators.yearly.writing import (
    RECORD,
    REVIEW,
    StaleValueError,
    ValueRefusedError,
)

VIEW = "indicators.view_yearlyvalue"
_EDITABLE = (YearlyValue.State.DRAFT, YearlyValue.State.RETURNED)
_FILTER_STATES = ("", "draft", "in_review", "returned", "published")


@panel_page()
def home(request: PanelRequest) -> HttpResponse:
    """Return the panel's first page, by what the person may do."""
    user = request.user
    records, reviews = user.has_perm(RECORD), user.has_perm(REVIEW)
    decides = user.has_perm("indicators.review_load")
    last_year = timezone.localdate().year - 1
    return render(
        request,
        "panel/home.html",
        {
            "reminders": panel_reminders(user, today=timezone.localdate()),
            "records": records,
            "reviews": reviews,
            "sees_values": user.has_perm(VIEW),
            "own_values": [
                {
                    "row": row,
                    "name": indicator_name(row.indicator),
                    "state_label": state_label(row.state),
                }
                for row in (own_open_values(user) if records else ())
            ],
            "queue_length": review_queue().count() if reviews else 0,
            "held_loads": held_loads() if decides else (),
            "given_up": len(given_up()) if user.has_perm(AGAIN) else 0,
            "last_year": last_year,
            "year_counts": year_grid(user, last_year).province_counts
            if records
            else None,
        },
    )


@panel_page(VIEW)
def value_list(request: PanelRequest) -> HttpResponse:
    """Return a year's indicators with their state; the filters are in the address."""
    places = list(recordable_places())
    place = _chosen(places, request.GET.get("place"))
    year = _chosen_year(request.GET.get("year"))
    state = request.GET.get("state", "all")
    rows = year_rows(place_id=place.pk, year=year) if place else ()
    shown = [row for row in rows if state in {"all", row.state or "missing"}]
    return render(
        request,
        "panel/value_list.html",
        {
            "rows": shown,
            "counts": count_rows(rows),
            "places": places,
            "place": place,
            "year": year,
            "years": range(timezone.localdate().year, 2014, -1),
            "state": state,
            "states": [(s or "missing", state_label(s)) for s in _FILTER_STATES],
            "records": request.user.has_perm(RECORD),
        },
    )


@panel_page(RECORD)
def value_create(request: PanelRequest) -> HttpResponse:
    """Return the form for one value; first which, then what."""
    asked = {"indicator", "place", "year"} & set(request.GET)
    key_form = ValueKeyForm(request.GET if asked else None, user=request.user)
    if len(asked) < 3 or not key_form.is_valid():
        return render(
            request,
            "panel/value_key.html",
            {"form": key_form},
            status=422 if key_form.errors else 200,
        )
    key = key_form.cleaned_data
    standing = _standing(key)
    is_open = standing is not None and standing.state in YearlyValue.OPEN_STATES
    if request.method != "POST" and is_open and standing is not None:
        messages.info(request, refusal_text("open_exists"))
        return redirect("panel:value-detail", standing.pk)
    is_correction = standing is not None and not is_open
    form = ValueForm(
        request.POST if request.method == "POST" else None,
        initial=correction_of(standing) if standing and is_correction else None,
        is_correction=is_correction,
        **key,
    )
    if request.method != "POST" and form.standing.locked_years:
        messages.error(request, refusal_text("year_locked"))
        return redirect(f"{reverse('panel:value-list')}?year={key['year']}")
    if request.method != "POST":
        return _render_form(request, form, standing)
    if is_open and standing is not None:
        return _conflict(request, standing, form)
    return _record(request, form, standing)


def _record(
    request: PanelRequest, form: ValueForm, standing: YearlyValue | None
) -> HttpResponse:
    if not form.is_valid():
        return _render_form(request, form, standing)
    try:
        row = record_value(
            actor=request.user,
            indicator_id=form.indicator.pk,
            place_id=form.place.pk,
            year=form.year,
            content=form.content,
        )
    except ValueRefusedError as refused:
        if refused.code == "open_exists" and refused.value_id:
            return _conflict(request, value_or_404(refused.value_id), form)
        form.add_error(None, refusal_text(refused.code))
        return _render_form(request, form, standing)
    return _saved(request, row)


@panel_page(RECORD)
def value_edit(request: PanelRequest, value_id: int) -> HttpResponse:
    """Return the form of a draft; a stale one gets 409 with both values."""
    row = value_or_404(value_id)
    is_editable = row.state in _EDITABLE
    if request.method != "POST" and not is_editable:
        messages.error(request, refusal_text("wrong_state"))
        return redirect("panel:value-detail", row.pk)
    form = ValueForm(
        request.POST if request.method == "POST" else None,
        initial=initial_of(row),
        indicator=row.indicator,
        place=row.place,
        year=row.year,
        is_correction=row.version > 1,
    )
    if not is_editable:
        return _conflict(request, row, form)
    if request.method != "POST" or not form.is_valid():
        return _render_form(request, form, row)
    return _save(request, form, row)


def _save(request: PanelRequest, form: ValueForm, row: YearlyValue) -> HttpResponse:
    try:
        saved = save_draft(
            actor=request.user,
            value_id=row.pk,
            lock_version=form.cleaned_data["lock_version"] or 0,
            content=form.content,
        )
    except StaleValueError as stale:
        return _conflict(request, stale.current, form)
    except ValueRefusedError as refused:
        form.add_error(None, refusal_text(refused.code))
        return _render_form(request, form, row)
    return _saved(request, saved)


@panel_page(VIEW)
def value_detail_page(request: PanelRequest, value_id: int) -> HttpResponse:
    """Return one value with its history and what the person may do with it."""
    return render_value(request, value_or_404(value_id))


@require_POST
@panel_page(RECORD, back="panel:value-detail")
def value_submit(request: PanelRequest, value_id: int) -> HttpResponse:
    """Send a draft to review."""
    return act_on_value(
        request, value_id, submit_value, _("Enviado a revisión. Otra persona lo verá.")
    )


@require_POST
@panel_page(RECORD, back="panel:value-detail")
def value_discard(request: PanelRequest, value_id: int) -> HttpResponse:
    """Remove one's own draft that was never sent."""
    return act_on_value(
        request, value_id, discard_draft, _("Borrador descartado."), gone=True
    )


def act_on_value(
    request: PanelRequest,
    value_id: int,
    action: Any,
    done: str,
    *,
    gone: bool = False,
    **words: str,
) -> HttpResponse:
    """Run an action on a value and go to its page; say clearly when it may not be."""
    row = value_or_404(value_id)
    form = VersionForm(request.POST)
    version = form.cleaned_data["lock_version"] if form.is_valid() else 0
    try:
        action(actor=request.user, value_id=row.pk, lock_version=version, **words)
    except StaleValueError as stale:
        return _conflict(request, stale.current, None)
    except ValueRefusedError as refused:
        status = 403 if refused.code in {"own_value", "not_allowed"} else 409
        return render_value(
            request, row, error=refusal_text(refused.code), status=status
        )
    messages.success(request, done)
    return redirect("panel:home") if gone else redirect("panel:value-detail", row.pk)


def render_value(
    request: PanelRequest,
    row: YearlyValue,
    *,
    error: str = "",
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """Return the page of a value; `error` is shown in its summary."""
    user, state = request.user, row.state
    may_edit = user.has_perm(RECORD) and state in _EDITABLE
    may_add = may_edit and is_assigned(user, row.indicator_id)
    is_author = row.recorded_by_id == user.pk
    states = YearlyValue.State
    return render(
        request,
        "panel/value_detail.html",
        {
            "detail": value_detail(row),
            "row": row,
            "error": error,
            "is_author": is_author,
            "return_form": None,
            "withdraw_form": None,
            "return_label": _("Observaciones para quien lo registró"),
            "return_button": _("Devolver con observaciones"),
            "withdraw_label": _("¿Por qué se retira?"),
            "withdraw_button": _("Retirar"),
            "may_edit": may_edit,
            "evidence": value_evidence(row, user),
            "evidence_form": EvidenceForm() if may_add else None,
            "may_add": may_add,
            "may_submit": user.has_perm(RECORD) and state in _EDITABLE,
            "may_discard": is_author
            and state == states.DRAFT
            and row.submitted_at is None,
            "may_correct": user.has_perm(RECORD)
            and state == states.PUBLISHED
            and row.load_id is None,
            "may_review": user.has_perm(REVIEW) and state == states.IN_REVIEW,
            "may_withdraw": user.has_perm(REVIEW) and state == states.PUBLISHED,
            **context,
        },
        status=status,
    )


def _saved(request: PanelRequest, row: YearlyValue) -> HttpResponse:
    if "submit" not in request.POST:
        messages.success(request, _("Borrador guardado."))
        return redirect("panel:value-detail", row.pk)
    submit_value(actor=request.user, value_id=row.pk, lock_version=row.lock_version)
    messages.success(request, _("Enviado a revisión. Otra persona lo verá."))
    return redirect("panel:value-detail", row.pk)


def _render_form(
    request: PanelRequest, form: ValueForm, standing: YearlyValue | None
) -> HttpResponse:
    return render(
        request,
        "panel/value_form.html",
        {
            "form": form,
            "standing": standing,
            "detail": value_detail(standing) if standing else None,
            "previous": form.previous,
        },
        status=422 if form.errors else 200,
    )


def _conflict(
    request: PanelRequest, current: YearlyValue, form: ValueForm | None
) -> HttpResponse:
    return render(
        request,
        "panel/value_conflict.html",
        {
            "detail": value_detail(current),
            "row": current,
            "form": form,
            "mine": "" if form is None else _mine(form, current),
            "is_own": form is not None and current.recorded_by_id == request.user.pk,
            "may_replace": current.state in _EDITABLE,
            "typed_fields": _typed(request),
        },
        status=409,
    )


def _mine(form: ValueForm, current: YearlyValue) -> str:
    """Return the value that was typed, as it was typed where it is no number."""
    if form.is_valid() and form.number is not None:
        shown = shown_number(form.number, current.indicator.decimals)
        return f"{shown} {unit(current.indicator)}"
    return str(form["value"].value() or "")


def _typed(request: PanelRequest) -> list[tuple[str, str]]:
    not_typed = {"csrfmiddlewaretoken", "lock_version"}
    return [
        (name, str(request.POST[name]))
        for name in request.POST
        if name not in not_typed
    ]


def value_or_404(value_id: int) -> YearlyValue:
    """Return the value with what its page shows; Http404 when there is none."""
    row = find_value(value_id)
    if row is None:
        raise Http404
    return row


def _standing(key: dict[str, Any]) -> YearlyValue | None:
    rows = YearlyValue.objects.filter(**key).select_related("indicator", "supersedes")
    opened = rows.filter(state__in=YearlyValue.OPEN_STATES).first()
    return opened or rows.order_by("-version").first()


def _chosen(places: list[Any], pk: str | None) -> Any:
    return next((p for p in places if str(p.pk) == pk), places[0] if places else None)


def _chosen_year(text: str | None) -> int:
    this_year = timezone.localdate().year
    if text and text.isascii() and text.isdigit() and 1985 <= int(text) <= this_year:
        return int(text)
    return this_year - 1
