"""Each cell that is wrong is named; each row that is right is told from the rest."""

import datetime as dt
import io
from typing import Any

import pytest
import xlsxwriter
from django.contrib.auth.models import User
from django.utils.translation import override

from indicators.models import Indicator, WorkbookImport, YearlyValue
from indicators.workbooks.actions import send_workbook
from indicators.workbooks.columns import header_of
from indicators.workbooks.preview import ERROR, READY, WARNING
from territory.models import Place
from tests import factories
from tests.sources.workbooks import sheet_xml, workbook
from tests.workbooks.sheets import YEAR, Row, good, rows_of, sheet, template, text_sheet

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

# The rows of the template: province and two districts of the first, then two more.
FIRST, SECOND, THIRD = 2, 5, 6


def send(user: User, rows: list[Row]) -> WorkbookImport:
    return send_workbook(actor=user, file_name="a.xlsx", content=sheet(rows))


def first_with(user: User, cells: Row) -> WorkbookImport:
    """The template with cells written into the row of the second indicator."""
    rows = rows_of(template(user))
    rows[SECOND - 2] |= cells
    return send(user, rows)


def said(sent: WorkbookImport) -> list[tuple[str, str]]:
    """Each cell that a message names, such as "I5", with the message."""
    return [
        (f"{letters}{line['row']}", text)
        for line in sent.lines
        for letters, text in line["messages"]
    ]


BAD_CELLS: dict[str, tuple[Row, str, str]] = {
    "ambiguous": (good("1,5"), "I5", "más de una manera"),
    "as in Spain": (good("1.581,5"), "I5", "más de una manera"),
    "date": (good("2024-01-05"), "I5", "no es un número"),
    "boolean": (good("True"), "I5", "no es un número"),
    "not a number": (good("NaN"), "I5", "no es un número"),
    "infinite": (good("Inf"), "I5", "no es un número"),
    "words": (good("unos cien"), "I5", "no es un número"),
    "too precise": (good("1.23456"), "I5", "máximo 4 decimales"),
    "too large": (good("999999999999999"), "I5", "demasiado grande"),
    "without kind": (good(kind=""), "J5", "Elige el tipo de valor."),
    "unknown kind": (good(kind="Medida"), "J5", "no está en la lista"),
    "kind alone": (good(""), "I5", "Escribe un número"),
    "no data with value": (
        good(kind="Sin dato", no_data_reason="No aplica"),
        "I5",
        "Borra el valor",
    ),
    "no data without reason": (good("", kind="Sin dato"), "K5", "por qué no hay dato"),
    "value with reason": (good(no_data_reason="No aplica"), "K5", "Quita el motivo"),
    "without source": (good(source_text=" "), "L5", "de dónde sale"),
    "no link": (good(source_url="javascript:alert(1)"), "M5", "enlace completo"),
    "long": (good(proxy="x" * 201), "N5", "200"),
    "other code": (good(code="BOS-99"), "A5", "no son los de esta fila"),
    "other place": (good(ubigeo="990101"), "A5", "no son los de esta fila"),
    "other year": (good(year=2023), "H5", "cada año va en su propio archivo"),
    "broken key": (good(key="12.3"), "S5", "La clave de la fila se cambió"),
    "unknown code": (
        good(code="XYZ-01", key=""),
        "A5",
        "no está entre tus indicadores",
    ),
}


@pytest.mark.parametrize("name", BAD_CELLS)
def test_wrong_cell_is_named(
    editor: User, indicators: list[Indicator], name: str
) -> None:
    cells, place, words = BAD_CELLS[name]
    sent = first_with(editor, cells)
    assert [line["group"] for line in sent.lines] == [ERROR]
    assert place in dict(said(sent)), said(sent)
    assert words in dict(said(sent))[place]
    assert sent.same_count == sent.row_count - 1
    assert not YearlyValue.objects.exists()


GOOD_CELLS: dict[str, Row] = {
    "number": good(1.25),
    "text as Peru writes it": good("1,581.5"),
    "spaces behind": good(" 1581.5 ", kind=" medido "),
    "in English": good(kind="Measured"),
    "no data": good("", kind="Sin dato", no_data_reason="No aplica"),
    "zero": good(0),
    "by code alone": good(key=""),
    "explained": good(source_url="", confirmation="El anuario no está en la red."),
}


@pytest.mark.parametrize("name", GOOD_CELLS)
def test_good_row_is_ready(
    editor: User, indicators: list[Indicator], name: str
) -> None:
    sent = first_with(editor, GOOD_CELLS[name])
    assert [line["group"] for line in sent.lines] == [READY], said(sent)


@pytest.mark.parametrize(
    ("value", "shown"), [(dt.date(2024, 1, 5), "2024-01-05"), (True, "True")]
)
def test_cell_of_another_kind_is_no_number(
    editor: User, indicators: list[Indicator], value: object, shown: str
) -> None:
    rows = rows_of(template(editor))
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"default_date_format": "yyyy-mm-dd"}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, [header_of(name) for name in rows[0]])
        page.write_row(1, 0, (rows[0] | good(value)).values())
    sent = send_workbook(actor=editor, file_name="a.xlsx", content=out.getvalue())
    ((cell, text),) = said(sent)
    assert (cell, f"«{shown}» no es un número" in text) == ("I2", True)


def test_signs_that_no_database_holds_are_left_out(
    editor: User, indicators: list[Indicator]
) -> None:
    rows = rows_of(template(editor))
    rows[0] |= good(code="BOS\0\x01", note="a\0b", key="\0")
    names = list(rows[0])
    cells = [[header_of(name) for name in names]]
    # As Excel writes any sign that XML does not hold.
    cells.append([str(cell).replace("\0", "_x0000_") for cell in rows[0].values()])
    cells[1] = [cell.replace("\x01", "_x0001_") for cell in cells[1]]
    content = workbook({"Valores": sheet_xml(cells)})
    sent = send_workbook(actor=editor, file_name="a.xlsx", content=content)
    assert [line["code"] for line in sent.lines] == ["BOS"]


def test_unlikely_row_waits_for_its_explanation(
    editor: User, indicators: list[Indicator], places: list[Place]
) -> None:
    factories.YearlyValueFactory(
        indicator=indicators[1], place=places[0], year=2023, value="1.25"
    )
    sent = first_with(editor, good(1250))
    assert [line["group"] for line in sent.lines] == [WARNING]
    messages = dict(said(sent))
    assert "1,000 veces" in messages["I5"]
    assert "escribe aquí por qué" in messages["P5"]


def test_the_second_row_of_a_value_is_an_error(
    editor: User, indicators: list[Indicator]
) -> None:
    rows = rows_of(template(editor))
    rows.append(rows[SECOND - 2] | good())
    sent = send(editor, rows)
    assert said(sent) == [("A7", "Este indicador, lugar y año ya está en la fila 5.")]


def test_emptied_row_deletes_nothing(
    editor: User, indicators: list[Indicator], places: list[Place]
) -> None:
    factories.YearlyValueFactory(
        draft=True, indicator=indicators[1], place=places[0], year=YEAR
    )
    blank: dict[str, Any] = dict.fromkeys(("value", "kind", "source_text"), "")
    sent = first_with(editor, blank)
    ((cell, text),) = said(sent)
    assert (cell, text[:32]) == ("I5", "Una celda vacía no borra nada. S")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"state": "in_review"}, "cambió de estado"),
        ({"load": True}, "fuente automática"),
        ({}, "por qué se corrige"),
    ],
)
def test_value_that_no_sheet_may_change_is_refused(
    editor: User,
    indicators: list[Indicator],
    places: list[Place],
    fields: dict[str, Any],
    words: str,
) -> None:
    if "load" in fields:
        fields = {"load": factories.LoadFactory()}
    elif fields:
        fields |= {"reviewed_by": None, "published_at": None}
    factories.YearlyValueFactory(
        indicator=indicators[1], place=places[0], year=YEAR, **fields
    )
    sent = first_with(editor, good(1.3))
    assert [line["group"] for line in sent.lines] == [ERROR]
    assert words in said(sent)[0][1]


def test_row_that_changed_since_the_download_is_an_error_if_it_is_touched(
    editor: User, indicators: list[Indicator], places: list[Place]
) -> None:
    rows = rows_of(template(editor))
    for indicator in indicators[1:]:
        factories.YearlyValueFactory(
            draft=True, indicator=indicator, place=places[0], year=YEAR
        )
    rows[SECOND - 2] |= good(1.3)
    sent = send(editor, rows)
    ((cell, text),) = said(sent)
    assert (cell, text[:18]) == ("I5", "Este valor cambió ")
    assert sent.same_count == 4


def test_rows_of_somebody_else_do_not_matter_until_they_are_touched(
    editor: User, reviewer: User, indicators: list[Indicator]
) -> None:
    factories.IndicatorFactory()
    rows = rows_of(template(reviewer))
    assert len(rows) == 6
    assert send(editor, rows).lines == []
    rows[-1] |= good()
    assert "no está entre tus indicadores" in said(send(editor, rows))[0][1]


def test_errors_come_first_and_speak_the_language_of_the_page(
    editor: User, indicators: list[Indicator]
) -> None:
    rows = rows_of(template(editor))
    rows[FIRST - 2] |= good()
    rows[THIRD - 2] |= good("1,5")
    with override("en"):
        sent = send(editor, rows)
    assert [line["row"] for line in sent.lines] == [THIRD, FIRST]
    assert "can be read in more than one way" in said(sent)[0][1]


def test_sheet_takes_a_leading_zero_away_and_gets_it_back(editor: User) -> None:
    place = factories.PlaceFactory(ubigeo="0101", level="province")
    indicator = factories.IndicatorFactory()
    factories.AssignmentFactory(user=editor, indicator=indicator)
    rows = rows_of(template(editor))
    rows[0] |= good(ubigeo=101)
    sent = send(editor, rows)
    assert [line["place"] for line in sent.lines] == [f"Provincia de {place.name}"]
    assert sent.ready_count == 1


def test_csv_with_a_proven_comma_is_read_as_its_writer_meant(
    editor: User, indicators: list[Indicator]
) -> None:
    rows = rows_of(template(editor))
    rows[FIRST - 2] |= good("12,5")
    rows[SECOND - 2] |= good("1.581,5")
    content = text_sheet(rows, ";").encode("cp1252")
    sent = send_workbook(actor=editor, file_name="a.csv", content=content)
    assert [line["after"] for line in sent.lines] == ["12.5 t/ha", "1,581.5 t/ha"]
