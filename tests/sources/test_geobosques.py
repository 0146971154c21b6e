import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer

from indicators.sources import geobosques
from indicators.sources.errors import ContentRefused
from indicators.sources.records import LossRow, LossTable, forest_by_year
from indicators.sources.registry import GEOBOSQUES_LOSS, open_session
from tests.sources.workbooks import sheet_xml, table, workbook

SAMPLES = Path(__file__).parent.parent / "data" / "geobosques"
DISTRICTS = frozenset(f"22100{number}" for number in range(1, 7))
WHOLE = (SAMPLES / "perdida_tocache_2024.csv").read_bytes()
HEAD = "DISTRITO,UBIGEO,2001_ha,2002_ha,HIDROGRAFÍA_ha,BOSQUE AL 2002_ha"
SMALL = (
    f"{HEAD}\n"
    'TOCACHE,221001,0.09,0.18,"2,146.95","52,978.41"\n'
    'UCHIZA,221005,0.27,0,"1,369.35","29,338.47"\n'
)
TWO = frozenset({"221001", "221005"})


def read(
    text: str | bytes,
    filename: str = "tabla.csv",
    *,
    known: frozenset[str] = TWO,
    max_year: int = 2025,
    within: str = "2210",
) -> LossTable:
    content = text.encode() if isinstance(text, str) else text
    return geobosques.parse_wide_table(
        content, filename, known_ubigeos=known, max_year=max_year, within=within
    )


def refusal(text: str | bytes, **options: Any) -> ContentRefused:
    with pytest.raises(ContentRefused) as refused:
        read(text, **options)
    return refused.value


def test_the_official_table_gives_the_published_sums():
    loss_table = read(WHOLE, known=DISTRICTS)
    assert len(loss_table.rows) == 6 * 24
    assert loss_table.edition == "2024"
    assert loss_table.warnings == ()
    sums = {
        year: sum(row.loss_ha for row in loss_table.rows if row.year == year)
        for year in (2001, 2012, 2020, 2023, 2024)
    }
    assert sums == {
        2001: Decimal("1531.89"),
        2012: Decimal("2983.77"),
        2020: Decimal("2446.92"),
        2023: Decimal("1463.76"),
        2024: Decimal("1182.06"),
    }
    assert loss_table.rows[23] == LossRow(
        "221001", 2024, Decimal("197.19"), Decimal("52978.41")
    )
    assert loss_table.rows[22].forest_end_of_year_ha is None


def test_forest_by_year_adds_later_losses_to_the_printed_forest():
    standing = forest_by_year(read(WHOLE, known=DISTRICTS))
    assert standing["221001", 2001] == Decimal("60626.61")
    province = sum(standing[ubigeo, 2020] for ubigeo in DISTRICTS)
    assert province == Decimal("368718.66")


def test_forest_by_year_leaves_out_what_has_no_printed_forest():
    rows = (LossRow("221001", 2001, Decimal(1)),)
    assert forest_by_year(LossTable(rows, "2001")) == {}


def test_columns_are_found_by_name_not_by_place():
    moved = (
        "bosque al 2002 ha,Año,2002_HA,ubigeo,Hidrografia_ha,2001_ha\n"
        '"52,978.41",x,0.18,221001,0,0.09\n"29,338.47",x,0,221005,0,0.27\n'
    )
    assert read(moved).rows == read(SMALL).rows


def test_the_order_of_districts_does_not_matter():
    lines = WHOLE.decode().splitlines(keepends=True)
    turned = "".join([lines[0], *reversed(lines[1:])])
    assert read(turned, known=DISTRICTS) == read(WHOLE, known=DISTRICTS)


def test_other_places_are_counted_and_left_out_unread():
    more = SMALL + "MOYOBAMBA,220101,bad,-1,,\nCHACHAPOYAS,10101,0,0,0,0\n"
    loss_table = read(more)
    assert loss_table.rows == read(SMALL).rows
    assert loss_table.rows_left_out == 2


def test_a_dropped_leading_zero_is_put_back():
    text = SMALL.replace("221001", "10101").replace("221005", "10102")
    loss_table = read(text, known=frozenset({"010101", "010102"}), within="01")
    assert {row.ubigeo for row in loss_table.rows} == {"010101", "010102"}


def test_xlsx_gives_the_same_as_csv():
    rows: list[list[Any]] = [
        ["Bosque y pérdida de bosques por Distrito al 2002"],
        [],
        list(HEAD.split(",")),
        ["TOCACHE", 221001, 0.09, 0.18, 2146.95, 52978.41],
        ["UCHIZA", "221005", "0.27", 0, 1369.35, "29,338.47"],
        [],
    ]
    for row in rows:
        row += [None] * (6 - len(row))
    assert read(table(rows), "tabla.xlsx") == read(SMALL)
    second = workbook({"Leyenda": sheet_xml([["x"]]), "Datos": sheet_xml(rows)})
    assert read(second, "tabla.xlsx") == read(SMALL)


def test_xlsx_errors_name_the_row_a_person_sees():
    rows: list[list[Any]] = [[], list(HEAD.split(",")), ["T", 221001, 0.09, -5, 0, 1]]
    error = refusal(table(rows), filename="tabla.xlsx", known=frozenset({"221001"}))
    assert [(cell.row, cell.column) for cell in error.row_errors] == [(3, "2002_ha")]


def test_a_value_that_is_no_multiple_of_a_pixel_only_warns():
    loss_table = read(SMALL.replace("0.27", "0.30"))
    (warning,) = loss_table.warnings
    assert (warning.row, warning.column, warning.value) == (3, "2001_ha", "0.30")
    assert len(loss_table.rows) == 4


@pytest.mark.parametrize(
    ("old", "new", "row", "column", "reason"),
    [
        ("0.18", "-0.18", 2, "2002_ha", "el área es negativa"),
        ('"52,978.41"', "-1", 2, "BOSQUE AL 2002_ha", "el área es negativa"),
        ("0.18", '"1581,5"', 2, "2002_ha", "1,581.5 o 15,815"),
        ("0.18", '"15,81"', 2, "2002_ha", "más de una manera"),
        ('"52,978.41"', '"5,2978.41"', 2, "BOSQUE AL 2002_ha", "52,978.41"),
        ("0.18", "1.581.00", 2, "2002_ha", "más de una manera"),
        ("0.18", "", 2, "2002_ha", "Está vacío."),
        ("0.18", "s/d", 2, "2002_ha", "«s/d» no es un número."),
        ("0.18", "NaN", 2, "2002_ha", "no es un número"),
        ("0.18", "inf", 2, "2002_ha", "no es un número"),
        ("0.18", "1e3", 2, "2002_ha", "notación científica"),
        ("221005", "221001", 3, "UBIGEO", "el distrito se repite"),
        ("221005", "221007", 3, "UBIGEO", "no es un distrito conocido"),
        ("221005", "2210O5", 3, "UBIGEO", "no es un ubigeo de seis dígitos"),
        ("221005", "", 3, "UBIGEO", "no es un ubigeo de seis dígitos"),
        ("0.27,0,", "0.27,0,0,", 3, "", "tiene 7 columnas y no 6"),
        ("0.27,0,", "0.27,", 3, "", "tiene 5 columnas y no 6"),
        ("2001_ha", "2001_ha,2001_ha", 1, "2001_HA", "el año se repite"),
        ("2001_ha", "1999_ha", 1, "1999_ha", "fuera de lo posible"),
        ("BOSQUE AL 2002_ha", "x", 1, "BOSQUE AL …_ha", "falta la columna"),
        ("HIDROGRAFÍA_ha", "BOSQUE AL 2001_ha", 1, "BOSQUE AL …_ha", "se repite"),
        ("2001_ha", "x", 1, "2001_ha", "falta la columna"),
        ("DISTRITO", "UBIGEO", 1, "UBIGEO", "la columna se repite"),
        ("BOSQUE AL 2002", "BOSQUE AL 2001", 1, "BOSQUE AL 2001_ha", "último año"),
    ],
)
def test_the_whole_file_is_refused_with_row_column_and_reason(
    old, new, row, column, reason
):
    assert old in SMALL
    error = refusal(SMALL.replace(old, new, 1))
    assert error.code == "bad_rows"
    found = error.row_errors[0]
    assert (found.row, found.column) == (row, column)
    assert reason in found.reason_es
    assert found.reason_en
    assert found.sentence_es in error.reason_es


def test_every_bad_cell_is_listed_once_in_reading_order():
    text = (
        SMALL.replace("0.09", "-0.09")
        .replace("0.18", '"0,18"')
        .replace("0.27", "")
        .replace("221005", "221009")
    )
    cells = [(cell.row, cell.column) for cell in refusal(text).row_errors]
    assert cells == [
        (2, "2001_ha"),
        (2, "2002_ha"),
        (3, "UBIGEO"),
        (3, "2001_ha"),
        (None, "UBIGEO"),
    ]


def test_a_missing_district_is_named():
    half = "".join(SMALL.splitlines(keepends=True)[:2])
    (error,) = refusal(half).row_errors
    assert (error.row, error.value) == (None, "221005")
    assert "falta el distrito 221005" in error.sentence_es
    header_only = SMALL.splitlines(keepends=True)[0]
    assert len(refusal(header_only).row_errors) == 2


def test_a_year_in_the_future_is_refused():
    error = refusal(SMALL, max_year=2001)
    assert error.row_errors[0].column == "2002_ha"


@pytest.mark.parametrize("kept_bytes", range(200, len(WHOLE), 61))
def test_no_half_of_the_official_file_is_ever_accepted(kept_bytes):
    refusal(WHOLE[:kept_bytes], known=DISTRICTS)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("<html><body>Error 500</body></html>", "html"),
        (SMALL.replace(",", ";"), "no_header"),
        ("anho,mes,dsc_Cultivo\n2024,1,CACAO\n", "no_header"),
        (SMALL[:-1], "bad_rows"),
    ],
)
def test_other_files_are_refused(text, code):
    assert refusal(text).code == code


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=4, max_size=4))
def test_every_multiple_of_a_pixel_is_read_exactly(pixels):
    losses = [pixel * Decimal("0.09") for pixel in pixels]
    text = (
        f"{HEAD}\nA,221001,{losses[0]},{losses[1]},0,0\n"
        f'B,221005,"{losses[2]:,}",{losses[3]},0,0\n'
    )
    loss_table = read(text)
    assert [row.loss_ha for row in loss_table.rows] == losses
    assert loss_table.warnings == ()


SERVICE = (SAMPLES / "perdida_221003.json").read_bytes()
OLDER = (SAMPLES / "perdida_221003_anterior.json").read_bytes()


@pytest.mark.parametrize("body", [SERVICE, OLDER], ids=["new", "older"])
def test_parse_json_agrees_with_the_table(body):
    loss_table = geobosques.parse_json(body, "221003", max_year=2025)
    of_table = [
        LossRow(row.ubigeo, row.year, row.loss_ha)
        for row in read(WHOLE, known=DISTRICTS).rows
        if row.ubigeo == "221003" and row.year >= 2022
    ]
    assert list(loss_table.rows) == of_table
    assert loss_table.edition == "2024"
    assert loss_table.warnings == ()


def test_parse_json_warns_when_ranges_do_not_add_up():
    body = SERVICE.replace(b"100.39", b"90.39")
    (warning,) = geobosques.parse_json(body, "221003", max_year=2025).warnings
    assert (warning.row, warning.column) == (1, "range1…range5")


@pytest.mark.parametrize(
    ("record", "column"),
    [
        ({"year": 2023, "loss": -1}, "loss"),
        ({"year": 2023, "loss": None}, "loss"),
        ({"year": 2023}, "loss"),
        ({"year": 2023, "loss": "1581,5"}, "loss"),
        ({"year": 2023, "loss": True}, "loss"),
        ({"year": 2023, "loss": [1]}, "loss"),
        ({"year": 2022, "loss": 1}, "year"),
        ({"year": 2026, "loss": 1}, "year"),
        ({"year": 1900, "loss": 1}, "year"),
        ({"year": 2023.5, "loss": 1}, "year"),
        ({"loss": 1}, "year"),
    ],
)
def test_parse_json_refuses_the_whole_for_one_bad_cell(record, column):
    body = json.dumps([{"year": 2022, "loss": 1}, record]).encode()
    with pytest.raises(ContentRefused) as refused:
        geobosques.parse_json(body, "221003", max_year=2025)
    (error,) = refused.value.row_errors
    assert (error.row, error.column) == (2, column)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"<html>404</html>", "html"),
        (b"[]", "no_data"),
        (b"[1]", "no_data"),
        (b"{}", "no_data"),
        (b'{"perdida_rangos": [null]}', "no_data"),
        (b'[{"year": 2022, "loss": NaN}]', "not_json"),
        (SERVICE[: len(SERVICE) // 2], "cut_short"),
    ],
)
def test_parse_json_refuses_other_shapes(body, code):
    with pytest.raises(ContentRefused) as refused:
        geobosques.parse_json(body, "221003", max_year=2025)
    assert refused.value.code == code


def test_fetch_json_asks_for_one_district():
    with HTTPServer(host="127.0.0.1", port=0) as server:
        server.expect_request(
            "/api/forest-loss/wet-forest-list", query_string={"ubigeoCode": "221003"}
        ).respond_with_data(SERVICE, content_type="application/json")
        endpoints = frozenset({("127.0.0.1", server.port)})
        with open_session(
            GEOBOSQUES_LOSS, base_url=server.url_for(""), endpoints=endpoints
        ) as session:
            fetched = geobosques.fetch_json(session, "221003")
            with pytest.raises(ValueError, match="six digits"):
                geobosques.fetch_json(session, "2210&x=1")
        server.check_assertions()
    assert fetched.body == SERVICE


def test_combined_joins_districts_of_one_edition():
    pieces = [
        geobosques.parse_json(SERVICE, ubigeo, max_year=2025)
        for ubigeo in ("221003", "221001")
    ]
    joined = geobosques.combined(pieces)
    assert len(joined.rows) == 6
    assert joined.rows[0].ubigeo == "221001"
    older = LossTable(pieces[1].rows[:1], "2022")
    for mixed in ([pieces[0], older], [pieces[0], pieces[0]]):
        with pytest.raises(ContentRefused) as refused:
            geobosques.combined(mixed)
        assert refused.value.code == "mixed_editions"
