"""Statistics read by a rule: what is a value, what is missing, what is an error."""

from decimal import Decimal
from typing import Any

import pytest

from indicators.sheets.reading import (
    RowFilter,
    SheetReading,
    SheetRule,
    read_values,
)
from indicators.sheets.tables import (
    MAX_ROWS,
    columns_of,
    likely_title_row,
    read_statistic,
)
from indicators.sources.errors import ContentRefused
from tests.sheets.statistics import arrivals, health, learning
from tests.sources.workbooks import table

UGEL = RowFilter(1, "220010")
GRADE = RowFilter(3, "4p")
PLACES = {"9901", "990101", "990102"}


def read(content: bytes, name: str = "x.xlsx", **rule: Any) -> SheetReading:
    sheet = read_statistic(content, name)[-1]
    return read_values(sheet, SheetRule(**rule), ubigeos=PLACES)


def ugel(**rule: Any) -> SheetReading:
    usual = {"title_row": 4, "value_column": 5, "year_column": 4}
    return read(learning(), **(usual | {"filters": (UGEL, GRADE)} | rule))


def test_only_the_rows_of_the_ugel_and_grade_are_values() -> None:
    found = ugel()
    assert [(one.year, one.value) for one in found.values] == [
        (2022, Decimal("21.4")),
        (2023, None),
        (2024, Decimal("25.1235")),
    ]
    assert [one.is_rounded for one in found.values] == [False, False, True]
    assert (found.errors, found.left_out) == ((), 3)


def test_two_rows_of_one_place_and_year_are_both_refused() -> None:
    found = ugel(filters=(UGEL,))
    assert [one.year for one in found.values] == [2022, 2023]
    first, second = (error.sentence_es for error in found.errors)
    assert first.startswith("fila 8, columna F: la fila 9 da otro valor")
    assert second.startswith("fila 9, columna F: la fila 8 da otro valor")


def test_the_guess_finds_the_titles_under_merged_names() -> None:
    sheet = read_statistic(learning(), "x.xlsx")[-1]
    assert likely_title_row(sheet) == 4
    assert [(c.letter, c.title) for c in columns_of(sheet, 4)][-1] == (
        "F",
        "% Satisfactorio",
    )
    assert likely_title_row(read_statistic(health(), "x.csv")[0]) == 2


def test_a_file_that_proves_decimal_commas_is_read_with_them() -> None:
    found = read(
        health(),
        "x.csv",
        title_row=2,
        value_column=2,
        year=2023,
        place_column=0,
        filters=(RowFilter(0, "99*"),),
    )
    assert [(one.ubigeo, one.value) for one in found.values] == [
        ("990101", Decimal("1.581")),
        ("990102", Decimal("18.25")),
        ("9901", Decimal("17.0")),
    ]
    assert (found.errors, found.left_out) == ((), 2)


def test_a_dash_is_missing_and_a_zero_is_a_value() -> None:
    found = read(
        health(),
        "x.csv",
        title_row=2,
        value_column=3,
        year=2024,
        place_column=0,
        filters=(RowFilter(0, "99*"),),
    )
    assert [one.value for one in found.values] == [Decimal(0), None, None]


def test_two_writers_in_one_column_prove_no_decimal_mark() -> None:
    found = read(arrivals(12.5, "12,5"), title_row=1, value_column=2, year_column=1)
    assert [error.row for error in found.errors] == [3]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("1,581", "puede leerse de más de una manera"),
        ("muchos", "no es un número"),
        ("4E3", "notación científica"),
    ],
)
def test_an_ambiguous_number_is_refused_by_its_cell(cell: str, reason: str) -> None:
    found = read(arrivals(12, cell, 14), title_row=1, value_column=2, year_column=1)
    (error,) = found.errors
    assert (error.row, error.column) == (3, "C")
    assert reason in error.reason_es
    assert len(found.values) == 2


def test_a_year_that_is_none_and_a_strange_place_are_refused_by_their_cells() -> None:
    content = table([["lugar", "año", "v"], ["9901", "2023 P/", 1], ["5", 2023, 2]])
    found = read(content, title_row=1, value_column=2, year_column=1, place_column=0)
    assert [(error.row, error.column) for error in found.errors] == [(2, "B"), (3, "A")]
    assert found.values == ()


def test_a_share_of_one_comes_into_percent() -> None:
    found = read(
        arrivals(0.553),
        title_row=1,
        value_column=2,
        year_column=1,
        factor=Decimal(100),
    )
    assert found.values[0].value == Decimal("55.3")


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "x.csv", "empty"),
        (b"%PDF-1.4", "x.xlsx", "wrong_type"),
        (table([["a"], ["=1+1"]]), "x.xlsx", "bad_rows"),
        (b"a,b\n" * (MAX_ROWS + 1), "x.csv", "too_many_rows"),
        (b"a," * 300 + b"\n", "x.csv", "too_many_columns"),
        (table([[]]), "x.xlsx", "empty"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, name: str, code: str) -> None:
    with pytest.raises(ContentRefused) as refused:
        read_statistic(content, name)
    assert refused.value.code == code
