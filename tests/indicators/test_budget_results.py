"""From days of alerts to stored lines, factors and notices, on PostGIS."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from indicators.alert_coverage import coverage_of, joined
from indicators.budget_results import refresh_budgets
from indicators.models import AlertFactor, AskedTask, BudgetLine, Load, RiseNotice
from indicators.models.versioning import current_data_version
from indicators.series.budget import budget_block, budget_details, rise_lines
from indicators.tasks import refresh_budgets as refresh_task
from territory.models import AlertDay, AlertSource
from tests.factories import LoadFactory, PlaceFactory
from tests.indicators.alert_days import (
    INTEGRATED,
    alert_days,
    ceiling,
    file_load,
    official,
    window_load,
)

pytestmark = pytest.mark.django_db
TODAY = dt.date(2024, 7, 2)


@pytest.fixture
def province() -> Any:
    return PlaceFactory(province=True)


@pytest.fixture
def district(province: Any) -> Any:
    return PlaceFactory(ubigeo="990101", name="Alto")


@pytest.fixture
def four_years(district: Any) -> Any:
    """100 ha in each of 2021 to 2023, half by 30 June; 60 ha in 2024 by then."""
    file_load()
    for year in (2021, 2022, 2023):
        halves = {dt.date(year, 1, 2): 50, dt.date(year, 12, 30): 50}
        alert_days(district, halves)
    alert_days(district, {dt.date(2024, 3, 1): 55, dt.date(2024, 6, 30): 5})
    return ceiling(110, slug="perdida")


def test_a_line_holds_the_numbers_of_its_source(four_years: Any) -> None:
    assert refresh_budgets(today=TODAY) == (1, 0)
    line = BudgetLine.objects.get()
    assert (line.year, line.data_to) == (2024, dt.date(2024, 6, 30))
    assert (line.to_date_ha, line.expected_ha) == (60, 55)
    assert (line.low_ha, line.high_ha) == (120, 120)
    assert not line.is_calendar
    assert line.record["shares"] == [[y, 50.0, 100.0] for y in (2021, 2022, 2023)]


def test_the_same_days_store_nothing_and_change_no_page(four_years: Any) -> None:
    refresh_budgets(today=TODAY)
    before = current_data_version()
    assert refresh_budgets(today=TODAY) == (0, 0)
    assert current_data_version() == before


def test_a_new_day_makes_a_new_line_and_keeps_the_old(
    four_years: Any, district: Any
) -> None:
    refresh_budgets(today=TODAY)
    alert_days(district, {dt.date(2024, 7, 1): 60})
    before = current_data_version()
    assert refresh_budgets(today=TODAY)[0] == 1
    assert current_data_version() > before
    old, new = BudgetLine.objects.order_by("pk")
    assert (old.is_current, new.is_current) == (False, True)
    assert (old.to_date_ha, new.to_date_ha) == (60, 120)


def test_sources_are_never_added(four_years: Any, district: Any) -> None:
    alert_days(district, {dt.date(2024, 5, 1): 7}, source=AlertSource.RADD)
    refresh_budgets(today=TODAY)
    assert dict(BudgetLine.objects.values_list("source", "to_date_ha")) == {
        INTEGRATED: 60,
        AlertSource.RADD: 7,
    }
    details = budget_details("perdida", lang="es", today=TODAY)
    assert [round(d.brief.to_date_ha) for d in details] == [60, 7]
    assert details[1].brief.is_calendar


def test_the_factor_is_kept_and_given_as_a_range(
    four_years: Any, province: Any
) -> None:
    official(four_years, province, {2021: "90", 2022: "120", 2020: "77"})
    refresh_budgets(today=TODAY)
    kept = dict(AlertFactor.objects.values_list("year", "official_ha"))
    assert kept == {2021: 90, 2022: 120}
    (detail,) = budget_details("perdida", lang="es", today=TODAY)
    assert detail.official == (54.0, 63.0, 72.0)
    assert [factor.factor for factor in detail.factors] == [0.9, 1.2]


def test_a_window_covers_only_its_days(district: Any) -> None:
    window_load(district, dt.date(2024, 1, 1), dt.date(2024, 7, 3))
    days = {dt.date(2022, 5, 1): 9, dt.date(2024, 6, 20): 1}
    alert_days(district, days)
    found = coverage_of(
        INTEGRATED, {district.pk: district.ubigeo}, source_code=INTEGRATED.label
    )
    assert found is not None
    assert found.whole_years() == ()
    assert found.holds(district.pk, dt.date(2024, 1, 1), dt.date(2024, 6, 20))
    # Asked for, but after the last alert: nobody has looked yet.
    assert not found.holds(district.pk, dt.date(2024, 6, 17), dt.date(2024, 6, 23))
    assert not found.holds(district.pk, dt.date(2022, 5, 1), dt.date(2022, 5, 2))


def test_spans_that_touch_are_one() -> None:
    days = [dt.date(2024, 1, n) for n in (1, 5, 9, 12, 20)]
    spans = [(days[3], days[4]), (days[1], days[2]), (days[0], days[1])]
    assert joined(spans) == ((days[0], days[2]), (days[3], days[4]))


def _weekly(start: dt.date, areas: list[float]) -> dict[dt.date, float]:
    return {
        start + dt.timedelta(days=7 * n): area for n, area in enumerate(areas) if area
    }


@pytest.fixture
def jump(district: Any) -> Any:
    """Twelve calm weeks from Monday 1 April 2024, then one of 40 ha."""
    window_load(district, dt.date(2024, 4, 1), dt.date(2024, 7, 2))
    areas = [11.0, 9.0] * 6 + [40.0]
    alert_days(district, _weekly(dt.date(2024, 4, 7), areas))
    return ceiling(110, slug="perdida")


def test_a_rise_is_told_once(jump: Any) -> None:
    assert refresh_budgets(today=TODAY)[1] == 1
    assert refresh_budgets(today=TODAY)[1] == 0
    notice = RiseNotice.objects.get()
    assert notice.monday == dt.date(2024, 6, 24)
    assert (notice.area_ha, notice.mean_ha) == (40, 10)
    (line,) = rise_lines(lang="es", today=TODAY)
    assert (line.district, line.last_day) == ("Alto", dt.date(2024, 6, 30))
    assert rise_lines(lang="es", today=dt.date(2024, 8, 1)) == ()


def test_an_old_rise_is_history_and_warns_nobody(jump: Any) -> None:
    assert refresh_budgets(today=dt.date(2024, 11, 1))[1] == 0


def test_the_database_refuses_a_second_notice_of_a_week(jump: Any) -> None:
    refresh_budgets(today=TODAY)
    notice = RiseNotice.objects.get()
    notice.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        notice.save(force_insert=True)


def test_a_published_load_asks_for_the_budget_once() -> None:
    from indicators.loaders.pipeline import finish

    load = LoadFactory(state=Load.State.VALIDATED, published_at=None)
    finish(load, Load.State.PUBLISHED)
    asked = AskedTask.objects.get(key=f"budgets:load-{load.pk}")
    assert asked.task == refresh_task.name
    finish(LoadFactory(state=Load.State.VALIDATED), Load.State.UNCHANGED)
    budgets = AskedTask.objects.filter(key__startswith="budgets:")
    assert budgets.count() == 1


def test_home_shows_block_and_notice_in_both_languages(jump: Any) -> None:
    made = timezone.localdate()
    refresh_budgets(today=TODAY)
    monday = made - dt.timedelta(days=made.weekday() + 7)
    RiseNotice.objects.update(monday=monday)
    for path in ("/", "/en/"):
        page = Client().get(path).content.decode()
        assert "share-bar" in page
        assert "notice-rise" in page
        assert "tone-worse" in page


def test_the_page_prints_the_sum_and_the_state(four_years: Any) -> None:
    refresh_budgets(today=TODAY)
    page = Client().get("/indicadores/perdida/").content.decode()
    for text in (
        "60 ÷ 110 = 55 %",
        "50 ÷ 100 = 0.500",
        "110 × 0.500 = 55 ha",
        "60 ÷ 0.500 = 120 ha",
        "Más de lo esperado",
        "Del 1 de enero al 30 de junio de 2024, las alertas suman 60 ha",
        "desde=2024-01-01&amp;hasta=2024-06-30",
        "desde=2024-01&amp;hasta=2024-06",
        "provisional",
    ):
        assert text in page, text


def test_over_the_ceiling_is_said_with_word_and_shape(
    four_years: Any, district: Any
) -> None:
    alert_days(district, {dt.date(2024, 7, 1): 60})
    refresh_budgets(today=TODAY)
    page = Client().get("/indicadores/perdida/").content.decode()
    assert "Tope superado" in page
    assert "tone-worse" in page
    assert "Pasan el tope por 10" in page


def test_without_alerts_the_page_says_so(province: Any) -> None:
    ceiling(110, slug="perdida")
    assert refresh_budgets(today=TODAY) == (0, 0)
    page = Client().get("/indicadores/perdida/").content.decode()
    assert "Todavía no hay alertas cargadas" in page
    assert budget_block(lang="es", today=TODAY) is None


def test_home_reads_its_block_in_one_query(
    four_years: Any, django_assert_num_queries: Any
) -> None:
    refresh_budgets(today=TODAY)
    budget_block(lang="es", today=TODAY)
    with django_assert_num_queries(1):
        block = budget_block(lang="es", today=TODAY)
    assert block is not None
    assert (block.line.pct, block.others) == (55, 0)
    with django_assert_num_queries(2):
        budget_details("perdida", lang="es", today=TODAY)


def test_a_made_up_source_is_marked_and_comes_last(
    four_years: Any, district: Any
) -> None:
    alert_days(district, {dt.date(2024, 5, 1): 7}, source=AlertSource.RADD)
    refresh_budgets(today=TODAY)
    lines = BudgetLine.objects.filter(source=INTEGRATED)
    lines.update(is_synthetic=True)
    block = budget_block(lang="es", today=TODAY)
    assert block is not None
    assert (block.line.source_code, block.others) == (AlertSource.RADD.label, 1)
    page = Client().get("/indicadores/perdida/").content.decode()
    assert "DATO SINTÉTICO" in page
    assert page.index(AlertSource.RADD.label) < page.index("DATO SINTÉTICO")


def test_the_database_refuses_two_current_lines(four_years: Any) -> None:
    refresh_budgets(today=TODAY)
    line = BudgetLine.objects.get()
    line.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        line.save(force_insert=True)


def test_the_stored_total_is_that_of_the_days(four_years: Any) -> None:
    refresh_budgets(today=TODAY)
    days = AlertDay.objects.filter(day__year=2024)
    total = sum((day.area_ha for day in days), Decimal(0))
    assert BudgetLine.objects.get().to_date_ha == total
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM indicators_budgetline")
        assert cursor.fetchone() == (1,)
