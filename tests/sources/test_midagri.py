import io
import zipfile
from decimal import Decimal

import pytest

from indicators.sources.delimited import read_delimited
from indicators.sources.errors import ContentRefused
from indicators.sources.midagri import REGIONAL, SISAGRI
from indicators.sources.midagri_table import (
    Calendar,
    District,
    ProductionTable,
    parse_production,
)
from tests.sources.workbooks import sheet_xml, table, workbook

HEADER = [
    "anho",
    "mes",
    "COD_UBIGEO",
    "Dpto",
    "Prov",
    "Dist",
    "dsc_Cultivo",
    "PRODUCCION(t)",
    "COSECHA (ha)",
    "MTO_PRECCHAC (S/ x kg)",
]
REGIONAL_HEADER = (
    "FECHA_CORTE,FECHA_MUESTRA,DEPARTAMENTO,PROVINCIA,DISTRITO,UBIGEO,ANO,MES,"
    "COD_CULTIVO,CULTIVO,SIEMBRA,COSECHA,PRODUCCION,VERDE_ACTUAL,PRECIO_CHACRA"
)


def row(**changed: object) -> list:
    cells = {
        "year": 2024,
        "month": 3,
        "ubigeo": "140101",
        "region": "REGION",
        "province": "VILLA ALTA",
        "district": "VILLA ALTA",
        "crop": "CACAO",
        "production": 12.5,
        "harvested": 800,
        "price": 7.25,
    }
    return list((cells | changed).values())


def parse(content: bytes, name: str = "x.xlsx", layout=SISAGRI, **options):
    given = {
        "districts": {"140101": District("Villa Alta", Decimal(12_100))},
        "within": "1401",
        "today": Calendar(2026, 11),
    }
    return parse_production(content, name, layout=layout, **(given | options))


def refused(content: bytes, name: str = "x.xlsx", **options) -> ContentRefused:
    with pytest.raises(ContentRefused) as caught:
        parse(content, name, **options)
    return caught.value


def only_error(*rows: list) -> str:
    (error,) = refused(table([HEADER, *rows])).row_errors
    return error.sentence_es


def test_a_row_of_the_national_workbook() -> None:
    (found,) = parse(table([HEADER, row()])).rows
    assert (found.ubigeo, found.crop_name) == ("140101", "CACAO")
    assert (found.year, found.month) == (2024, 3)
    assert (found.production_t, found.harvested_ha) == (Decimal("12.5"), Decimal(800))
    assert found.price_pen_kg == Decimal("7.25")


def test_columns_are_found_by_name_and_not_by_place() -> None:
    names = [name.upper().replace("Ó", "O") for name in reversed(HEADER)]
    names[names.index("ANHO")] = " Año "
    content = table([["Producción 2024"], names, list(reversed(row()))])
    assert parse(content).rows == parse(table([HEADER, row()])).rows


def test_sheets_of_several_years_are_one_table() -> None:
    content = workbook(
        {
            "Leyenda": sheet_xml([["Fuente", "SIEA"]]),
            "2016_2020": sheet_xml([HEADER, row(year=2020)]),
            "2021_2025": sheet_xml([HEADER, row()]),
        }
    )
    found = parse(content)
    assert [r.year for r in found.rows] == [2020, 2024]
    assert found.edition == "2024-03"


@pytest.mark.parametrize("price", [0, None, "0.00"])
def test_a_price_of_zero_is_not_known(price: object) -> None:
    assert parse(table([HEADER, row(price=price)])).rows[0].price_pen_kg is None


def test_zero_production_is_zero() -> None:
    (found,) = parse(table([HEADER, row(production=0, harvested=0)])).rows
    assert found.production_t == Decimal(0)


@pytest.mark.parametrize(
    ("ubigeo", "repaired"),
    [("140101", 0), (140101, 0), ("140101.0", 1)],
)
def test_a_ubigeo_that_came_as_a_number_is_repaired(ubigeo, repaired) -> None:
    found = parse(table([HEADER, row(ubigeo=ubigeo)]))
    assert (found.rows[0].ubigeo, found.ubigeos_repaired) == ("140101", repaired)


def test_a_lost_zero_comes_back() -> None:
    found = parse(
        table([HEADER, row(ubigeo=50101)]),
        districts={"050101": District("Villa Alta", Decimal(12_100))},
        within="0501",
    )
    assert (found.rows[0].ubigeo, found.ubigeos_repaired) == ("050101", 1)


@pytest.mark.parametrize("ubigeo", ["1401", "1401011", "14010A", "140100", "", "5010"])
def test_a_ubigeo_with_two_readings_is_refused(ubigeo: str) -> None:
    assert "columna COD_UBIGEO" in only_error(row(ubigeo=ubigeo))


@pytest.mark.parametrize(
    ("changed", "place", "reason"),
    [
        ({"month": 13}, "fila 3, columna mes", "del 1 al 12"),
        ({"month": "marzo"}, "fila 3, columna mes", "del 1 al 12"),
        ({"year": 1824}, "fila 3, columna anho", "entre 1990 y 2026"),
        ({"year": 2026, "month": 12}, "fila 3, columna mes", "futuro"),
        ({"harvested": -1}, "fila 3, columna COSECHA (ha)", "negativo"),
        ({"production": None}, "fila 3, columna PRODUCCION(t)", "vacío"),
        ({"production": "12,5"}, "fila 3, columna PRODUCCION(t)", "12.5"),
        ({"production": "s/d"}, "fila 3, columna PRODUCCION(t)", "no es un número"),
        ({"crop": " "}, "fila 3, columna dsc_Cultivo", "vacío"),
        ({"ubigeo": "140177"}, "fila 3, columna COD_UBIGEO", "no es un distrito"),
        ({"harvested": 13_000}, "fila 3, columna COSECHA (ha)", "distrito entero"),
        ({}, "fila 3, columna COD_UBIGEO", "repite distrito, cultivo y mes de la fila"),
        ({"production": "=H2*2"}, "fila 3, columna H", "celda H3 tiene una fórmula"),
    ],
)
def test_a_bad_cell_refuses_the_file_with_row_column_and_reason(
    changed, place, reason
) -> None:
    sentence = only_error(row(), row(**changed))
    assert sentence.startswith(place)
    assert reason in sentence


def test_every_bad_cell_is_listed() -> None:
    error = refused(table([HEADER, row(month=13, harvested=-1), row(year=1)]))
    assert len(error.row_errors) == 3


def test_other_places_are_read_counted_and_only_warned_about() -> None:
    found = parse(
        table([HEADER, row(), row(ubigeo="150101"), row(ubigeo=150102, month=13)])
    )
    assert (len(found.rows), found.rows_left_out) == (1, 2)
    (warning,) = found.warnings
    assert warning.sentence_es.startswith("fila 4, columna mes")


def test_a_name_that_does_not_fit_its_code_is_a_warning_said_once() -> None:
    found = parse(table([HEADER, row(district="X"), row(district="X", month=4)]))
    (warning,) = found.warnings
    assert "el ubigeo 140101 es de Villa Alta" in warning.sentence_es


def test_a_missing_column_and_a_doubled_one_are_named() -> None:
    assert "falta la columna" in only_header([n for n in HEADER if n != "mes"])
    assert "la columna se repite" in only_header([*HEADER, "mes"])


def only_header(names: list) -> str:
    (error,) = refused(table([names, row()])).row_errors
    return error.sentence_es


def test_a_file_of_another_source_is_refused_by_its_columns() -> None:
    error = refused(table([HEADER, row()]), layout=REGIONAL)
    assert error.code == "no_header"
    assert "PRECIO_CHACRA" in str(error)


def test_a_file_without_any_row_of_the_province_is_refused() -> None:
    assert refused(table([HEADER, row(ubigeo="150101")])).code == "no_rows"


def test_a_workbook_beyond_the_limits_is_refused_unread() -> None:
    written = io.BytesIO(table([HEADER]))
    with (
        zipfile.ZipFile(written, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet2.xml", "w") as part,
    ):
        for _ in range(600):
            part.write(bytes(1024 * 1024))
    assert len(written.getvalue()) < 1_000_000
    assert refused(written.getvalue()).code == "too_large"


def regional(*lines: str, separator: str = ",") -> str:
    text = "\n".join([REGIONAL_HEADER, *lines]) + "\n"
    return text if separator == "," else text.replace(",", separator)


LINE = (
    "20250630,20250630,REGION,VILLA ALTA,VILLA ALTA,140101,2024,3,"
    "77,CAFÉ,1,800,12.5,,7.25"
)


def parse_regional(content: bytes) -> ProductionTable:
    return parse(content, "x.csv", layout=REGIONAL)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encodings_and_separators_of_the_regional_file(encoding, separator) -> None:
    content = regional(LINE, separator=separator).encode(encoding)
    (found,) = parse_regional(content).rows
    assert found.crop_name == "CAFE"
    assert (found.production_t, found.price_pen_kg) == (
        Decimal("12.5"),
        Decimal("7.25"),
    )


def test_a_repeated_header_is_dropped_and_counted() -> None:
    other = LINE.replace(",3,77", ",4,77")
    found = parse_regional(regional(LINE, REGIONAL_HEADER, other).encode())
    assert (len(found.rows), found.headers_repeated) == (2, 1)


def test_trailing_empty_cells_are_no_columns() -> None:
    assert len(parse_regional(regional(LINE + ",,,").encode()).rows) == 1


@pytest.mark.parametrize("line", [LINE + ",x", LINE.rpartition(",")[0]])
def test_a_ragged_row_is_refused_by_its_number(line: str) -> None:
    error = refused(regional(LINE, line).encode(), "x.csv", layout=REGIONAL)
    (found,) = error.row_errors
    assert found.row == 3
    assert "columnas y no 15" in found.reason_es


def test_decimal_commas_are_read_where_the_file_proves_them() -> None:
    lines = [
        LINE.replace("12.5", "12#5").replace("7.25", "7#25"),
        LINE.replace("12.5", "1#581").replace("7.25", "7#25").replace(",3,77", ",4,77"),
    ]
    content = regional(*lines, separator=";").replace("#", ",").encode()
    amounts = [r.production_t for r in parse_regional(content).rows]
    assert amounts == [Decimal("12.5"), Decimal("1.581")]


def test_a_comma_that_nothing_explains_is_refused() -> None:
    line = LINE.replace("12.5", "1#581").replace("7.25", "7")
    content = regional(line, separator=";").replace("#", ",").encode()
    error = refused(content, "x.csv", layout=REGIONAL)
    assert "puede leerse de más de una manera" in error.row_errors[0].reason_es


def test_half_a_file_is_refused() -> None:
    content = regional(LINE)[:-5].encode()
    assert refused(content, "x.csv", layout=REGIONAL).code == "bad_rows"


def test_the_separator_is_that_of_the_header() -> None:
    assert read_delimited(b"\na;b,c;d\n1;2;3\n").separator == ";"
    assert read_delimited(b"a\n1\n").rows[1].cells == ("1",)
