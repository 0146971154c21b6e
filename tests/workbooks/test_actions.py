"""Saving, undoing and cancelling: one transaction, nobody's work overwritten."""

import threading
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from indicators.models import (
    AskedTask,
    Assignment,
    Evidence,
    Goal,
    Indicator,
    WorkbookImport,
    YearlyValue,
)
from indicators.tasks import read_workbook, save_workbook
from indicators.workbooks.actions import (
    KEEP_UNDECIDED,
    WorkbookStateError,
    accept_workbook,
    cancel_workbook,
    forget_undecided,
    send_workbook,
    undo_workbook,
)
from indicators.yearly import actions as value_actions
from indicators.yearly.writing import ValueRefusedError
from territory.models import Place
from tests import factories
from tests.workbooks.sheets import LINK, YEAR, filled, good, template

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def send(user: User, change: Any = lambda _n, _row: good()) -> WorkbookImport:
    return send_workbook(actor=user, file_name="a.xlsx", content=filled(user, change))


def many_indicators(editor: User, count: int) -> None:
    """Indicators of the province and two districts, as few queries as it takes."""
    axis = factories.AxisFactory()
    goals = Goal.objects.bulk_create(
        factories.GoalFactory.build(axis=axis, order=n) for n in range(count)
    )
    made = Indicator.objects.bulk_create(
        factories.IndicatorFactory.build(goal=goal, by_district="separate", order=1)
        for goal in goals
    )
    Assignment.objects.bulk_create(
        Assignment(user=editor, indicator=indicator) for indicator in made
    )


def all_values() -> list[dict[str, Any]]:
    return list(YearlyValue.objects.order_by("pk").values())


def test_good_rows_become_drafts_beside_refused_ones(
    editor: User, indicators: list[Indicator]
) -> None:
    sent = send(editor, lambda n, _row: good("1,5") if n == 0 else good(n))
    assert (sent.ready_count, sent.error_count, sent.state) == (4, 1, "read")
    assert not YearlyValue.objects.exists()
    saved = accept_workbook(actor=editor, import_id=sent.pk)
    assert (saved.state, saved.left, len(saved.written)) == ("saved", [], 4)
    rows = YearlyValue.objects.order_by("value")
    assert [(row.value, row.state) for row in rows] == [
        (Decimal(n), "draft") for n in (1, 2, 3, 4)
    ]
    event = YearlyValue.pgh_event_model.objects.latest("pgh_id")  # type: ignore[attr-defined]
    assert event.pgh_context.metadata["workbook"] == sent.pk
    assert event.pgh_context.metadata["user"] == editor.pk


@pytest.mark.parametrize("count", [3, 1_000])
def test_queries_do_not_grow_with_the_rows(
    editor: User, places: list[Place], count: int
) -> None:
    many_indicators(editor, count)
    sent = send(editor)
    if sent.state == "reading":
        assert read_workbook(sent.pk) == "read"
        accept_workbook(actor=editor, import_id=sent.pk)
    with CaptureQueriesContext(connection) as queries:
        if count == 3:
            accept_workbook(actor=User.objects.get(pk=editor.pk), import_id=sent.pk)
        else:
            assert save_workbook(sent.pk) == "saved"
    assert len(queries) <= 20, "\n".join(one["sql"][:90] for one in queries)
    assert YearlyValue.objects.count() == count * 3
    undo_workbook(actor=editor, import_id=sent.pk)
    assert not YearlyValue.objects.exists()


def test_corrections_keep_their_evidence_within_the_same_queries(
    editor: User, indicators: list[Indicator], places: list[Place]
) -> None:
    for indicator in indicators:
        row = factories.YearlyValueFactory(
            indicator=indicator, place=places[0], year=YEAR
        )
        factories.add_frozen_evidence(row)
    sent = send(editor, lambda _n, _row: good(1.3, change_reason="Nueva serie"))
    actor = User.objects.get(pk=editor.pk)
    with CaptureQueriesContext(connection) as queries:
        accept_workbook(actor=actor, import_id=sent.pk)
    assert len(queries) <= 20, "\n".join(one["sql"][:90] for one in queries)
    drafts = YearlyValue.objects.filter(state="draft", version=2)
    assert Evidence.objects.filter(value__in=drafts).count() == len(indicators)
    undo_workbook(actor=editor, import_id=sent.pk)
    assert not drafts.exists()
    assert Evidence.objects.count() == len(indicators)


def test_undo_leaves_and_names_what_got_evidence_since(
    editor: User, indicators: list[Indicator]
) -> None:
    sent = send(editor)
    accept_workbook(actor=editor, import_id=sent.pk)
    backed = YearlyValue.objects.order_by("pk")[2]
    factories.EvidenceFactory(value=backed)
    undone = undo_workbook(actor=editor, import_id=sent.pk)
    assert YearlyValue.objects.get() == backed
    ((line,),) = (undone.left,)
    assert "recibió evidencia" in line["messages"][0][1]


def test_large_workbook_is_read_and_saved_by_a_worker(
    editor: User, places: list[Place]
) -> None:
    many_indicators(editor, 200)
    sent = send(editor)
    assert (sent.state, sent.row_count, sent.lines) == ("reading", 600, [])
    assert AskedTask.objects.get().arguments == {"import_id": sent.pk}
    assert read_workbook(sent.pk) == "read"
    sent.refresh_from_db()
    assert (sent.rows_read, sent.ready_count) == (600, 600)
    assert accept_workbook(actor=editor, import_id=sent.pk).state == "saving"
    assert not YearlyValue.objects.exists()
    assert [save_workbook(sent.pk) for _ in range(2)] == ["saved", "saved"]
    assert YearlyValue.objects.count() == 600
    assert read_workbook(sent.pk) == "saved"


def test_row_that_changed_after_the_preview_is_named_and_left(
    editor: User, indicators: list[Indicator], places: list[Place]
) -> None:
    sent = send(editor)
    theirs = factories.YearlyValueFactory(
        draft=True, indicator=indicators[1], place=places[0], year=YEAR, value="9"
    )
    saved = accept_workbook(actor=editor, import_id=sent.pk)
    ((line,),) = (saved.left,)
    assert (line["row"], line["group"]) == (5, "error")
    assert "cambió después" in line["messages"][0][1]
    assert len(saved.written) == 4
    theirs.refresh_from_db()
    assert theirs.value == 9


def test_row_that_became_good_after_the_preview_is_not_saved(
    editor: User, indicators: list[Indicator], places: list[Place]
) -> None:
    row = factories.YearlyValueFactory(
        indicator=indicators[1],
        place=places[0],
        year=YEAR,
        state="in_review",
        reviewed_by=None,
    )
    sent = send(editor, lambda _n, _row: good(1.3))
    YearlyValue.objects.filter(pk=row.pk).update(state="draft")
    assert len(accept_workbook(actor=editor, import_id=sent.pk).written) == 4


def test_undo_removes_new_drafts_and_puts_changed_ones_back(
    editor: User, indicators: list[Indicator], places: list[Place]
) -> None:
    common = {"year": YEAR, "place": places[0], "source_url": LINK}
    factories.YearlyValueFactory(draft=True, indicator=indicators[1], **common)
    factories.YearlyValueFactory(
        indicator=indicators[2],
        state="returned",
        return_reason="Falta la fuente",
        submitted_at=timezone.now(),
        **common,
    )
    before = all_values()
    sent = send(editor, lambda _n, _row: good(1.3, note="Otra nota"))
    accept_workbook(actor=editor, import_id=sent.pk)
    assert {row["note"] for row in all_values()} == {"Otra nota"}
    undone = undo_workbook(actor=editor, import_id=sent.pk)
    assert (undone.state, undone.left) == ("undone", [])
    assert all_values() == [row | {"lock_version": 3} for row in before]
    with pytest.raises(WorkbookStateError):
        undo_workbook(actor=editor, import_id=sent.pk)


def test_undo_leaves_and_names_what_went_on_since(
    editor: User, indicators: list[Indicator]
) -> None:
    sent = send(editor)
    saved = accept_workbook(actor=editor, import_id=sent.pk)
    submitted, *rest = YearlyValue.objects.order_by("pk")
    value_actions.submit_value(actor=editor, value_id=submitted.pk, lock_version=1)
    undone = undo_workbook(actor=editor, import_id=saved.pk)
    assert [row.pk for row in YearlyValue.objects.all()] == [submitted.pk]
    (line,) = undone.left
    assert line["group"] == "warning"
    assert "se envió a revisión" in line["messages"][0][1]
    assert len(rest) == 4


def test_nothing_left_to_undo_is_refused(
    editor: User, indicators: list[Indicator]
) -> None:
    sent = send(editor)
    accept_workbook(actor=editor, import_id=sent.pk)
    YearlyValue.objects.update(lock_version=5)
    with pytest.raises(WorkbookStateError):
        undo_workbook(actor=editor, import_id=sent.pk)
    assert YearlyValue.objects.count() == 5


def test_the_same_file_again_says_nothing_new(
    editor: User, indicators: list[Indicator]
) -> None:
    content = filled(editor, lambda _n, _row: good())
    first = send_workbook(actor=editor, file_name="a.xlsx", content=content)
    accept_workbook(actor=editor, import_id=first.pk)
    again = send_workbook(actor=editor, file_name="a.xlsx", content=content)
    assert (again.lines, again.same_count) == ([], 5)
    with pytest.raises(WorkbookStateError):
        accept_workbook(actor=editor, import_id=again.pk)


def test_cancelled_workbook_saves_nothing(
    editor: User, indicators: list[Indicator]
) -> None:
    sent = send(editor)
    assert cancel_workbook(actor=editor, import_id=sent.pk).body is None
    for action in (accept_workbook, cancel_workbook, undo_workbook):
        with pytest.raises(WorkbookStateError):
            action(actor=editor, import_id=sent.pk)
    assert not YearlyValue.objects.exists()


def test_worker_saves_nothing_for_who_lost_the_right(
    editor: User, indicators: list[Indicator]
) -> None:
    sent = send(editor)
    WorkbookImport.objects.update(state="saving")
    editor.groups.clear()
    assert save_workbook(sent.pk) == "cancelled"
    assert not YearlyValue.objects.exists()


def test_nobody_acts_on_the_workbook_of_another(
    editor: User, make_person: Any, reviewer: User, indicators: list[Indicator]
) -> None:
    sent = send(editor)
    for person in (make_person("editor"), reviewer):
        for action in (accept_workbook, cancel_workbook, undo_workbook):
            with pytest.raises(ValueRefusedError):
                action(actor=person, import_id=sent.pk)
    with pytest.raises(ValueRefusedError):
        send_workbook(actor=reviewer, file_name="a.xlsx", content=template(reviewer))


def test_undecided_workbook_is_forgotten_after_a_month(
    editor: User, indicators: list[Indicator]
) -> None:
    old, new = send(editor), send(editor)
    WorkbookImport.objects.filter(pk=old.pk).update(
        uploaded_at=timezone.now() - KEEP_UNDECIDED
    )
    assert forget_undecided() == 1
    states = WorkbookImport.objects.order_by("pk").values_list("state", "body")
    assert [state for state, _body in states] == ["cancelled", "read"]
    assert [body is None for _state, body in states] == [True, False]
    assert new.state == "read"


@pytest.mark.parametrize(
    "broken",
    [
        {"state": "saved"},
        {"body": None},
        {"saved_at": timezone.now()},
        {"undone_at": timezone.now()},
    ],
)
def test_database_holds_what_a_state_means(
    editor: User, indicators: list[Indicator], broken: dict[str, Any]
) -> None:
    send(editor)
    with pytest.raises(IntegrityError):
        WorkbookImport.objects.update(**broken)


@pytest.mark.django_db(transaction=True)
def test_two_who_press_the_button_at_once_save_once(make_person: Any) -> None:
    factories.PlaceFactory(province=True)
    factories.IndicatorFactory()
    editor = make_person("editor")
    sent = send(editor)
    start = threading.Barrier(2)
    found: list[str] = []

    def press() -> None:
        start.wait()
        try:
            person = User.objects.get(pk=editor.pk)
            found.append(accept_workbook(actor=person, import_id=sent.pk).state)
        except WorkbookStateError:
            found.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(found) == ["refused", "saved"]
    assert YearlyValue.objects.count() == 1
