"""Selectors read a bounded number of queries and never what is not published."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from indicators.models import Crop, Derivation, Indicator
from indicators.results import recompute_progress
from indicators.series import (
    axis_summary,
    home_site,
    home_summary,
    indicator_history,
    indicator_page,
    indicator_rows,
    mark_of,
    source_states,
)
from tests.factories import LoadFactory, SourceFactory, YearlyValueFactory
from tests.pages.conftest import Situation

TODAY = dt.date(2026, 3, 1)
pytestmark = pytest.mark.django_db


def rows_by_slug() -> dict[str, Any]:
    return {row.slug: row for row in indicator_rows(lang="es", today=TODAY)}


@pytest.mark.parametrize(
    ("ceiling", "read"),
    [
        (6, lambda: home_summary(lang="es", today=TODAY)),
        (3, lambda: axis_summary("bosque", lang="es", today=TODAY)),
        (2, lambda: indicator_rows(lang="es", today=TODAY)),
        (5, lambda: indicator_page("perdida", lang="es", today=TODAY)),
        (3, lambda: indicator_history("perdida", lang="es", today=TODAY)),
        (2, lambda: source_states(lang="es", today=TODAY, has_key=lambda _: True)),
        (1, lambda: home_site("es")),
    ],
    ids=["home", "axis", "rows", "page", "history", "sources", "site"],
)
def test_queries_do_not_pass_their_ceiling(
    ceiling: int, read: Any, situation: Situation, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(ceiling):
        assert read()


def test_home_counts_each_goal_once(situation: Situation) -> None:
    home = home_summary(lang="es", today=TODAY)
    assert home.total == 6
    assert sum(count.number for count in home.counts) == 6
    assert home.synthetic == 1
    assert [(a.code, a.assessed, a.total) for a in home.axes] == [
        ("bosque", 2, 2),
        ("gente", 1, 4),
    ]
    assert home.sentence.startswith("De 6 indicadores: 1 con la meta alcanzada")


def test_headline_is_the_first_goal_assessed_from_real_values(
    situation: Situation,
) -> None:
    headline = home_summary(lang="es", today=TODAY).headline
    assert headline is not None
    assert headline.row.slug == "perdida"
    printed = [line.printed for line in headline.sum.lines]
    assert "y2024 = 1,182.06 < 1,581 ✓" in printed
    assert "y2023 = 1,463.76 < 1,581 ✓" in printed


def test_an_empty_database_has_a_home() -> None:
    home = home_summary(lang="es", today=TODAY)
    assert (home.total, home.headline, home.latest) == (0, None, ())
    assert home_site("es").title == ""


@pytest.mark.parametrize(
    ("slug", "word", "lacks"),
    [
        ("escuelas", "Falta un valor", ["la línea de base", "un valor publicado"]),
        ("cuencas", "Falta la definición", ["la definición"]),
        ("jovenes", "Falta un valor", ["el número de la meta", "un valor publicado"]),
    ],
)
def test_what_is_missing_is_named_with_whose_turn_it_is(
    slug: str, word: str, lacks: list[str], situation: Situation
) -> None:
    row = rows_by_slug()[slug]
    assert row.mark.word == word
    named = [lack.what for lack in row.missing]
    assert all(any(n.startswith(lack) for n in named) for lack in lacks)
    assert all(lack.turn.startswith("Le toca") for lack in row.missing)


def test_an_assessed_goal_lacks_nothing(situation: Situation) -> None:
    assert rows_by_slug()["yuca"].missing == ()


@pytest.mark.parametrize("state", ["draft", "in_review", "returned"])
def test_what_is_not_published_is_nowhere(
    state: str, situation: Situation, province: Any
) -> None:
    YearlyValueFactory(
        indicator=situation.ceiling,
        place=province,
        year=2025,
        value=Decimal("987654"),
        draft=True,
        state=state,
        return_reason="Falta evidencia" if state == "returned" else "",
    )
    recompute_progress(
        indicator_id=situation.ceiling.pk, place_id=province.pk, trigger="prueba"
    )
    shown = (
        indicator_page("perdida", lang="es", today=TODAY),
        indicator_history("perdida", lang="es", today=TODAY),
        home_summary(lang="es", today=TODAY),
    )
    assert "987654" not in repr(shown).replace(",", "")


def test_years_without_a_value_are_rows_and_holes(situation: Situation) -> None:
    page = indicator_page("perdida", lang="es", today=TODAY)
    assert page is not None
    table = {row.year: row for row in page.values}
    assert list(table) == list(range(2024, 2014, -1))
    assert table[2020].value is None
    assert table[2020].reason == "no se levantó"
    assert table[2021].reason == "no hay registro"
    holes = [p.year for p in page.series.points if p.value is None]
    assert holes == [2017, 2018, 2020, 2021]


def test_years_before_a_change_of_method_are_not_held_against_the_target(
    situation: Situation,
) -> None:
    page = indicator_page("perdida", lang="es", today=TODAY)
    assert page is not None
    meets = {row.year: row.meets for row in page.values}
    assert meets[2024] is True
    assert meets[2022] is False
    assert meets[2016] is None


def test_a_cumulative_goal_shows_its_running_total(situation: Situation) -> None:
    page = indicator_page("alianzas", lang="es", today=TODAY)
    assert page is not None
    assert [p.value for p in page.series.points] == [1.0, 2.0]
    assert page.total == 2.0
    assert [row.value for row in page.values] == [1.0, 1.0]


def test_history_tells_a_correction_in_words_of_before_and_after(
    situation: Situation, province: Any
) -> None:
    old = situation.faster.values.get(year=2025)
    old.state = "superseded"
    old.save()
    YearlyValueFactory(
        indicator=situation.faster,
        place=province,
        year=2025,
        version=2,
        value=Decimal("1.2"),
        supersedes=old,
        change_reason="La fuente corrigió",
    )
    history = indicator_history("yuca", lang="es", today=TODAY)
    assert history is not None
    newest = next(change for change in history.changes if change.kind == "valor")
    assert newest.what == "de 1.13 a 1.2 t/ha"
    assert newest.reason == "La fuente corrigió"
    assert sum(c.kind == "valor" and c.year == 2025 for c in history.changes) == 2


def test_no_page_names_a_person(situation: Situation) -> None:
    page = indicator_page("yuca", lang="es", today=TODAY)
    assert "persona" not in repr(page).replace("otra persona de Revisión", "")


def test_a_stale_value_is_said(situation: Situation) -> None:
    late = {r.slug: r for r in indicator_rows(lang="es", today=dt.date(2027, 1, 1))}
    assert late["perdida"].is_stale
    assert not rows_by_slug()["yuca"].is_stale


def test_a_status_the_method_does_not_have_is_refused() -> None:
    with pytest.raises(KeyError):
        mark_of("splendid", "")


@pytest.mark.parametrize(
    ("facts", "load", "state"),
    [
        ({"key_setting": "NO_SUCH_KEY"}, None, "no_key"),
        ({}, None, "never"),
        ({"is_scheduled": False}, None, "file"),
        ({}, {"state": "rejected", "reason": "Fila 3"}, "rejected"),
        ({}, {"state": "held", "reason": "Cambió 12 %"}, "held"),
    ],
    ids=["no key", "never", "file", "rejected", "held"],
)
def test_state_of_a_source(
    facts: dict[str, Any], load: dict[str, Any] | None, state: str, db: Any
) -> None:
    source = SourceFactory(code="una", **facts)
    if load is not None:
        LoadFactory(source=source, published_at=None, **load)
    (line,) = source_states(lang="es", today=TODAY, has_key=lambda _: False)
    assert line.state == state
    assert line.reason == (load or {}).get("reason", "")


def test_a_source_is_late_after_its_own_days(situation: Situation) -> None:
    def state(today: dt.date) -> str:
        (line,) = source_states(lang="es", today=today, has_key=lambda _: True)
        return line.state

    loaded = SourceFactory().loads.get().published_at.date()
    assert state(loaded + dt.timedelta(days=399)) == "fresh"
    assert state(loaded + dt.timedelta(days=402)) == "late"


def test_a_source_is_late_by_its_data_when_its_indicator_is(db: Any) -> None:
    source = SourceFactory(frequency_months=12, late_after_days=9999)
    LoadFactory(source=source, data_to_year=2024)

    def line(today: dt.date) -> Any:
        return source_states(lang="es", today=today, has_key=lambda _: True)[0]

    # Twelve months and six after the end of 2024, as PROGRESS counts a value's age.
    assert line(dt.date(2026, 6, 30)).state == "fresh"
    late = line(dt.date(2026, 7, 1))
    assert (late.state, late.late_since) == ("late", dt.date(2026, 6, 30))


def test_a_list_shows_the_running_total_a_cumulative_target_means(
    situation: Situation,
) -> None:
    totals = {row.slug: row.total for row in indicator_rows(lang="es", today=TODAY)}
    parts = [row for row in rows_by_slug().values() if row.is_yearly_part]
    for row in parts:
        page = indicator_page(row.slug, lang="es", today=TODAY)
        assert page is not None
        assert totals[row.slug] == page.total
    assert {slug for slug, total in totals.items() if total is not None} <= {
        row.slug for row in parts
    }


def test_a_page_says_how_its_source_becomes_a_value(situation: Situation) -> None:
    row = Indicator.objects.get(slug="perdida")
    row.crop = "cacao"
    row.save()
    Crop.objects.create(code="cacao", name_es="c", name_en="c", kind="perennial")
    Derivation.objects.create(
        source=SourceFactory(),
        indicator=row,
        rule="crop_yield",
        without_number=[{"year": 2025, "months": 6, "why": "months"}],
    )
    page = indicator_page("perdida", lang="es", today=TODAY)
    assert page is not None
    assert page.derivation.startswith("Fuente inventada. Producción de los 12 meses")
    assert page.without_number == ("2025, con 6 de 12 meses",)
