"""The life of a value: one person records, another publishes, nothing is lost."""

import threading
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError, InternalError

from indicators.models import DataVersion, ProgressResult, YearlyValue
from indicators.yearly.actions import (
    discard_draft,
    publish_value,
    record_value,
    return_value,
    save_draft,
    submit_value,
    withdraw_value,
)
from indicators.yearly.content import ValueContent
from indicators.yearly.writing import StaleValueError, ValueRefusedError
from tests import factories

YEAR = 2024
Refused = Callable[[str], object]


def typed(value: str | None = "1.25", **fields: str) -> ValueContent:
    if value is None:
        fields = {"kind": "no_data", "no_data_reason": "not_collected", **fields}
    source = {"source_text": "Anuario", "source_url": "https://example.org/anuario"}
    fields = {"kind": "measured", **source, **fields}
    return ValueContent(value=Decimal(value) if value else None, **fields)


@pytest.fixture
def indicator(editor: User):
    made = factories.TargetFactory().indicator
    factories.AssignmentFactory(user=editor, indicator=made)
    return made


@pytest.fixture
def place(db: None):
    return factories.PlaceFactory(province=True)


@pytest.fixture
def record(indicator, place, editor: User):
    def make(content: ValueContent | None = None, year: int = YEAR) -> YearlyValue:
        return record_value(
            actor=editor,
            indicator_id=indicator.pk,
            place_id=place.pk,
            year=year,
            content=content or typed(),
        )

    return make


@pytest.fixture
def publish(record, editor: User, reviewer: User):
    def make(content: ValueContent | None = None, year: int = YEAR) -> YearlyValue:
        row = record(content, year)
        row = submit_value(actor=editor, value_id=row.pk, lock_version=row.lock_version)
        return publish_value(
            actor=reviewer, value_id=row.pk, lock_version=row.lock_version
        )

    return make


def refusal(action, **kwargs) -> str:
    with pytest.raises(ValueRefusedError) as refused:
        action(**kwargs)
    return refused.value.code


def seen(row: YearlyValue) -> dict[str, int]:
    return {"value_id": row.pk, "lock_version": row.lock_version}


def test_value_goes_from_draft_to_published(publish, indicator, place) -> None:
    before = DataVersion.objects.get().number
    row = publish()
    row.refresh_from_db()
    assert row.state == "published"
    assert row.recorded_by.username == "editora"
    assert row.reviewed_by.username == "revisora"
    assert row.published_at is not None
    result = ProgressResult.objects.get(indicator=indicator, place=place)
    assert result.latest_value == Decimal("1.25")
    assert result.value_ids == [row.pk]
    assert DataVersion.objects.get().number > before


def test_missing_value_with_its_reason_is_a_real_entry(publish) -> None:
    row = publish(typed(None))
    assert (row.value, row.no_data_reason) == (None, "not_collected")


def test_correction_keeps_the_old_version(publish, record) -> None:
    first = publish()
    second = publish(typed("1.3", change_reason="La fuente la corrigió."))
    first.refresh_from_db()
    assert (first.state, first.value, first.version) == (
        "superseded",
        Decimal("1.25"),
        1,
    )
    assert (second.state, second.version, second.supersedes) == (
        "published",
        2,
        first,
    )
    assert YearlyValue.objects.published().get() == second


def test_correction_needs_its_reason(publish, record) -> None:
    publish()
    with pytest.raises(ValueRefusedError) as refused:
        record(typed("1.3"))
    assert refused.value.code == "no_change_reason"


def test_withdrawn_value_stays_and_counts_no_more(
    publish, make_person, indicator
) -> None:
    row = publish()
    other = make_person("reviewer")
    assert refusal(withdraw_value, actor=other, **seen(row), reason="  ") == "no_reason"
    withdraw_value(actor=other, **seen(row), reason="Se midió mal.")
    row.refresh_from_db()
    assert (row.state, row.change_reason) == ("withdrawn", "Se midió mal.")
    result = ProgressResult.objects.get(indicator=indicator, is_current=True)
    assert result.latest_value is None


def test_value_after_a_withdrawal_is_the_next_version(publish, make_person) -> None:
    row = publish()
    withdraw_value(actor=make_person("reviewer"), **seen(row), reason="Se midió mal.")
    again = publish(typed("1.1", change_reason="Medido de nuevo."))
    assert (again.version, again.supersedes, again.state) == (2, row, "published")


def test_returned_value_comes_back_with_words(
    record, editor: User, reviewer: User
) -> None:
    row = submit_value(actor=editor, **seen(record()))
    assert refusal(return_value, actor=reviewer, **seen(row), reason="") == "no_reason"
    row = return_value(actor=reviewer, **seen(row), reason="Falta la página.")
    assert (row.state, row.return_reason) == ("returned", "Falta la página.")
    row = save_draft(actor=editor, **seen(row), content=typed("1.2"))
    assert (row.state, row.reviewed_by, row.value) == ("draft", None, Decimal("1.2"))


@pytest.mark.parametrize(
    ("permission", "allowed"),
    [("record_value", False), ("review_value", False)],
)
def test_without_permission_nothing_is_done(
    record, make_person, permission: str, allowed: bool
) -> None:
    row = record()
    stranger = make_person("administrator", "member", "moderator")
    act = {"record_value": submit_value, "review_value": publish_value}[permission]
    assert refusal(act, actor=stranger, **seen(row)) == "not_allowed"
    row.refresh_from_db()
    assert row.state == "draft"


def test_author_with_review_does_not_publish_their_own(
    record, editor: User, make_person
) -> None:
    editor.groups.add(Group.objects.get(name="reviewer"))
    both = User.objects.get(pk=editor.pk)
    row = submit_value(actor=both, **seen(record()))
    assert refusal(publish_value, actor=both, **seen(row)) == "own_value"
    assert (
        refusal(return_value, actor=both, **seen(row), reason="Yo mismo.")
        == "own_value"
    )


def test_a_colleague_touching_the_draft_does_not_free_its_first_author(
    record, editor: User, make_person
) -> None:
    editor.groups.add(Group.objects.get(name="reviewer"))
    both = User.objects.get(pk=editor.pk)
    row = save_draft(
        actor=make_person("editor"), **seen(record()), content=typed("1.26")
    )
    row = submit_value(actor=both, **seen(row))
    assert row.recorded_by != both
    assert refusal(publish_value, actor=both, **seen(row)) == "own_value"


def test_database_refuses_the_author_as_reviewer(record, editor: User) -> None:
    with pytest.raises(IntegrityError, match="author_is_not_reviewer"):
        factories.YearlyValueFactory(recorded_by=editor, reviewed_by=editor)


def test_database_refuses_as_reviewer_whoever_typed_an_earlier_draft(
    record, editor: User, make_person
) -> None:
    row = record()
    row = save_draft(actor=make_person("editor"), **seen(row), content=typed("1.26"))
    with (
        pytest.raises(IntegrityError, match="does not review it"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE indicators_yearlyvalue SET state = 'published',"
            " published_at = now(), reviewed_by_id = %s WHERE id = %s",
            [editor.pk, row.pk],
        )
    row.refresh_from_db()
    assert row.state == "draft"


@pytest.mark.parametrize(
    ("content", "year", "code"),
    [
        (typed("1"), 2100, "impossible"),
        (typed("-1"), YEAR, "unconfirmed"),
        (typed("1", kind="no_data"), YEAR, "wrong_content"),
        (ValueContent(None, "measured"), YEAR, "wrong_content"),
        (ValueContent(None, "no_data"), YEAR, "wrong_content"),
        (typed("1", no_data_reason="not_published"), YEAR, "wrong_content"),
    ],
)
def test_value_is_refused_whatever_the_form_let_through(
    record, content: ValueContent, year: int, code: str
) -> None:
    with pytest.raises(ValueRefusedError) as refused:
        record(content, year)
    assert refused.value.code == code
    assert not YearlyValue.objects.exists()


def test_share_beyond_hundred_is_refused(editor: User, place) -> None:
    share = factories.IndicatorFactory(target_type="share")
    factories.AssignmentFactory(user=editor, indicator=share)
    assert (
        refusal(
            record_value,
            actor=editor,
            indicator_id=share.pk,
            place_id=place.pk,
            year=YEAR,
            content=typed("100.5"),
        )
        == "impossible"
    )


def test_value_in_another_scale_is_asked_back(publish, record) -> None:
    publish(typed("1.25"), 2023)
    with pytest.raises(ValueRefusedError) as refused:
        record(typed("1250"))
    assert refused.value.questions[0].code == "rescaled"
    row = record(typed("1250", confirmation="Cambió la unidad del anuario."))
    assert row.confirmation == "Cambió la unidad del anuario."


def test_second_draft_of_the_same_value_is_refused(record) -> None:
    first = record()
    assert record().pk == first.pk  # the same again, as from a button pressed twice
    with pytest.raises(ValueRefusedError) as refused:
        record(typed("1.26"))
    assert (refused.value.code, refused.value.value_id) == ("open_exists", first.pk)


def test_value_of_a_load_is_corrected_at_its_source(record, indicator, place) -> None:
    factories.YearlyValueFactory(
        indicator=indicator,
        place=place,
        year=YEAR,
        load=factories.LoadFactory(),
        recorded_by=None,
        reviewed_by=None,
    )
    with pytest.raises(ValueRefusedError) as refused:
        record(typed("1.3", change_reason="No me gusta."))
    assert refused.value.code == "from_load"


def test_draft_overtaken_by_another_publication_is_not_published(
    record, editor: User, reviewer: User, indicator, place
) -> None:
    row = submit_value(actor=editor, **seen(record()))
    factories.YearlyValueFactory(indicator=indicator, place=place, year=YEAR)
    assert refusal(publish_value, actor=reviewer, **seen(row)) == "published_meanwhile"


@pytest.mark.parametrize("state", ["in_review", "published"])
def test_what_others_have_seen_is_not_edited(
    record, publish, editor: User, state: str
) -> None:
    row = (
        publish()
        if state == "published"
        else submit_value(actor=editor, **seen(record()))
    )
    assert (
        refusal(save_draft, actor=editor, **seen(row), content=typed("9"))
        == "wrong_state"
    )
    assert refusal(discard_draft, actor=editor, **seen(row)) == "wrong_state"


def test_draft_is_discarded_by_its_author_only(
    record, editor: User, make_person
) -> None:
    row = record()
    assert (
        refusal(discard_draft, actor=make_person("editor"), **seen(row))
        == "not_allowed"
    )
    discard_draft(actor=editor, **seen(row))
    assert not YearlyValue.objects.exists()
    assert YearlyValue.pgh_event_model.objects.filter(pgh_label="delete").exists()


def test_stale_version_is_refused_and_shows_what_is_stored(
    record, editor: User
) -> None:
    row = record()
    old = row.lock_version
    save_draft(actor=editor, **seen(row), content=typed("1.3"))
    with pytest.raises(StaleValueError) as stale:
        save_draft(
            actor=editor, value_id=row.pk, lock_version=old, content=typed("1.4")
        )
    assert stale.value.current.value == Decimal("1.3")
    row.refresh_from_db()
    assert row.value == Decimal("1.3")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_eight_at_once_save_one_and_refuse_seven() -> None:
    editor = factories.UserFactory()
    editor.user_permissions.add(Permission.objects.get(codename="record_value"))
    row = factories.YearlyValueFactory(draft=True, recorded_by=editor)
    factories.AssignmentFactory(user=editor, indicator=row.indicator)
    start = threading.Barrier(8)
    outcomes: list[str] = []

    def save(number: int) -> None:
        person = User.objects.get(pk=editor.pk)
        start.wait()
        try:
            save_draft(
                actor=person,
                value_id=row.pk,
                lock_version=1,
                content=typed(f"1.2{number}"),
            )
            outcomes.append("saved")
        except StaleValueError:
            outcomes.append("stale")
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["saved"] + ["stale"] * 7
    row.refresh_from_db()
    assert row.lock_version == 2


def test_history_says_who_and_why(publish, make_person) -> None:
    row = publish()
    withdraw_value(actor=make_person("reviewer"), **seen(row), reason="Se midió mal.")
    events = list(row.events.order_by("pgh_id"))
    assert [event.state for event in events] == [
        "draft",
        "in_review",
        "published",
        "withdrawn",
    ]
    last = events[-1].pgh_context.metadata
    assert last["reason"] == "Se midió mal."
    assert last["role"] == "indicators.review_value"
    assert events[0].pgh_context.metadata["user"] == row.recorded_by_id


def test_direct_sql_leaves_a_row_of_history(publish) -> None:
    row = publish()
    before = row.events.count()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE indicators_yearlyvalue SET value = 9 WHERE id = %s", [row.pk]
        )
    assert row.events.count() == before + 1
    assert row.events.order_by("-pgh_id")[0].value == 9


def test_direct_sql_that_deletes_a_draft_leaves_a_row_without_a_session(
    db: None,
) -> None:
    row = factories.YearlyValueFactory(draft=True)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM indicators_yearlyvalue WHERE id = %s", [row.pk])
    events = YearlyValue.pgh_event_model.objects.filter(pgh_obj_id=row.pk)
    last = events.latest("pgh_id")
    assert (last.pgh_label, last.value, last.pgh_context) == (
        "delete",
        Decimal("1.25"),
        None,
    )


@pytest.mark.parametrize(
    "state", ["in_review", "published", "superseded", "withdrawn", "returned"]
)
def test_nobody_deletes_a_value_not_even_by_sql(db: None, state: str) -> None:
    row = factories.YearlyValueFactory(
        state=state, return_reason="x", change_reason="x"
    )
    with (
        pytest.raises((InternalError, DatabaseError), match="keep_values"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM indicators_yearlyvalue WHERE id = %s", [row.pk])
    assert YearlyValue.objects.filter(pk=row.pk).exists()


def test_made_up_values_of_the_demo_may_go(db: None) -> None:
    row = factories.YearlyValueFactory(synthetic=True)
    row.delete()
    assert not YearlyValue.objects.exists()
