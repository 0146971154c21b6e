"""What goes out comes back: an unchanged template changes nothing, to the byte."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from hypothesis import given
from hypothesis import strategies as st

from indicators.models import Indicator, WorkbookImport, YearlyValue
from indicators.workbooks.actions import accept_workbook, send_workbook
from indicators.workbooks.columns import COLUMNS, guarded, header_of, unguarded
from indicators.workbooks.sheet_rows import sheet_rows
from territory.models import Place
from tests import factories
from tests.workbooks.sheets import (
    LINK,
    YEAR,
    filled,
    rows_of,
    sheet,
    template,
)

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

AWKWARD = (
    *("=1+1", "+51 942", "-3 °C", "@nota", "＝1", "＋1", "－1", "＠a", "'comillas"),
    *("'=ya guardado", "''dos", "uno\r\ndos\n\ntres", "  con espacios  ", "_x000D_"),
    *("a\x01b", "1,581.5", "2024-01-05", "TRUE", "#N/A", "007", "é 😀 ñ", "punto;coma"),
    *('"comillas"', "x" * 2_000, "0.10", "1e5", "\tpestaña", "línea\u2028otra"),
)


def stored() -> list[dict[str, object]]:
    return list(YearlyValue.objects.order_by("pk").values())


@pytest.fixture
def every_situation(
    editor: User, indicators: list[Indicator], places: list[Place]
) -> None:
    """One value of every state and of every awkward content, in one year."""
    common = {"year": YEAR, "place": places[0]}
    open_row = {"reviewed_by": None, "reviewed_at": None, "published_at": None}
    states = (
        {"state": "draft", "value": "-0.0001", **open_row},
        {"state": "in_review", "value": "99999999999999.9999", **open_row},
        {"state": "returned", "return_reason": "Falta", "value": "1581.1234"},
        {"state": "published", "value": "368728.5000"},
        {"load": factories.LoadFactory(), "recorded_by": None, "reviewed_by": None},
        {"synthetic": True},
        {"state": "withdrawn", "change_reason": "Se midió mal."},
        {"state": "draft", "value": None, "kind": "no_data", **open_row},
        {"state": "published", "version": 2, "change_reason": "La fuente cambió."},
        {"state": "draft", "value": "0", "kind": "estimated", **open_row},
    )
    for number, fields in enumerate(states):
        made = factories.IndicatorFactory(decimals=number % 5)
        factories.AssignmentFactory(user=editor, indicator=made)
        if fields.get("kind") == "no_data":
            fields = {**fields, "no_data_reason": "not_published"}
        factories.YearlyValueFactory(**{**common, **fields, "indicator": made})
    for text in AWKWARD:
        made = factories.IndicatorFactory(name_es=text.replace("\x01", "")[:100])
        factories.AssignmentFactory(user=editor, indicator=made)
        factories.YearlyValueFactory(
            **{**common, "indicator": made, "note": text, "source_text": text[:300]},
            **{"proxy": text[:200], "confirmation": text, "change_reason": text},
            **{"state": "draft", **open_row},
        )
    for place in places[1:]:
        factories.YearlyValueFactory(indicator=indicators[0], place=place, year=YEAR)
    factories.YearlyValueFactory(indicator=indicators[1], place=places[0], year=2019)


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_unchanged_template_changes_nothing(
    editor: User, every_situation: None, kind: str
) -> None:
    before, events = stored(), YearlyValue.pgh_event_model.objects.count()
    sent = send_workbook(
        actor=editor, file_name=f"a.{kind}", content=template(editor, kind=kind)
    )
    counts = (sent.ready_count, sent.warning_count, sent.error_count, sent.lines)
    assert counts == (0, 0, 0, [])
    assert sent.same_count == sent.row_count == len(sheet_rows(editor, YEAR))
    assert stored() == before
    assert YearlyValue.pgh_event_model.objects.count() == events


def test_template_with_its_columns_in_another_order_changes_nothing(
    editor: User, every_situation: None
) -> None:
    rows = rows_of(template(editor))
    names = [column.name for column in reversed(COLUMNS)]
    sent = send_workbook(actor=editor, file_name="a.xlsx", content=sheet(rows, names))
    assert (sent.lines, sent.same_count) == ([], len(rows))


def test_touched_row_keeps_every_cell_that_was_left_alone(
    editor: User, indicators: list[Indicator], places: list[Place]
) -> None:
    note = "uno\r\ndos\x0btres"
    row = factories.YearlyValueFactory(
        draft=True,
        indicator=indicators[1],
        place=places[0],
        year=YEAR,
        note=note,
        source_url=LINK,
    )
    content = filled(editor, lambda _n, cells: {"value": 1.3} if cells["note"] else {})
    sent = send_workbook(actor=editor, file_name="a.xlsx", content=content)
    assert (sent.ready_count, sent.error_count) == (1, 0)
    accept_workbook(actor=editor, import_id=sent.pk)
    row.refresh_from_db()
    assert (row.value, row.note, row.source_url) == (Decimal("1.3"), note, LINK)


@given(st.text(max_size=20))
def test_guard_is_taken_off_exactly(text: str) -> None:
    assert unguarded(guarded(text)) == text


@given(st.text(min_size=1, max_size=20))
def test_guarded_text_starts_no_formula(text: str) -> None:
    assert guarded(text)[0] not in "=+-@\t\r\n\0＝＋－＠"
    assert guarded("") == ""


def test_empty_cell_stays_empty(editor: User, indicators: list[Indicator]) -> None:
    rows = rows_of(template(editor))
    assert {row["value"] for row in rows} == {""}
    text = template(editor, kind="csv").decode("utf-8-sig")
    assert "'" not in text
    assert header_of("value") in text


def test_numbers_are_numbers_in_the_sheet(
    editor: User, indicators: list[Indicator], places: list[Place]
) -> None:
    factories.YearlyValueFactory(
        indicator=indicators[1], place=places[0], year=YEAR, value="1581.1234"
    )
    factories.YearlyValueFactory(
        indicator=indicators[1], place=places[0], year=2020, value="7"
    )
    row = next(r for r in rows_of(template(editor)) if r["value"] != "")
    assert (row["value"], row["previous"], row["previous_year"]) == (1581.1234, 7, 2020)
    assert Decimal(str(row["year"])) == YEAR


def test_reader_gets_all_indicators_and_editor_the_assigned_ones(
    editor: User, reviewer: User, indicators: list[Indicator]
) -> None:
    other = factories.IndicatorFactory()
    assert other not in {row.indicator for row in sheet_rows(editor, YEAR)}
    assert other in {row.indicator for row in sheet_rows(reviewer, YEAR)}
    # Districts where the indicator has them.
    assert len(sheet_rows(editor, YEAR)) == 3 + 1 + 1
    assert not WorkbookImport.objects.exists()
