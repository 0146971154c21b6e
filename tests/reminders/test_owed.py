"""Who owes what by when."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from indicators.models import Assignment, Derivation, YearLock
from indicators.reminders.owed import owed_by, without_address
from tests.factories import SourceFactory, YearlyValueFactory
from tests.reminders.conftest import assign

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 6, 1)


def owed_years_of(person: User, today: dt.date = TODAY) -> list[tuple[int, bool]]:
    owed = owed_by([person.pk], today=today)[person.pk]
    return [
        (value.year, group.is_late) for group in owed.groups for value in group.values
    ]


def test_every_finished_year_since_the_assignment_is_owed(editor: User) -> None:
    assign(editor)
    assert owed_years_of(editor) == [(2024, True), (2025, False)]
    groups = owed_by([editor.pk], today=TODAY)[editor.pk].groups
    assert [group.due_on for group in groups] == [
        dt.date(2025, 6, 30),
        dt.date(2026, 6, 30),
    ]


def test_the_due_day_itself_is_in_time(editor: User) -> None:
    assign(editor, dt.datetime(2026, 1, 5, tzinfo=dt.UTC))
    assert owed_years_of(editor, dt.date(2026, 6, 30)) == [(2025, False)]
    assert owed_years_of(editor, dt.date(2026, 7, 1)) == [(2025, True)]


def test_the_year_of_an_assignment_is_that_of_lima(editor: User) -> None:
    # Still 31 December in Lima.
    assign(editor, dt.datetime(2026, 1, 1, 3, tzinfo=dt.UTC))
    assert owed_years_of(editor) == [(2024, True), (2025, False)]


@pytest.mark.parametrize(
    ("facts", "is_owed"),
    [
        ({}, False),
        ({"value": None, "kind": "no_data", "no_data_reason": "not_published"}, False),
        ({"state": "in_review", "reviewed_by": None}, False),
        ({"draft": True}, True),
        ({"state": "withdrawn", "change_reason": "Se midió mal."}, True),
        ({"year": 2023}, True),
    ],
)
def test_a_value_published_or_in_review_is_not_owed(
    editor: User, province: Any, facts: dict[str, Any], is_owed: bool
) -> None:
    indicator = assign(editor, dt.datetime(2026, 1, 5, tzinfo=dt.UTC))
    YearlyValueFactory(
        **{"indicator": indicator, "place": province, "year": 2025} | facts
    )
    assert bool(owed_years_of(editor)) is is_owed


def test_a_draft_leads_to_itself_and_a_returned_value_to_its_author(
    editor: User, province: Any, make_person: Any
) -> None:
    other = make_person("editor")
    indicator = assign(editor, dt.datetime(2026, 1, 5, tzinfo=dt.UTC))
    row = YearlyValueFactory(
        indicator=indicator, place=province, year=2025, draft=True, recorded_by=other
    )
    owed = owed_by([editor.pk, other.pk], today=TODAY)
    assert owed[editor.pk].groups[0].values[0].value_id == row.pk
    row.state, row.return_reason = "returned", "Falta la fuente."
    row.save()
    owed = owed_by([editor.pk, other.pk], today=TODAY)
    assert owed[editor.pk].count == 0
    assert [one.value_id for one in owed[other.pk].returned] == [row.pk]


def test_a_closed_year_and_what_a_source_feeds_are_not_owed(editor: User) -> None:
    fed = assign(editor)
    Derivation.objects.create(
        source=SourceFactory(), indicator=fed, rule="sum_of_districts"
    )
    assert owed_years_of(editor) == []
    assign(editor, target_type="checklist")
    assert owed_years_of(editor) == []
    assign(editor)
    YearLock.objects.create(
        year=2024, session="Sesión 3", locked_by=editor, locked_at=timezone.now()
    )
    assert owed_years_of(editor) == [(2025, False)]


def test_many_people_and_values_take_the_same_queries(
    editor: User, make_person: Any, django_assert_num_queries: Any
) -> None:
    people = [editor, make_person("editor"), make_person("editor")]
    for person in people * 3:
        assign(person)
    with django_assert_num_queries(5):
        owed = owed_by([person.pk for person in people], today=TODAY)
    assert [owed[person.pk].count for person in people] == [6, 6, 6]


def test_who_owes_and_has_no_address_is_named(editor: User, make_person: Any) -> None:
    silent = make_person("editor", email="")
    make_person("editor", email="")
    assign(editor)
    indicator = assign(silent)
    assert without_address(today=TODAY) == (silent,)
    Assignment.objects.filter(indicator=indicator).delete()
    assert without_address(today=TODAY) == ()
