"""The mapping screen: a file, its columns, a preview, drafts. One page a step."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from indicators.access import PanelRequest, panel_page
from indicators.evidence.cleaning import FileRefused
from indicators.models import SheetMapping, SheetUpload
from indicators.sheets.actions import (
    StaleUploadError,
    choose_rule,
    discard_upload,
    import_values,
    keep_upload,
)
from indicators.sheets.evidence import read_from
from indicators.sheets.forms import (
    ImportForm,
    RuleForm,
    SheetUploadForm,
    TitleRowForm,
)
from indicators.sheets.preview import Reasons, preview_of, rule_stands
from indicators.sheets.rules import Rule, found_again
from indicators.sheets.tables import (
    columns_of,
    likely_title_row,
    read_statistic,
)
from indicators.sources.errors import ContentRefused
from indicators.sources.spreadsheet import TextRow, TextSheet
from indicators.yearly.standing import recordable_places
from indicators.yearly.words import in_english, indicator_name, refusal_text, unit
from indicators.yearly.writing import RECORD, ValueRefusedError

_TOP_ROWS = 12


@panel_page(RECORD)
def sheet_start(request: PanelRequest) -> HttpResponse:
    """Show and take the file; below, the files on their way and what is remembered."""
    is_sent = request.method == "POST"
    form = SheetUploadForm(
        request.POST if is_sent else None,
        request.FILES if is_sent else None,
        user=request.user,
    )
    if is_sent and form.is_valid():
        upload = _kept(request, form)
        if upload is not None:
            return redirect("panel:sheet-columns", upload.public_id)
    own = SheetUpload.objects.filter(user=request.user).defer("content")
    own = own.filter(imported_at=None, expires_at__gt=timezone.now())
    context = {
        "form": form,
        "uploads": own.select_related("indicator__goal"),
        "mappings": SheetMapping.objects.filter(
            indicator__assignments__user=request.user
        ).select_related("saved_by", "indicator__goal"),
    }
    status = 422 if is_sent else 200
    return render(request, "panel/sheet_start.html", context, status=status)


def _kept(request: PanelRequest, form: SheetUploadForm) -> SheetUpload | None:
    file = form.cleaned_data["file"]
    content = file.read()
    try:
        read_statistic(content, file.name)
        return keep_upload(
            actor=request.user,
            indicator_id=form.cleaned_data["indicator"].pk,
            file_name=file.name,
            content=content,
        )
    except ContentRefused as refused:
        _say(form, "file", refused)
    except FileRefused as refused:
        form.add_error("file", str(refused))
    return None


@panel_page(RECORD)
def sheet_columns(request: PanelRequest, public_id: UUID) -> HttpResponse:
    """Show the top of the sheet and take which column holds what."""
    upload = _own(request, public_id)
    if upload is None:
        return _gone(request)
    if upload.imported_at is not None:
        return redirect("panel:sheet-result", public_id)
    known = _known_rule(upload)
    where, sheet, title_row = _chosen(request, upload, known)
    columns = columns_of(sheet, title_row)
    is_sent = request.method == "POST"
    form = RuleForm(
        request.POST if is_sent else None,
        initial=found_again(known, columns) if known else {},
        columns=columns,
        places=list(recordable_places().order_by("-level", "ubigeo")),
    )
    if is_sent and where.is_valid() and form.is_valid():
        rule = form.rule(sheet=sheet.name, title_row=title_row)
        return _choose(request, public_id, rule)
    context = {
        **_about(upload),
        "where": where,
        "form": form,
        "top": _top(sheet.rows, title_row),
        "columns": columns[:_TOP_ROWS],
        "more_columns": len(columns) > _TOP_ROWS,
        "sheet_name": sheet.name,
        "title_row": title_row,
        "is_remembered": known is not None and upload.rule is None,
    }
    status = 422 if form.errors or where.errors else 200
    return render(request, "panel/sheet_columns.html", context, status=status)


def _choose(request: PanelRequest, public_id: UUID, rule: Rule) -> HttpResponse:
    try:
        choose_rule(actor=request.user, public_id=public_id, rule=rule)
    except StaleUploadError:
        return _gone(request)
    return redirect("panel:sheet-preview", public_id)


def _about(upload: SheetUpload) -> dict[str, object]:
    """Return what the head of each step names."""
    indicator = upload.indicator
    name = indicator_name(indicator)
    return {"upload": upload, "name": name, "unit": unit(indicator)}


def _chosen(
    request: PanelRequest, upload: SheetUpload, known: Rule | None
) -> tuple[TitleRowForm, TextSheet, int]:
    """Return the form of sheet and row with what it says, or with the best guess."""
    sheets = read_statistic(bytes(upload.content), upload.file_name)
    names = [sheet.name for sheet in sheets]
    sent = request.POST if request.method == "POST" else request.GET
    is_asked = bool({"sheet", "title_row"} & set(sent))
    form = TitleRowForm(sent if is_asked else None, names=names)
    given = form.cleaned_data if is_asked and form.is_valid() else {}
    name = given.get("sheet") or (known.sheet if known else "")
    widest = max(sheets, key=lambda one: len(one.rows))
    sheet = next((one for one in sheets if one.name == name), widest)
    same = known is not None and known.sheet == sheet.name
    guess = known.title_row if known and same else likely_title_row(sheet)
    title_row = min(given.get("title_row") or guess, sheet.rows[-1].number)
    if not form.errors:
        first = {"sheet": sheet.name, "title_row": title_row}
        form = TitleRowForm(first, names=names)
        form.is_valid()
    return form, sheet, title_row


@panel_page(RECORD)
def sheet_preview(request: PanelRequest, public_id: UUID) -> HttpResponse:
    """Show what the file would become; POST imports the good values as drafts."""
    upload = _own(request, public_id)
    if upload is None:
        return _gone(request)
    if upload.imported_at is not None:
        return redirect("panel:sheet-result", public_id)
    if not rule_stands(upload):
        return redirect("panel:sheet-columns", public_id)
    is_sent = request.method == "POST"
    first = {"lock_version": upload.lock_version}
    form = ImportForm(request.POST if is_sent else None, initial=first)
    if is_sent and form.is_valid():
        return _import(request, upload, form)
    return _preview(request, upload, form, status=422 if is_sent else 200)


def _import(
    request: PanelRequest, upload: SheetUpload, form: ImportForm
) -> HttpResponse:
    data = form.cleaned_data
    reasons = Reasons(data["confirmation"].strip(), data["change_reason"].strip())
    try:
        outcomes = import_values(
            actor=request.user,
            public_id=upload.public_id,
            lock_version=data["lock_version"],
            reasons=reasons,
            is_file_public=data["is_file_public"],
        )
    except ValueRefusedError as refused:
        form.add_error(None, refusal_text(refused.code))
        status = 503 if refused.code == "no_room" else 422
        return _preview(request, upload, form, status=status, reasons=reasons)
    except StaleUploadError:
        upload.refresh_from_db()
        if upload.imported_at is not None:
            messages.info(request, _("Este archivo ya se importó."))
            return redirect("panel:sheet-result", upload.public_id)
        words = _("Las columnas cambiaron en otra pestaña. Revisa otra vez.")
        form.add_error(None, words)
        return _preview(request, upload, form, status=409)
    if not any(one.code == "saved" for one in outcomes):
        form.add_error(None, _("No hay ningún valor nuevo que importar."))
        return _preview(request, upload, form, status=422, reasons=reasons)
    _say_left(request, sum(not one.is_good for one in outcomes))
    return redirect("panel:sheet-result", upload.public_id)


def _say_left(request: PanelRequest, left: int) -> None:
    if left:
        words = ngettext(
            "%(n)s valor no se importó: faltaba confirmarlo o tenía un error.",
            "%(n)s valores no se importaron: faltaba confirmarlos o tenían un error.",
            left,
        )
        messages.warning(request, words % {"n": left})


def _preview(
    request: PanelRequest,
    upload: SheetUpload,
    form: ImportForm,
    *,
    status: int,
    reasons: Reasons | None = None,
) -> HttpResponse:
    rule = Rule.from_json(upload.rule or {})
    context = {
        **_about(upload),
        "rule": rule,
        "preview": preview_of(request.user, upload, reasons),
        "form": form,
    }
    return render(request, "panel/sheet_preview.html", context, status=status)


@panel_page(RECORD)
def sheet_result(request: PanelRequest, public_id: UUID) -> HttpResponse:
    """Show the drafts that came from a file; each is sent to review by itself."""
    upload = _own(request, public_id)
    if upload is None or upload.imported_at is None:
        return _gone(request)
    context = {**_about(upload), "values": read_from(upload, request.user)}
    return render(request, "panel/sheet_result.html", context)


@require_POST
@panel_page(RECORD, back="panel:sheet-columns")
def sheet_discard(request: PanelRequest, public_id: UUID) -> HttpResponse:
    """Forget a file before it was imported."""
    if _own(request, public_id) is None:
        return _gone(request)
    try:
        discard_upload(actor=request.user, public_id=public_id)
    except StaleUploadError:
        return _gone(request)
    messages.success(request, _("Archivo descartado. No se registró nada."))
    return redirect("panel:sheet-start")


def _own(request: PanelRequest, public_id: UUID) -> SheetUpload | None:
    """Return a person's own file; None when it expired. Another's is not found."""
    rows = SheetUpload.objects.filter(public_id=public_id)
    # The bytes come when a step reads them.
    upload = rows.select_related("indicator__goal").defer("content").first()
    if upload is None:
        return None
    if upload.user_id != request.user.pk:
        raise Http404
    return None if upload.expires_at < timezone.now() else upload


def _gone(request: PanelRequest) -> HttpResponse:
    return render(request, "panel/sheet_gone.html", status=410)


def _known_rule(upload: SheetUpload) -> Rule | None:
    """Return the rule chosen for this file, or the one remembered of last year's."""
    if upload.rule is not None:
        return Rule.from_json(upload.rule)
    mapping = SheetMapping.objects.filter(indicator=upload.indicator_id).first()
    return Rule.from_json(mapping.rule) if mapping else None


def _top(rows: tuple[TextRow, ...], title_row: int) -> list[tuple[int, list[str]]]:
    """Return the rows around the titles, each cell cut short."""
    first = max(title_row - 3, 1)
    near = [row for row in rows if row.number >= first][:_TOP_ROWS]
    width = min(max((len(row.cells) for row in rows), default=0), _TOP_ROWS)
    return [
        (
            row.number,
            [row.cells[at][:40] if at < len(row.cells) else "" for at in range(width)],
        )
        for row in near
    ]


def _say(form: SheetUploadForm, field: str, refused: ContentRefused) -> None:
    form.add_error(field, refused.reason_en if in_english() else refused.reason_es)
