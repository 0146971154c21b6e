"""Evidence in public: the level, the list, the badge, and what stays reserved."""

from typing import Any

import pytest
from django.test import Client

from indicators.models import Indicator, ProgressResult, YearlyValue
from indicators.results import recompute_progress
from tests.factories import (
    EvidenceFactory,
    LoadFactory,
    SourceFactory,
    TargetFactory,
    YearlyValueFactory,
    add_frozen_evidence,
)

pytestmark = pytest.mark.django_db
RESERVED = {
    "url": "https://example.org/canario",
    "title": "Acta de la mesa",
    "is_public": False,
    "kind": "statement",
}


@pytest.fixture
def indicator() -> Indicator:
    made: Indicator = TargetFactory().indicator
    return made


def publish(indicator: Indicator, year: int, **fields: Any) -> YearlyValue:
    value: YearlyValue = YearlyValueFactory(indicator=indicator, year=year, **fields)
    return value


def recompute(value: YearlyValue) -> ProgressResult:
    recompute_progress(
        indicator_id=value.indicator_id, place_id=value.place_id, trigger="prueba"
    )
    return ProgressResult.objects.get(is_current=True)


def page(indicator: Indicator, more: str = "") -> str:
    response = Client().get(f"/indicadores/{indicator.slug}/{more}")
    assert response.status_code == 200
    return response.content.decode()


def api_value() -> dict[str, Any]:
    (value,) = Client().get("/api/v1/values/").json()["results"]
    found: dict[str, Any] = value
    return found


def test_page_history_files_and_api_tell_the_reserved_title_and_no_more(
    indicator: Indicator,
) -> None:
    value = publish(indicator, 2024)
    reserved = add_frozen_evidence(value, **RESERVED)
    public = add_frozen_evidence(value, url="https://example.org/abierto")
    for more in ("", "historial/"):
        html = page(indicator, more)
        assert 'href="https://example.org/abierto"' in html
        assert "Acta de la mesa" in html and "reservada" in html
        assert "canario" not in html
        assert f"/evidencia/{reserved.pk}/" not in html
        assert "Documento o conjunto de datos" in html and "3 de 4" in html
    shown = api_value()
    assert shown["evidence_level"] == 3
    assert shown["evidence"] == [
        {
            "title": "Acta de la mesa",
            "kind": "statement",
            "is_public": False,
            "url": None,
            "sha256": None,
        },
        {
            "title": public.title,
            "kind": "document",
            "is_public": True,
            "url": "https://example.org/abierto",
            "sha256": None,
        },
    ]
    csv = Client().get(f"/indicadores/{indicator.slug}/datos.csv").content.decode()
    said = "Acta de la mesa (reservada); Anuario 2024 (https://example.org/abierto)"
    assert csv.splitlines()[1].endswith(f",3,{said},")


def test_a_public_file_is_linked_with_its_kind_and_size(indicator: Indicator) -> None:
    file = {"path": "evidence/a.pdf", "size_bytes": 2_097_152, "sha256": "b" * 64}
    row = add_frozen_evidence(
        publish(indicator, 2024), url="", original_sha256="a" * 64, **file
    )
    html = page(indicator)
    assert f'href="/evidencia/{row.pk}/"' in html
    assert "PDF, 2,0" in html.replace("2.0", "2,0")
    part = api_value()["evidence"][0]
    assert (part["url"], part["sha256"]) == (f"/evidencia/{row.pk}/", "b" * 64)


def test_a_value_without_evidence_says_so(indicator: Indicator) -> None:
    publish(indicator, 2024)
    html = page(indicator)
    assert "Sin evidencia" in html and "0 de 4" in html
    assert "Nadie presentó todavía" in html
    assert (api_value()["evidence_level"], api_value()["evidence"]) == (0, [])


@pytest.mark.parametrize(
    ("is_official", "kind", "level"),
    [(True, "measured", 4), (True, "estimated", 3), (False, "measured", 3)],
)
def test_a_loaded_value_has_its_source_for_evidence(
    is_official: bool, kind: str, level: int, indicator: Indicator
) -> None:
    source = SourceFactory(is_official=is_official)
    load = LoadFactory(source=source)
    value = publish(
        indicator, 2024, load=load, source=source, kind=kind, recorded_by=None
    )
    html = page(indicator)
    assert f"{level} de 4" in html
    assert "llegó con una carga automática" in html
    assert api_value()["evidence_level"] == level
    assert recompute(value).evidence_level == level


def test_evidence_of_a_withdrawn_version_is_titles_alone(indicator: Indicator) -> None:
    value = publish(indicator, 2024)
    add_frozen_evidence(value, url="https://example.org/canario")
    value.state, value.change_reason = YearlyValue.State.WITHDRAWN, "Se midió mal."
    value.save()
    html = page(indicator, "historial/")
    assert "Anuario 2024" in html
    assert "canario" not in html


def test_evidence_of_a_draft_is_nowhere_in_public(indicator: Indicator) -> None:
    publish(indicator, 2023)
    draft = YearlyValueFactory(draft=True, indicator=indicator, year=2024)
    EvidenceFactory(value=draft, title="canario", url="https://example.org/canario")
    for more in ("", "historial/", "datos.csv", "datos.json"):
        assert "canario" not in page(indicator, more)
    assert b"canario" not in Client().get("/api/v1/values/").content


def test_the_badge_is_the_worst_of_the_values_that_decide(
    indicator: Indicator,
) -> None:
    worst = publish(indicator, 2022)
    add_frozen_evidence(worst, kind="third_party")
    add_frozen_evidence(publish(indicator, 2023), kind="official_statistic")
    # They decide nothing: no number, and a number that may change.
    publish(indicator, 2024, value=None, kind="no_data", no_data_reason="not_published")
    publish(indicator, 2025, kind="preliminary")
    assert recompute(worst).evidence_level == 2
    html = page(indicator)
    assert "Es la más débil" in html
    assert "Tercero o foto" in Client().get("/indicadores/").content.decode()
    (result,) = Client().get("/api/v1/results/").json()["results"]
    assert result["evidence_level"] == 2


def test_no_deciding_value_has_no_badge(indicator: Indicator) -> None:
    value = publish(indicator, 2025, kind="preliminary")
    assert recompute(value).evidence_level is None
    assert "Es la más débil" not in page(indicator)


def test_a_result_is_kept_when_the_evidence_alone_changed(
    indicator: Indicator,
) -> None:
    value = publish(indicator, 2024)
    before = recompute(value)
    assert recompute(value) == before
    add_frozen_evidence(value)
    after = recompute(value)
    assert (before.evidence_level, after.evidence_level) == (0, 3)
    assert ProgressResult.objects.count() == 2


def test_twenty_items_a_year_cost_no_query_more_and_fit_the_page(
    indicator: Indicator, django_assert_max_num_queries: Any
) -> None:
    for year in range(2010, 2026):
        value = publish(indicator, year)
        for number in range(20):
            url = f"https://example.org/{'a' * 60}/{year}/{number}"
            add_frozen_evidence(value, url=url, title="Informe " * 8)
    with django_assert_max_num_queries(8):
        html = page(indicator)
    assert len(html.encode()) <= 100_000
