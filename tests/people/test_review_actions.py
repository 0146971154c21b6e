"""Publishing many at once: what was seen, by a second person, once an indicator."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from indicators.models import ProgressResult, YearlyValue
from indicators.yearly.review_actions import Chosen, publish_values
from indicators.yearly.writing import ValueRefusedError
from tests import factories

# Two updates and the progress of one indicator in one place.
QUERIES_AN_INDICATOR = 14
MakeRow = Callable[..., YearlyValue]


@pytest.fixture
def indicator(db: None):
    return factories.TargetFactory().indicator


@pytest.fixture
def waiting(indicator, editor: User) -> MakeRow:
    place = factories.PlaceFactory(province=True)

    def make(year: int, **fields: object) -> YearlyValue:
        made: YearlyValue = factories.YearlyValueFactory(
            **{
                "indicator": indicator,
                "place": place,
                "year": year,
                "draft": True,
                "state": "in_review",
                "recorded_by": editor,
            }
            | fields
        )
        return made

    return make


def chosen(*rows: YearlyValue) -> list[Chosen]:
    return [Chosen(row.pk, row.lock_version) for row in rows]


def codes(actor: User, *rows: YearlyValue) -> list[str]:
    return [one.code for one in publish_values(actor=actor, chosen=chosen(*rows))]


def test_many_are_published_and_progress_is_computed_once(
    waiting: MakeRow, reviewer: User, indicator
) -> None:
    rows = [waiting(year) for year in (2022, 2023, 2024)]
    assert codes(reviewer, *rows) == ["published"] * 3
    assert set(YearlyValue.objects.published()) == set(rows)
    assert ProgressResult.objects.get(indicator=indicator).latest_year == 2024
    stored = YearlyValue.objects.get(pk=rows[0].pk)
    assert (stored.reviewed_by, stored.lock_version) == (reviewer, 2)
    assert stored.events.latest("pgh_id").pgh_context.metadata["user"] == reviewer.pk


def test_stale_and_own_values_stay_and_the_others_are_published(
    waiting: MakeRow, reviewer: User, editor: User
) -> None:
    stale, own, good = waiting(2022), waiting(2023, recorded_by=reviewer), waiting(2024)
    YearlyValue.objects.filter(pk=stale.pk).update(value="9", lock_version=2)
    returned = waiting(2021, state="returned", return_reason="Falta la página.")
    assert codes(reviewer, stale, own, good, returned) == [
        "stale",
        "own_value",
        "published",
        "wrong_state",
    ]
    assert list(YearlyValue.objects.published()) == [good]


def test_values_of_closed_years_and_unknown_ones_are_named(
    waiting: MakeRow, reviewer: User
) -> None:
    row = waiting(2022)
    factories.YearLockFactory(year=2022)
    outcomes = publish_values(actor=reviewer, chosen=[*chosen(row), Chosen(999_999, 1)])
    assert [one.code for one in outcomes] == ["year_locked", "wrong_state"]


def test_correction_keeps_the_old_version_beside_the_others(
    waiting: MakeRow, reviewer: User
) -> None:
    old = waiting(
        2023, state="published", reviewed_by=reviewer, published_at="2024-01-01T00:00Z"
    )
    new = waiting(2023, version=2, supersedes=old, change_reason="La fuente.")
    assert codes(reviewer, new, waiting(2024)) == ["published"] * 2
    old.refresh_from_db()
    assert (old.state, old.lock_version) == ("superseded", 2)


def test_contradiction_leaves_that_indicator_and_publishes_the_others(
    waiting: MakeRow, reviewer: User
) -> None:
    other = factories.TargetFactory().indicator
    share = factories.TargetFactory(
        indicator__target_type="percent_of_baseline", value="30"
    ).indicator
    factories.BaselineFactory(indicator=share, value=0)
    wrong, right = waiting(2024, indicator=share), waiting(2024, indicator=other)
    assert codes(reviewer, wrong, right) == ["contradiction", "published"]
    wrong.refresh_from_db()
    assert (wrong.state, wrong.reviewed_by) == ("in_review", None)


def test_queries_grow_with_the_indicators_and_not_with_the_values(
    waiting: MakeRow, reviewer: User
) -> None:
    def queries(*rows: YearlyValue) -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert set(codes(reviewer, *rows)) == {"published"}
        return len(caught)

    publish_values(actor=reviewer, chosen=[])
    one = queries(waiting(2000))
    assert queries(*[waiting(year) for year in range(2001, 2025)]) == one
    others = [factories.TargetFactory().indicator for _ in range(3)]
    rows = [waiting(2024, indicator=indicator) for indicator in others]
    assert queries(*rows) <= one + 2 * QUERIES_AN_INDICATOR


def test_without_the_permission_nothing_is_published(
    waiting: MakeRow, make_person: Callable[..., User]
) -> None:
    row = waiting(2024)
    with pytest.raises(ValueRefusedError, match="not_allowed"):
        publish_values(actor=make_person("editor"), chosen=chosen(row))


def test_first_author_is_left_out_after_a_colleague_saved(
    waiting: MakeRow, editor: User, make_person: Callable[..., User]
) -> None:
    row = waiting(2024)
    YearlyValue.objects.filter(pk=row.pk).update(recorded_by=make_person("editor"))
    editor.groups.add(Group.objects.get(name="reviewer"))
    assert codes(User.objects.get(pk=editor.pk), row) == ["own_value"]
