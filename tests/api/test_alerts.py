"""Alerts over the API: clusters by filter, monthly totals of one source each."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from territory.models import AlertMonth, Verification
from tests.factories import UserFactory, write_cluster

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def clusters(db: None) -> dict[str, Any]:
    return {
        "west": write_cluster(ubigeo="990101", alerts=9, day=dt.date(2026, 3, 30)),
        "east": write_cluster(ubigeo="990102", alerts=1, day=dt.date(2025, 5, 1)),
        "other": write_cluster(ubigeo="990101", day=dt.date(2026, 3, 1), source=4),
    }


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["west", "east", "other"]),
        ("?source=wur_radd_alerts", ["other"]),
        ("?place=990102", ["east"]),
        ("?confidence=highest", ["west", "other"]),
        ("?year=2025", ["east"]),
        ("?verification=false", ["west"]),
        ("?verification=unverified", ["east", "other"]),
    ],
)
def test_filters(query: str, names: list[str], clusters: Any, api: Client) -> None:
    Verification.objects.create(
        cluster=clusters["west"],
        order=1,
        state="false",
        visited_on=dt.date(2026, 4, 2),
        evidence="canario",
        role="officer",
        institution="municipal",
        alerts_then=9,
        recorded_by=UserFactory(),
    )
    page = api.get(f"/api/v1/alert-clusters/{query}")
    found = [f["properties"]["number"] for f in page.json()["features"]]
    assert found == [clusters[name].pk for name in names]
    assert "canario" not in page.content.decode()


@pytest.mark.parametrize(
    "query", ["source=nada", "confidence=2", "place=99", "year=26", "zona=1"]
)
def test_a_wrong_parameter_is_refused(query: str, clusters: Any, api: Client) -> None:
    assert api.get(f"/api/v1/alert-clusters/?{query}").status_code == 400


def test_totals_are_those_of_the_months(clusters: Any, api: Client) -> None:
    rows = api.get("/api/v1/alert-totals/").json()["results"]
    assert sum(row["alerts"] for row in rows) == 13
    march = [r for r in rows if r["month"] == "2026-03-01" and r["alerts"]]
    # The same month and place of two sources stays in rows of their own.
    assert {row["source"] for row in march} == {
        "gfw_integrated_alerts",
        "wur_radd_alerts",
    }
    kept = sum(float(row.area_ha) for row in AlertMonth.objects.filter(source=1))
    own = api.get("/api/v1/alert-totals/?source=gfw_integrated_alerts").json()
    assert sum(r["area_ha"] for r in own["results"]) == pytest.approx(kept)
