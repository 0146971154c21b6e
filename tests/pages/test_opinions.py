"""Another measurement beside an indicator, and tables compared on /fuentes/."""

import csv
import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from indicators.models import AnnualLoss, Load, ProgressResult, SecondOpinion
from indicators.results import recompute_progress
from indicators.series import indicator_page, source_states
from tests.factories import LoadFactory, PlaceFactory, SourceFactory
from tests.loaders.test_load_admin import UPLOAD, reviewer, signed_in
from tests.loaders.test_more_sources import alert_csv
from tests.pages.conftest import Situation

TODAY = dt.date(2026, 3, 1)
PUBLISHED_AT = dt.datetime(2026, 2, 1, 12, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


def edition(source: Any, name: str, losses: dict[int, str], **facts: Any) -> Load:
    load: Load = LoadFactory(
        source=source,
        state=Load.State.PUBLISHED,
        edition=name,
        published_at=facts.pop("published_at", PUBLISHED_AT),
        **facts,
    )
    for year, loss_ha in losses.items():
        AnnualLoss.objects.create(
            load=load,
            place=PlaceFactory(province=True, name="Villa Alta"),
            year=year,
            loss_ha=Decimal(loss_ha),
        )
    return load


@pytest.fixture
def other(situation: Situation) -> Any:
    """A second source with a hole in 2022, beside the indicator of the loss."""
    source = SourceFactory(
        code="gfw_tree_cover_loss",
        name_es="Otra fuente",
        name_en="Another source",
        licence="CC BY 4.0",
        cautions_es=["No se suma."],
        cautions_en=["Never added."],
    )
    edition(
        source, "v1.12", {2021: "1.00"}, published_at=PUBLISHED_AT.replace(year=2025)
    )
    edition(source, "v1.13", {2021: "777.25", 2023: "888.50"})
    SecondOpinion.objects.create(source=source, indicator=situation.ceiling)
    return source


def read(lang: Any = "es") -> Any:
    page = indicator_page("perdida", lang=lang, today=TODAY)
    assert page is not None
    return page


def test_the_newest_edition_stands_beside_the_line_with_its_holes(other: Any) -> None:
    edition(
        other, "v1.14", {2021: "1.00"}, published_at=PUBLISHED_AT.replace(year=2024)
    )
    page = read()
    [opinion] = page.opinions
    assert (opinion.source.name, opinion.edition) == ("Otra fuente", "v1.13")
    assert [(line.year, line.value) for line in opinion.years] == [
        (2021, 777.25),
        (2022, None),
        (2023, 888.5),
    ]
    assert [point.value for point in opinion.series.points] == [777.25, None, 888.5]
    assert read("en").opinions[0].source.name == "Another source"


def test_it_changes_neither_line_nor_verdict_nor_query_count(
    situation: Situation, other: Any, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(5):
        page = read()
    given = {777.25, 888.5}
    assert not given & {point.value for point in page.series.points}
    assert not given & {value.value for value in page.values}
    before = ProgressResult.objects.filter(indicator=situation.ceiling).count()
    recompute_progress(
        indicator_id=situation.ceiling.pk,
        place_id=PlaceFactory(province=True, name="Villa Alta").pk,
        trigger="test",
    )
    after = ProgressResult.objects.filter(indicator=situation.ceiling).count()
    assert after == before


def test_an_indicator_without_one_shows_nothing(
    client: Client, situation: Situation
) -> None:
    assert read().opinions == ()
    page = client.get("/indicadores/perdida/").content.decode()
    assert "Otra medición" not in page


@pytest.mark.parametrize("state", ["held", "rejected", "discarded"])
def test_what_is_not_published_is_not_shown(situation: Situation, state: str) -> None:
    source = SourceFactory(code="otra")
    load = LoadFactory(source=source, state=state, reason="x", published_at=None)
    place = PlaceFactory(province=True, name="Villa Alta")
    AnnualLoss.objects.create(load=load, place=place, year=2023, loss_ha=1)
    SecondOpinion.objects.create(source=source, indicator=situation.ceiling)
    assert read().opinions == ()


def test_the_page_says_that_it_is_not_mixed(client: Client, other: Any) -> None:
    page = client.get("/indicadores/perdida/").content.decode()
    assert "No se suma ni se mezcla." in page
    assert "777.25" in page
    assert "Sin dato" in page[page.index("t-opinion-1") :]
    assert "v1.13" in page
    assert reverse("indicators:opinion-csv", args=["perdida"]) in page


def test_its_files_are_apart_from_the_published_values(
    client: Client, other: Any
) -> None:
    own = client.get(reverse("indicators:indicator-csv", args=["perdida"]))
    assert b"777.25" not in own.content
    answer = client.get(reverse("indicators:opinion-csv", args=["perdida"]))
    assert "otra-medicion" in answer["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["year"], row["value"], row["kind"]) for row in rows] == [
        ("2021", "777.25", "second_opinion"),
        ("2023", "888.5", "second_opinion"),
    ]
    document = client.get(reverse("indicators:opinion-json", args=["perdida"])).json()
    assert [row["value"] for row in document["values"]] == [777.25, 888.5]
    assert [source["code"] for source in document["meta"]["sources"]] == [
        "gfw_tree_cover_loss"
    ]


def test_the_database_keeps_one_opinion_a_source(
    situation: Situation, other: Any
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        SecondOpinion.objects.create(source=other, indicator=situation.ceiling)


def test_a_comparison_is_shown_with_what_is_missing(client: Client, db: Any) -> None:
    source = SourceFactory(code="gfw_adm2_loss")
    lines = [
        {"period": "2023", "theirs_ha": 210.0, "own_ha": 200.0, "difference_pct": 5.0},
        {"period": "2024", "theirs_ha": 30.2, "own_ha": None, "difference_pct": None},
    ]
    LoadFactory(
        source=source,
        state=Load.State.PUBLISHED,
        published_at=PUBLISHED_AT,
        report={"comparison": lines},
    )
    page = client.get("/fuentes/").content.decode()
    assert "Comparación con lo cargado aquí" in page
    table = page[page.index("<tbody>") : page.index("</tbody>")]
    assert table.count("Sin dato") == 1
    assert "–" in table


def test_a_set_with_a_key_that_nobody_loads_is_not_listed(db: Any) -> None:
    SourceFactory(code="wur_radd_alerts", key_setting="K", is_scheduled=False)
    loaded = SourceFactory(code="umd_glad", key_setting="K", is_scheduled=False)
    SourceFactory(code="nasa_firms", key_setting="K", is_scheduled=True)
    LoadFactory(source=loaded)
    states = source_states(lang="es", today=TODAY, has_key=lambda _: False)
    assert {state.code: state.state for state in states} == {
        "umd_glad": "no_key",
        "nasa_firms": "no_key",
    }


def test_alerts_are_uploaded_in_the_admin_and_held(db: Any) -> None:
    SourceFactory(code="wur_radd_alerts")
    PlaceFactory(ubigeo="990101")
    client = signed_in(reviewer())
    assert "wur_radd_alerts" in client.get(UPLOAD).content.decode()
    file = SimpleUploadedFile("radd.csv", alert_csv("wur_radd_alerts"))
    answer = client.post(UPLOAD, {"source": "wur_radd_alerts", "file": file})
    assert answer.status_code == 302
    load = Load.objects.get()
    assert (load.state, load.source.code) == (Load.State.HELD, "wur_radd_alerts")
    unknown = client.post(UPLOAD, {"source": "nadie", "file": file})
    assert unknown.status_code == 200
    assert Load.objects.count() == 1
