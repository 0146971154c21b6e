"""Evidence of a value: what may be added, what is frozen, what a correction keeps."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, InternalError, connection, transaction
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from indicators.evidence.actions import (
    MOST_ITEMS,
    EvidenceContent,
    add_evidence,
    add_to_values,
    remove_evidence,
)
from indicators.evidence.cleaning import cleaned_file
from indicators.models import Assignment, Evidence, YearlyValue
from indicators.yearly.actions import (
    discard_draft,
    publish_value,
    record_value,
    submit_value,
)
from indicators.yearly.content import ValueContent
from indicators.yearly.standing import standing_of
from indicators.yearly.writing import ValueRefusedError
from tests import factories
from tests.people.evidence_files import pdf

pytestmark = pytest.mark.django_db
State = YearlyValue.State
FROZEN = [state for state in State if state not in (State.DRAFT, State.RETURNED)]
LINK = EvidenceContent(
    title="Anuario", kind="document", is_public=True, url="https://example.org/a"
)


@pytest.fixture
def draft(editor: User) -> YearlyValue:
    value: YearlyValue = factories.YearlyValueFactory(draft=True, recorded_by=editor)
    factories.AssignmentFactory(user=editor, indicator=value.indicator)
    return value


def events(row: Model | int) -> list[tuple[str, Any, Any]]:
    """Label, person and role of each line of the history of an evidence."""
    pk = row if isinstance(row, int) else row.pk
    found = Evidence.pgh_event_model.objects.filter(pgh_obj_id=pk).order_by("pgh_id")  # type: ignore[attr-defined]
    said = [(event.pgh_label, event.pgh_context) for event in found]
    return [
        (label, known and known.metadata["user"], known and known.metadata["role"])
        for label, known in said
    ]


def test_adding_and_removing_leaves_who_and_in_which_role(
    draft: YearlyValue, editor: User
) -> None:
    row = add_evidence(actor=editor, value_id=draft.pk, content=LINK)
    assert (row.added_by, row.value) == (editor, draft)
    remove_evidence(actor=editor, value_id=draft.pk, evidence_id=row.pk or 0)
    assert not Evidence.objects.exists()
    who = (editor.pk, "indicators.record_value")
    (event,) = Evidence.pgh_event_model.objects.values_list("pgh_obj_id").distinct()  # type: ignore[attr-defined]
    assert events(event[0]) == [("insert", *who), ("delete", *who)]


def test_direct_sql_leaves_a_line_too(draft: YearlyValue) -> None:
    row = factories.EvidenceFactory(value=draft)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE indicators_evidence SET title = 'Otro'")
        cursor.execute("DELETE FROM indicators_evidence")
    assert [label for label, *_ in events(row.pk)] == ["insert", "update", "delete"]


@pytest.mark.parametrize("role", ["reviewer", "administrator", "member", "editor"])
def test_only_who_records_values_adds_and_removes(
    role: str, draft: YearlyValue, make_person: Any
) -> None:
    row = factories.EvidenceFactory(value=draft)
    person = make_person(role)
    # An editor of other indicators.
    Assignment.objects.filter(user=person).delete()
    with pytest.raises(ValueRefusedError, match="not_allowed"):
        add_evidence(actor=person, value_id=draft.pk, content=LINK)
    with pytest.raises(ValueRefusedError, match="not_allowed"):
        remove_evidence(actor=person, value_id=draft.pk, evidence_id=row.pk)
    assert Evidence.objects.get() == row


@pytest.mark.parametrize("state", FROZEN)
def test_evidence_of_what_was_sent_is_frozen_in_actions_and_in_sql(
    state: str, draft: YearlyValue, editor: User, reviewer: User
) -> None:
    row = factories.EvidenceFactory(value=draft)
    YearlyValue.objects.filter(pk=draft.pk).update(
        state=state,
        reviewed_by=reviewer,
        published_at=draft.recorded_at,
        change_reason="Se midió mal.",
    )
    with pytest.raises(ValueRefusedError, match="wrong_state"):
        add_evidence(actor=editor, value_id=draft.pk, content=LINK)
    with pytest.raises(ValueRefusedError, match="wrong_state"):
        remove_evidence(actor=editor, value_id=draft.pk, evidence_id=row.pk)
    copy = (
        "INSERT INTO indicators_evidence (value_id, title, kind, is_public, url, path,"
        " sha256, original_sha256, added_by_id, added_at) SELECT value_id, title, kind,"
        " is_public, 'https://x', '', '', '', added_by_id, now()"
        " FROM indicators_evidence"
    )
    change, remove = "UPDATE {} SET title = 'Otro'", "DELETE FROM {}"
    for statement in (change, remove, copy):
        with (
            pytest.raises(InternalError, match="frozen"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement.format("indicators_evidence"))


def test_evidence_does_not_move_to_or_from_a_published_value(
    draft: YearlyValue,
) -> None:
    row = factories.EvidenceFactory(value=draft)
    published = factories.YearlyValueFactory(indicator=draft.indicator, year=2020)
    with pytest.raises(InternalError, match="frozen"), transaction.atomic():
        Evidence.objects.filter(pk=row.pk).update(value=published)


def test_returned_values_take_evidence_again(draft: YearlyValue, editor: User) -> None:
    YearlyValue.objects.update(state=State.RETURNED, return_reason="Falta la fuente.")
    add_evidence(actor=editor, value_id=draft.pk, content=LINK)
    assert Evidence.objects.count() == 1


def test_the_same_file_and_the_same_link_are_taken_once(
    draft: YearlyValue, editor: User
) -> None:
    file = EvidenceContent(
        title="Informe",
        kind="document",
        is_public=False,
        file=cleaned_file(pdf(), "a.pdf"),
    )
    for content, code in ((LINK, "same_link"), (file, "same_file")):
        add_evidence(actor=editor, value_id=draft.pk, content=content)
        with pytest.raises(ValueRefusedError, match=code):
            add_evidence(actor=editor, value_id=draft.pk, content=content)
    assert Evidence.objects.count() == 2


def test_one_table_is_behind_many_values_in_as_many_queries_as_one(
    draft: YearlyValue, editor: User
) -> None:
    editor.get_all_permissions()
    table = EvidenceContent(
        "Tabla", "data_set", is_public=True, file=cleaned_file(b"a,b\n", "t.csv")
    )

    def queries(values: list[YearlyValue]) -> int:
        with CaptureQueriesContext(connection) as counted:
            ids = [value.pk for value in values]
            add_to_values(actor=editor, value_ids=ids, content=table)
        return len(counted)

    alone = queries([draft])
    others = [
        factories.YearlyValueFactory(draft=True, indicator=draft.indicator, year=year)
        for year in range(2000, 2020)
    ]
    assert queries([draft, *others]) == alone
    assert Evidence.objects.count() == 21
    assert len(set(Evidence.objects.values_list("path", flat=True))) == 2
    others[3].delete()
    with pytest.raises(ValueRefusedError, match="wrong_state"):
        add_to_values(
            actor=editor, value_ids=[draft.pk, others[3].pk or 0], content=LINK
        )


def test_a_value_takes_a_bounded_number(draft: YearlyValue, editor: User) -> None:
    factories.EvidenceFactory.create_batch(MOST_ITEMS, value=draft)
    with pytest.raises(ValueRefusedError, match="too_many"):
        add_evidence(actor=editor, value_id=draft.pk, content=LINK)


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"url": ""}, "evidence_file_or_link"),
        ({"path": "evidence/a.pdf"}, "evidence_file_or_link"),
        ({"url": "", "path": "a", "sha256": "b"}, "evidence_file_or_link"),
        ({"title": ""}, "evidence_has_title"),
        ({"kind": "rumour"}, "evidence_kind_known"),
        ({"url": "https://example.org/a"}, "one_evidence_per_link"),
        (
            {"url": "", "path": "b", "size_bytes": 1, "sha256": "b"}
            | {"original_sha256": "a"},
            "one_evidence_per_file",
        ),
    ],
)
def test_the_database_refuses_what_must_never_be(
    wrong: dict[str, Any], constraint: str, draft: YearlyValue
) -> None:
    factories.EvidenceFactory(value=draft, url="https://example.org/a")
    file = {"path": "a", "size_bytes": 1, "sha256": "a", "original_sha256": "a"}
    factories.EvidenceFactory(value=draft, url="", **file)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        factories.EvidenceFactory(value=draft, **wrong)


def test_a_correction_starts_with_the_evidence_of_what_it_corrects(
    draft: YearlyValue, editor: User, reviewer: User
) -> None:
    file = cleaned_file(pdf(), "a.pdf")
    first = add_evidence(
        actor=editor,
        value_id=draft.pk,
        content=EvidenceContent("Informe", "document", is_public=False, file=file),
    )
    submit_value(actor=editor, value_id=draft.pk, lock_version=1)
    publish_value(actor=reviewer, value_id=draft.pk, lock_version=2)
    correction = record_value(
        actor=editor,
        indicator_id=draft.indicator_id,
        place_id=draft.place_id,
        year=draft.year,
        content=ValueContent(
            value=Decimal("1.3"), kind="measured", change_reason="Errata."
        ),
    )
    copy = Evidence.objects.get(value=correction)
    same = ("title", "kind", "is_public", "path", "sha256", "added_by", "added_at")
    assert [getattr(copy, n) for n in same] == [getattr(first, n) for n in same]
    remove_evidence(actor=editor, value_id=correction.pk, evidence_id=copy.pk)
    assert Evidence.objects.get() == first


@pytest.mark.parametrize("state", [State.DRAFT, State.PUBLISHED])
def test_who_saves_a_value_with_evidence_is_not_asked_for_it(
    state: str, draft: YearlyValue, reviewer: User
) -> None:
    key = (draft.indicator_id, draft.place_id, draft.year)
    content = ValueContent(value=Decimal("1.25"), kind="measured")

    def asked() -> bool:
        _hard, soft = standing_of([key]).questions(key, content, has_evidence=False)
        return "no_evidence" in {question.code for question in soft}

    assert asked()
    factories.EvidenceFactory(value=draft)
    YearlyValue.objects.update(
        state=state, reviewed_by=reviewer, published_at=draft.recorded_at
    )
    assert not asked()


def test_a_discarded_draft_takes_its_evidence_along(
    draft: YearlyValue, editor: User
) -> None:
    row = factories.EvidenceFactory(value=draft)
    discard_draft(actor=editor, value_id=draft.pk, lock_version=1)
    assert not Evidence.objects.exists()
    with pytest.raises(ValueRefusedError, match="wrong_state"):
        add_evidence(actor=editor, value_id=draft.pk, content=LINK)
    assert [label for label, *_ in events(row.pk)] == ["insert", "delete"]
