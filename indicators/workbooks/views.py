"""Pages of the workbook: template out, file in, preview, save, undo."""

from collections.abc import Callable
from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from indicators.access import PanelRequest, panel_page
from indicators.models import WorkbookImport
from indicators.workbooks.actions import (
    WorkbookStateError,
    accept_workbook,
    cancel_workbook,
    send_workbook,
    undo_workbook,
)
from indicators.workbooks.forms import CSV, TemplateForm, WorkbookForm
from indicators.workbooks.reading import WorkbookRefused
from indicators.workbooks.reports import WorkbookReport, own_workbook, own_workbooks
from indicators.workbooks.sheet_rows import sheet_rows
from indicators.yearly.writing import RECORD, ValueRefusedError

VIEW: Final = "indicators.view_yearlyvalue"
LINES_A_PAGE: Final = 100
LOOK_AGAIN_S: Final = 3
# In the address of a page that stands still for those who read slowly.
STILL: Final = "fija"
_XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_CSV_TYPE = "text/csv; charset=utf-8"
_PAGES = {
    "reading": "panel/import_wait.html",
    "saving": "panel/import_wait.html",
    "read": "panel/import_preview.html",
}


@panel_page(VIEW)
def import_home(request: PanelRequest) -> HttpResponse:
    """Return the page to download a template and send it back; takes the file."""
    records = request.user.has_perm(RECORD)
    if request.method == "POST" and not records:
        raise Http404
    is_sent = request.method == "POST"
    form = WorkbookForm(
        request.POST if is_sent else None, request.FILES if is_sent else None
    )
    sent = _sent(request, form)
    if sent is not None:
        return redirect("panel:import-detail", sent.pk)
    return render(
        request,
        "panel/import_home.html",
        {
            "form": form,
            "template_form": TemplateForm(),
            "workbooks": own_workbooks(request.user),
            "records": records,
        },
        status=422 if form.errors else 200,
    )


def _sent(request: PanelRequest, form: WorkbookForm) -> WorkbookImport | None:
    """Return the workbook that was sent; None when the form has errors or is new."""
    if not form.is_valid():
        return None
    file = form.cleaned_data["file"]
    try:
        return send_workbook(
            actor=request.user, file_name=file.name, content=file.read()
        )
    except WorkbookRefused as refused:
        form.add_error("file", list(refused.sentences))
        return None


@require_safe
@panel_page(VIEW)
def import_template(request: PanelRequest) -> HttpResponse:
    """Return the template of a year as a file; without a known year, 404."""
    form = TemplateForm(request.GET)
    if not form.is_valid():
        raise Http404
    # Only a download pays for the writer.
    from indicators.workbooks.files import template_csv, template_xlsx

    year = form.cleaned_data["year"]
    rows = sheet_rows(request.user, year)
    is_made_up = any(row.shown and row.shown.is_synthetic for row in rows)
    name = f"valores-{year}{'-SINTETICO' if is_made_up else ''}"
    if form.cleaned_data["format"] == CSV:
        return _file(template_csv(rows), f"{name}.csv")
    return _file(template_xlsx(rows, year=year), f"{name}.xlsx")


@require_safe
@panel_page(RECORD)
def import_detail(request: PanelRequest, import_id: int) -> HttpResponse:
    """Return how far a workbook is: waiting, to be decided on, or settled."""
    return _detail(request, _report_or_404(request, import_id))


def _detail(
    request: PanelRequest, report: WorkbookReport, *, error: str = ""
) -> HttpResponse:
    state = report.row.state
    lines = report.row.lines if state == "read" else report.wrong
    is_still = STILL in request.GET
    response = render(
        request,
        _PAGES.get(state, "panel/import_result.html"),
        {
            "report": report,
            "row": report.row,
            "page": Paginator(lines, LINES_A_PAGE).get_page(request.GET.get("pagina")),
            "error": error,
            "is_still": is_still,
            "still": STILL,
            "look_again_s": LOOK_AGAIN_S,
        },
        status=409 if error else 200,
    )
    if report.row.waits_for_worker and not is_still:
        response.headers["Refresh"] = str(LOOK_AGAIN_S)
    return response


@require_safe
@panel_page(RECORD)
def import_errors(request: PanelRequest, import_id: int) -> HttpResponse:
    """Return the lines with errors and warnings as a file."""
    from indicators.workbooks.files import errors_csv, errors_xlsx

    lines = _report_or_404(request, import_id).wrong
    if request.GET.get("format") == CSV:
        return _file(errors_csv(lines), "errores.csv")
    return _file(errors_xlsx(lines), "errores.xlsx")


@require_POST
@panel_page(RECORD, back="panel:import-detail")
def import_save(request: PanelRequest, import_id: int) -> HttpResponse:
    """Save the good rows as drafts, at once or by a worker."""
    return _act(request, import_id, accept_workbook, "")


@require_POST
@panel_page(RECORD, back="panel:import-detail")
def import_cancel(request: PanelRequest, import_id: int) -> HttpResponse:
    """Give the workbook up before anything is saved."""
    done = _("Importación cancelada. No se guardó nada.")
    return _act(request, import_id, cancel_workbook, done)


@require_POST
@panel_page(RECORD, back="panel:import-detail")
def import_undo(request: PanelRequest, import_id: int) -> HttpResponse:
    """Take back what the import saved, as long as it is untouched."""
    return _act(request, import_id, undo_workbook, _("Importación deshecha."))


def _act(
    request: PanelRequest,
    import_id: int,
    action: Callable[..., WorkbookImport],
    done: str,
) -> HttpResponse:
    try:
        action(actor=request.user, import_id=import_id)
    except (ValueRefusedError, WorkbookImport.DoesNotExist) as refused:
        raise Http404 from refused
    except WorkbookStateError:
        error = _("Esto ya no se puede hacer: mira cómo quedó la importación.")
        return _detail(request, _report_or_404(request, import_id), error=error)
    if done:
        messages.success(request, done)
    return redirect("panel:import-detail", import_id)


def _report_or_404(request: PanelRequest, import_id: int) -> WorkbookReport:
    report = own_workbook(request.user, import_id)
    if report is None:
        raise Http404
    return report


def _file(body: bytes, name: str) -> HttpResponse:
    kind = _CSV_TYPE if name.endswith(".csv") else _XLSX_TYPE
    response = HttpResponse(body, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
