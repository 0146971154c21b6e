"""An Excel of 5,000 rows, every one of them changed, to its preview."""

import io
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal

import python_calamine
import xlsxwriter
from django.contrib.auth.models import Group, User

from bench import made_up
from bench.figures import ROUNDS, Figure, Workplace, benchmark, seconds
from governance.role_sync import sync_roles
from indicators.models import Axis, Goal, Indicator, Plan, PlanVersion, WorkbookImport
from indicators.models import YearlyValue as Value
from indicators.workbooks.actions import preview_workbook, send_workbook
from indicators.workbooks.columns import COLUMNS
from indicators.workbooks.files import template_cells
from indicators.workbooks.sheet_rows import sheet_rows
from indicators.yearly.assignments import assign_all
from territory.models import Place

_YEAR = 2024
# In each of six districts and the province.
_INDICATORS = 715
_WARM_UP = 20


@benchmark("excel.preview_s", "excel.memory_mb")
def workbooks(work: Workplace) -> Iterator[Figure]:
    """Yield seconds from the upload to the preview, and memory of the worker."""
    editor = _editor()
    _indicators(editor, _WARM_UP)
    small = _filled(editor)
    _indicators(editor, _INDICATORS - _WARM_UP)
    content = _filled(editor)
    preview_s = statistics.median(
        seconds(lambda: _previewed(editor, content)) for _ in range(ROUNDS)
    )
    bare_s = statistics.median(seconds(lambda: _read_bare(content)) for _ in range(5))
    yield Figure(
        name="excel.preview_s",
        value=preview_s,
        unit="s",
        baseline=f"an Excel of {_INDICATORS * 7:,} changed rows to its preview",
        goal="<= 3",
        measured=f"{preview_s:.2f} s",
        beside=f"{bare_s:.2f} s bare reading",
    )
    sent = [_sent(editor, one).pk for one in (small, content)]
    yield Figure(
        name="excel.memory_mb",
        value=_worker_mb(*sent),
        unit="MB",
        baseline="idle worker; the preview of that Excel",
        goal="<= 300",
    )


def _editor() -> User:
    made_up.store_districts()
    district = Place.objects.first()
    if district is None:
        raise ValueError("no districts")
    Place.objects.create(
        jurisdiction=district.jurisdiction,
        generation=district.generation,
        ubigeo="9901",
        name="Banco",
        level=Place.Level.PROVINCE,
        geom=district.geom,
        area_ha=1,
    )
    sync_roles(write=True)
    editor = User.objects.create(username="banco")
    editor.groups.add(Group.objects.get(name="editor"))
    return editor


def _indicators(editor: User, count: int) -> None:
    """Make indicators with a published value of the year before in each place."""
    home = Place.objects.all()[0].jurisdiction
    plan, _ = Plan.objects.get_or_create(jurisdiction=home, code="banco")
    version, _ = PlanVersion.objects.get_or_create(
        plan=plan, number=1, is_current=True, document_year=2022, target_year=2030
    )
    known = Goal.objects.count()
    axis, _ = Axis.objects.get_or_create(
        plan_version=version, code="banco", prefix="BAN", order=1
    )
    goals = Goal.objects.bulk_create(
        Goal(axis=axis, order=n, code=f"BAN-{n}", slug=f"ban-{n}", name_es=f"Meta {n}")
        for n in range(known, known + count)
    )
    made = Indicator.objects.bulk_create(
        Indicator(
            goal=goal,
            code=goal.code,
            slug=goal.slug,
            unit_es="t/ha",
            by_district="separate",
            target_type=Indicator.TargetType.LEVEL,
            direction=Indicator.Direction.INCREASE,
            collection=Indicator.Collection.STATISTICS,
        )
        for goal in goals
    )
    assign_all(editor)
    Value.objects.bulk_create(
        Value(
            indicator=indicator,
            place=place,
            year=_YEAR - 1,
            value=Decimal("1581.5"),
            kind=Value.Kind.MEASURED,
            state=Value.State.PUBLISHED,
            is_synthetic=True,
            recorded_at="2025-01-01T00:00Z",
            published_at="2025-01-01T00:00Z",
        )
        for indicator in made
        for place in Place.objects.defer("geom")
    )


def _filled(editor: User) -> bytes:
    """Return the template of the year as somebody filled it in, a value in each row."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [str(column.header) for column in COLUMNS])
        for number, row in enumerate(sheet_rows(editor, _YEAR), 1):
            typed = {
                "value": 1600 + number % 100,
                "kind": "Medido",
                "source_text": f"Anuario estadístico, página {number}",
                "source_url": "https://example.org/anuario",
            }
            cells = template_cells(row) | typed
            sheet.write_row(number, 0, [cells[column.name] for column in COLUMNS])
    return out.getvalue()


def _sent(editor: User, content: bytes) -> WorkbookImport:
    row = send_workbook(actor=editor, file_name="banco.xlsx", content=content)
    if row.state != WorkbookImport.State.READING:
        WorkbookImport.objects.filter(pk=row.pk).update(state="reading")
    return row


def _previewed(editor: User, content: bytes) -> None:
    row = _sent(editor, content)
    preview_workbook(row.pk)
    row.refresh_from_db()
    if row.ready_count != row.row_count:
        raise ValueError(f"{row.ready_count} of {row.row_count} rows are ready")


def _read_bare(content: bytes) -> None:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    book.get_sheet_by_index(0).to_python()


def _worker_mb(warm_up: int, workbook: int) -> float:
    ran = subprocess.run(
        [sys.executable, "-m", "bench.workbook_memory", str(warm_up), str(workbook)],
        env={**os.environ},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return float(ran.stdout)
