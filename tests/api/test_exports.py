"""Files a sheet may open without harm, and that say what is missing or made up."""

import csv
import datetime as dt
import io
import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import example, given, settings
from hypothesis import strategies as st

from indicators.exports import (
    COLUMNS,
    FORMULA_SIGNS,
    ExportRow,
    csv_bytes,
    csv_cell,
    file_name,
    json_bytes,
    plain_number,
    safe_text,
)
from indicators.models import SeriesBreak, YearlyValue
from tests import factories

ROW = ExportRow(
    indicator="BOS-01",
    ubigeo="990101",
    place="Nueva Perú",
    boundaries="made-up-2020",
    year=2024,
    value=Decimal("1182.0600"),
    unit="ha/año",
    kind="measured",
    no_data_reason="",
    source="Anuario, «tomo 2»",
    is_synthetic=False,
    state="published",
    version=1,
    published_at=dt.datetime(2026, 3, 4, 9, 30, tzinfo=dt.UTC),
    edition="2001-2023",
    previous_value=None,
    starts_series=False,
    evidence_level=3,
    evidence="Anuario (reservada)",
    proxy="4.º grado",
)
TYPED = ["place", "unit", "evidence"]
# Texts that begin like a formula more often than chance would have it.
RISKY = st.one_of(
    st.text(),
    st.builds("".join, st.tuples(st.sampled_from(sorted(FORMULA_SIGNS)), st.text())),
)
NUMBERS = (
    st.decimals(min_value=-(10**13), max_value=10**13, places=4, allow_nan=False)
    | st.none()
)


def read_back(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))


@settings(max_examples=400)
@given(text=RISKY)
@example(text="")
@example(text='=HYPERLINK("http://x")')
@example(text="＝1+1")
@example(text="\0=1")
def test_f21_no_text_is_a_formula_and_nothing_else_changes(text: str) -> None:
    guarded = safe_text(text)
    assert guarded[:1] not in FORMULA_SIGNS or guarded == ""
    assert guarded in (text, "'" + text)
    assert (guarded == text) == (text == "" or text[0] not in FORMULA_SIGNS)


@settings(max_examples=200)
@given(cells=st.tuples(RISKY, RISKY, RISKY), value=NUMBERS)
def test_f21_file_gives_back_every_cell(
    cells: tuple[str, str, str], value: Decimal | None
) -> None:
    texts = dict(zip(TYPED, cells, strict=True))
    (row,) = read_back(csv_bytes([replace(ROW, value=value, **texts)]))
    for name, text in texts.items():
        assert row[name] == safe_text(text)
    assert row["value"] == "" if value is None else Decimal(row["value"]) == value


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("1182.0600", "1182.06"),
        ("-1.5000", "-1.5"),
        ("0.0000", "0"),
        ("100", "100"),
        ("1E+3", "1000"),
        ("0.0001", "0.0001"),
        ("12345678901234.5678", "12345678901234.5678"),
    ],
)
def test_numbers_are_plain_digits(number: str, text: str) -> None:
    assert plain_number(Decimal(number)) == text


def test_a_missing_value_is_an_empty_cell_and_zero_is_not() -> None:
    assert csv_cell(None) == ""
    assert csv_cell(Decimal("0.0000")) == "0"


def test_csv_is_as_printed_here() -> None:
    assert csv_bytes([ROW]).decode("utf-8-sig") == (
        "indicator,ubigeo,place,boundaries,year,value,unit,kind,no_data_reason,"
        "source,is_synthetic,state,version,published_at,edition,previous_value,"
        "starts_series,evidence_level,evidence,proxy\r\n"
        "BOS-01,990101,Nueva Perú,made-up-2020,2024,1182.06,ha/año,measured,,"
        '"Anuario, «tomo 2»",false,published,1,2026-03-04T09:30:00+00:00,'
        "2001-2023,,false,3,Anuario (reservada),4.º grado\r\n"
    )


def test_csv_opens_in_pandas_with_its_first_column_named() -> None:
    frame = pd.read_csv(io.BytesIO(csv_bytes([ROW, replace(ROW, value=None)])))
    assert list(frame.columns) == list(COLUMNS)
    assert frame["value"][0] == 1182.06
    assert pd.isna(frame["value"][1])
    assert csv_bytes([])[:3] == b"\xef\xbb\xbf"


def test_json_has_null_for_missing_and_no_guard() -> None:
    row = replace(ROW, value=None, source="=1+1", no_data_reason="not_collected")
    document = json.loads(json_bytes({"licence": "CC BY 4.0"}, [row]))
    assert list(document["values"][0]) == list(COLUMNS)
    assert document["values"][0]["value"] is None
    assert document["values"][0]["source"] == "=1+1"


def test_file_name_says_that_figures_are_made_up() -> None:
    assert file_name("villa-alta", "BOS-01", [ROW]) == "villa-alta-BOS-01"
    made_up = [ROW, replace(ROW, is_synthetic=True)]
    assert file_name("villa-alta", "BOS-01", made_up) == "villa-alta-BOS-01-SINTETICO"


@pytest.mark.django_db
@pytest.mark.slow
class TestFilesOfAnIndicator:
    @staticmethod
    def address(kind: str, slug: str = "meta-1") -> str:
        return reverse(f"indicators:indicator-{kind}", args=[slug])

    def test_addresses(self) -> None:
        assert self.address("csv") == "/indicadores/meta-1/datos.csv"
        assert self.address("json") == "/indicadores/meta-1/datos.json"

    @pytest.mark.parametrize("kind", ["csv", "json"])
    def test_only_published_values_leave(
        self, kind: str, api: Client, indicator: Any
    ) -> None:
        for year, state in enumerate(YearlyValue.State, 2019):
            factories.YearlyValueFactory(
                indicator=indicator,
                year=year,
                state=state,
                source_text=f"fuente {state}",
                return_reason="No cuadra",
                change_reason="Error",
            )
        text = api.get(self.address(kind)).content.decode()
        found = [s for s in YearlyValue.State if f"fuente {s.value}" in text]
        assert found == [YearlyValue.State.PUBLISHED]
        assert "persona" not in text

    def test_the_first_year_of_a_new_method_is_marked(
        self, api: Client, indicator: Any
    ) -> None:
        for year in (2016, 2017, 2018):
            factories.YearlyValueFactory(indicator=indicator, year=year)
        SeriesBreak.objects.create(
            indicator=indicator, year=2017, reason_es="Otro método", reason_en="Another"
        )
        frame = pd.read_csv(io.BytesIO(api.get(self.address("csv")).content))
        assert list(frame["starts_series"]) == [False, True, False]
        meta = api.get(self.address("json")).json()["meta"]
        assert meta["series_breaks"] == [
            {"year": 2017, "reason_es": "Otro método", "reason_en": "Another"}
        ]

    def test_csv_is_a_download_with_a_name(self, api: Client, indicator: Any) -> None:
        factories.YearlyValueFactory(indicator=indicator, synthetic=True)
        response = api.get(self.address("csv"))
        assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert response.headers["Content-Disposition"] == (
            'attachment; filename="villa-alta-BOS-01-SINTETICO.csv"'
        )
        assert [row["is_synthetic"] for row in read_back(response.content)] == ["true"]

    def test_json_says_how_to_cite_it(self, api: Client, indicator: Any) -> None:
        source = factories.SourceFactory()
        factories.YearlyValueFactory(indicator=indicator, source=source, source_text="")
        document = api.get(self.address("json")).json()
        assert " ".join(sorted(document["meta"])) == (
            "citation_en citation_es goal has_synthetic_values indicator jurisdiction "
            "licence plan plan_version series_breaks sources title_en title_es unit_en "
            "unit_es"
        )
        assert document["meta"]["citation_es"] == (
            "Villa Alta 2030, indicador BOS-01. CC BY 4.0."
        )
        assert [s["code"] for s in document["meta"]["sources"]] == ["made_up_source"]
        assert document["values"][0]["source"] == "made_up_source"

    def test_english_address_has_the_english_unit(self, api: Client, db: None) -> None:
        indicator = factories.IndicatorFactory(
            goal__order=1, unit_es="jóvenes", unit_en="young people"
        )
        factories.YearlyValueFactory(indicator=indicator)
        spanish = read_back(api.get(self.address("csv")).content)
        english = read_back(api.get("/en" + self.address("csv")).content)
        assert spanish[0]["unit"] == "jóvenes"
        assert english[0]["unit"] == "young people"

    def test_unchanged_file_is_a_304(self, api: Client, indicator: Any) -> None:
        address = self.address("csv")
        tag = api.get(address).headers["ETag"]
        assert api.get(address, headers={"if-none-match": tag}).status_code == 304
        factories.YearlyValueFactory(indicator=indicator)
        assert api.get(address, headers={"if-none-match": tag}).status_code == 200

    @pytest.mark.parametrize("kind", ["csv", "json"])
    def test_unknown_or_odd_indicator_is_404(
        self, kind: str, api: Client, indicator: Any
    ) -> None:
        for slug in ("no-hay", "%00", "meta-1%00"):
            response = api.get(f"/indicadores/{slug}/datos.{kind}")
            assert response.status_code == 404
        assert api.post(self.address(kind)).status_code == 405

    def test_queries_do_not_grow(
        self, api: Client, indicator: Any, django_assert_max_num_queries: Any
    ) -> None:
        for year in range(2000, 2020):
            factories.YearlyValueFactory(indicator=indicator, year=year)
        # Two read the data version: one for the page cache, one for the tag.
        with django_assert_max_num_queries(6):
            assert len(api.get(self.address("json")).json()["values"]) == 20
