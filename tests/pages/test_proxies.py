"""A value that stands in for another says so wherever it is shown."""

from typing import Any

import pytest
from django.test import Client

from indicators.models import YearlyValue
from indicators.results import recompute_progress
from tests.pages.conftest import Situation

pytestmark = pytest.mark.django_db
WORDS = "departamento en lugar de provincia"


@pytest.fixture
def stands_in(situation: Situation) -> YearlyValue:
    row = YearlyValue.objects.filter(
        indicator=situation.ceiling, value__isnull=False
    ).latest("year")
    YearlyValue.objects.filter(pk=row.pk).update(proxy=WORDS)
    row.refresh_from_db()
    recompute_progress(
        indicator_id=row.indicator_id, place_id=row.place_id, trigger="test"
    )
    return row


def paths(row: YearlyValue) -> dict[str, str]:
    axis, slug = row.indicator.goal.axis.code, row.indicator.slug
    return {
        "home": "/",
        "axis": f"/ejes/{axis}/",
        "list": "/indicadores/",
        "page": f"/indicadores/{slug}/",
        "history": f"/indicadores/{slug}/historial/",
        "csv": f"/indicadores/{slug}/datos.csv",
        "json": f"/indicadores/{slug}/datos.json",
        "api": f"/api/v1/values/?indicator={row.indicator.code}",
        "figure": f"/indicadores/{slug}/grafico.json",
    }


@pytest.mark.parametrize(
    "name", ["home", "axis", "list", "page", "history", "csv", "json", "api"]
)
def test_a_proxy_is_marked_on(name: str, stands_in: YearlyValue) -> None:
    response = Client().get(paths(stands_in)[name])
    assert response.status_code == 200
    text = b"".join(response) if response.streaming else response.content
    assert WORDS in text.decode()


def test_the_page_says_so_above_in_the_table_and_in_the_chart(
    stands_in: YearlyValue,
) -> None:
    text = Client().get(paths(stands_in)["page"]).content.decode()
    assert f"{WORDS} ({stands_in.year})" in text
    assert f"Indicador sustituto: {WORDS}." in text
    assert f"Es un indicador sustituto el valor de: {stands_in.year}." in text


def test_the_interactive_chart_and_the_opening_goal_say_so(
    stands_in: YearlyValue,
) -> None:
    figure = Client().get(paths(stands_in)["figure"]).content.decode()
    assert "indicador sustituto" in figure
    text = Client().get("/").content.decode()
    assert f"Es un indicador sustituto el valor de: {stands_in.year}." in text


def test_the_api_gives_null_for_what_is_no_proxy(stands_in: YearlyValue) -> None:
    page = Client().get(paths(stands_in)["api"]).json()
    results: list[dict[str, Any]] = page["results"]
    marked = {row["year"] for row in results if row["proxy"] == WORDS}
    assert marked == {stands_in.year}
    assert {row["proxy"] for row in results if row["year"] != stands_in.year} == {None}


def test_rows_are_not_marked_for_a_proxy_of_an_earlier_year(
    stands_in: YearlyValue,
) -> None:
    YearlyValue.objects.filter(indicator=stands_in.indicator).update(proxy="")
    first = YearlyValue.objects.filter(indicator=stands_in.indicator).earliest("year")
    YearlyValue.objects.filter(pk=first.pk).update(proxy=WORDS)
    assert WORDS not in Client().get(paths(stands_in)["axis"]).content.decode()
    assert WORDS in Client().get(paths(stands_in)["page"]).content.decode()
