"""Many values at once: one transaction, few queries, nobody's work overwritten."""

import threading
from dataclasses import replace
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from indicators.models import YearlyValue
from indicators.yearly.batches import Entry, judge_values, record_values
from indicators.yearly.content import ValueContent
from tests import factories

YEAR = 2024


def typed(value: str | None = "1.25", **fields: str) -> ValueContent:
    if value is None:
        fields = {"kind": "no_data", "no_data_reason": "not_collected", **fields}
    fields = {"kind": "measured", "source_url": "https://example.org/a", **fields}
    return ValueContent(value=Decimal(value) if value else None, **fields)


@pytest.fixture
def province(db: None):
    return factories.PlaceFactory(province=True)


@pytest.fixture
def indicator(editor: User):
    made = factories.IndicatorFactory(by_district="sum", decimals=1)
    factories.AssignmentFactory(user=editor, indicator=made)
    return made


def entry(indicator, place, year: int = YEAR, **fields) -> Entry:
    content = fields.pop("content", None) or typed()
    return Entry(indicator.pk, place.pk, year, content, **fields)


def codes(outcomes) -> list[str]:
    return [outcome.code for outcome in outcomes]


def test_good_ones_are_saved_beside_refused_ones(
    editor: User, indicator, province
) -> None:
    foreign = factories.IndicatorFactory()
    outcomes = record_values(
        actor=editor,
        entries=[
            entry(indicator, province),
            entry(indicator, province),
            entry(foreign, province),
            entry(indicator, province, 2023, content=typed("1", source_url="")),
            entry(indicator, province, 2022, content=typed(None)),
        ],
    )
    assert codes(outcomes) == [
        *("saved", "twice", "not_allowed", "unconfirmed", "saved")
    ]
    assert [question.code for question in outcomes[3].questions] == ["no_evidence"]
    stored = YearlyValue.objects.order_by("year")
    assert [(row.year, row.value, row.state) for row in stored] == [
        (2022, None, "draft"),
        (2024, Decimal("1.2500"), "draft"),
    ]


def test_judging_writes_nothing(editor: User, indicator, province) -> None:
    outcomes = judge_values(actor=editor, entries=[entry(indicator, province)])
    assert codes(outcomes) == ["new"]
    assert not YearlyValue.objects.exists()


@pytest.mark.parametrize("rows", [1, 60])
def test_queries_do_not_grow_with_the_rows(editor: User, province, rows: int) -> None:
    entries = []
    for _ in range(rows):
        made = factories.IndicatorFactory()
        factories.AssignmentFactory(user=editor, indicator=made)
        entries.append(entry(made, province))
    editor = User.objects.get(pk=editor.pk)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        outcomes = record_values(actor=editor, entries=entries)
    assert codes(outcomes) == ["saved"] * rows
    assert len(queries) <= 15
    again = [
        replace(one.entry, seen=(one.stored.pk, 1), content=typed("1.3"))
        for one in outcomes
        if one.stored
    ]
    with CaptureQueriesContext(connection) as queries:
        assert codes(record_values(actor=editor, entries=again)) == ["saved"] * rows
    assert len(queries) <= 15


def test_what_is_stored_already_is_left_alone(
    editor: User, indicator, province
) -> None:
    draft, *_ = record_values(actor=editor, entries=[entry(indicator, province)])
    published = factories.YearlyValueFactory(
        indicator=indicator, place=province, year=2020, value="7"
    )
    before = YearlyValue.objects.order_by("pk").values()
    stood = list(before)
    same = typed("7.0000", source_url="")
    same = replace(same, source_text=published.source_text)
    outcomes = record_values(
        actor=editor,
        entries=[
            entry(indicator, province),
            entry(indicator, province, 2020, content=same),
        ],
    )
    assert codes(outcomes) == ["unchanged", "unchanged"]
    assert list(before.all()) == stood
    assert draft.stored and draft.stored.lock_version == 1


def test_what_somebody_else_saved_is_not_overwritten(
    editor: User, indicator, province
) -> None:
    (first,) = record_values(actor=editor, entries=[entry(indicator, province)])
    assert first.stored
    seen = (first.stored.pk, 1)
    for content in (typed("1.26"), typed("1.27")):
        (last,) = record_values(
            actor=editor,
            entries=[entry(indicator, province, content=content, seen=seen)],
        )
    assert last.code == "stale"
    assert last.stored and last.stored.value == Decimal("1.26")


def test_districts_that_do_not_add_up_are_asked_about(
    editor: User, indicator, province
) -> None:
    districts = [factories.PlaceFactory() for _ in range(2)]
    whole = entry(indicator, province, content=typed("10"))
    parts = [entry(indicator, place, content=typed("4")) for place in districts]
    found = judge_values(actor=editor, entries=[whole, *parts])
    assert codes(found) == ["unconfirmed"] * 3
    (question,) = found[0].questions
    assert (question.code, question.factor, question.total) == ("parts", 8, 10)
    # One district without a value: nothing is known of the sum.
    assert codes(judge_values(actor=editor, entries=[whole, parts[0]])) == ["new"] * 2
    rounded = [entry(indicator, place, content=typed("4.95")) for place in districts]
    assert codes(judge_values(actor=editor, entries=[whole, *rounded])) == ["new"] * 3


def test_value_far_from_its_history_is_asked_about(
    editor: User, indicator, province
) -> None:
    for year, value in enumerate(("10", "10.1", "9.9", "10.2", "10"), 2018):
        factories.YearlyValueFactory(
            indicator=indicator, place=province, year=year, value=value
        )
    likely, unlikely = (
        judge_values(
            actor=editor, entries=[entry(indicator, province, content=typed(value))]
        )[0]
        for value in ("10.3", "10.4")
    )
    assert likely.code == "new"
    assert [question.code for question in unlikely.questions] == ["far_from_history"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("has_draft", [True, False])
def test_eight_at_once_save_one_and_refuse_seven(make_person, has_draft: bool) -> None:
    province = factories.PlaceFactory(province=True)
    indicator = factories.IndicatorFactory()
    person = make_person("editor")
    seen = None
    if has_draft:
        (first,) = record_values(actor=person, entries=[entry(indicator, province)])
        assert first.stored
        seen = (first.stored.pk, 1)
    start = threading.Barrier(8)
    found: list[str] = []

    def save(number: int) -> None:
        content = typed(f"1.3{number}")
        start.wait()
        try:
            (one,) = record_values(
                actor=User.objects.get(pk=person.pk),
                entries=[entry(indicator, province, content=content, seen=seen)],
            )
            found.append(one.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    refused = "stale" if has_draft else "open_exists"
    assert sorted(found) == sorted(["saved"] + [refused] * 7)
    assert YearlyValue.objects.count() == 1
