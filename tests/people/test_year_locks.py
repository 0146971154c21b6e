"""A closed year: nobody changes what is published in it, whoever writes."""

import threading
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.db import DatabaseError, IntegrityError, connection, transaction

from indicators.models import YearLock, YearlyValue
from indicators.yearly.actions import publish_value, submit_value, withdraw_value
from indicators.yearly.batches import Entry, record_values
from indicators.yearly.content import ValueContent
from indicators.yearly.writing import ValueRefusedError
from indicators.yearly.year_actions import lock_year, unlock_year
from tests import factories

YEAR = 2024
SESSION = "Sesión ordinaria 3 del COTEDETEP, 12 de noviembre de 2026"


def refusal(action: Callable[..., object], **kwargs: object) -> str:
    with pytest.raises(ValueRefusedError) as refused:
        action(**kwargs)
    return refused.value.code


def seen(row: YearlyValue) -> dict[str, int]:
    return {"value_id": row.pk, "lock_version": row.lock_version}


@pytest.fixture
def closed(reviewer: User) -> YearLock:
    return lock_year(actor=reviewer, year=YEAR, session=SESSION)


def test_closing_and_opening_leave_who_when_and_why(
    closed: YearLock, reviewer: User, make_person: Callable[..., User]
) -> None:
    other = make_person("reviewer")
    opened = unlock_year(actor=other, year=YEAR, reason=" La fuente se equivocó. ")
    assert (opened.pk, opened.locked_by, opened.unlocked_by) == (
        closed.pk,
        reviewer,
        other,
    )
    assert opened.unlock_reason == "La fuente se equivocó."
    lock_year(actor=reviewer, year=YEAR, session=SESSION)
    assert YearLock.objects.filter(year=YEAR).count() == 2


@pytest.mark.parametrize(
    ("code", "year", "session"),
    [
        ("no_session", YEAR, "  "),
        ("year_not_over", 2999, SESSION),
        ("year_not_over", 1900, SESSION),
        ("year_closed", YEAR, SESSION),
    ],
)
def test_year_is_not_closed(
    closed: YearLock, reviewer: User, code: str, year: int, session: str
) -> None:
    assert refusal(lock_year, actor=reviewer, year=year, session=session) == code


def test_year_is_opened_with_a_reason_once(closed: YearLock, reviewer: User) -> None:
    assert refusal(unlock_year, actor=reviewer, year=YEAR, reason="") == "no_reason"
    unlock_year(actor=reviewer, year=YEAR, reason="Se corrige.")
    assert refusal(unlock_year, actor=reviewer, year=YEAR, reason="x") == "year_open"


@pytest.mark.parametrize("role", ["administrator", "editor", "officer"])
def test_only_the_secretariat_closes_and_opens(
    closed: YearLock, make_person: Callable[..., User], role: str
) -> None:
    person = make_person(role)
    assert refusal(lock_year, actor=person, year=2023, session="x") == "not_allowed"
    assert refusal(unlock_year, actor=person, year=YEAR, reason="x") == "not_allowed"


def test_closed_year_refuses_every_action_and_takes_them_once_open(
    editor: User, reviewer: User, make_person: Callable[..., User]
) -> None:
    indicator = factories.TargetFactory().indicator
    place = factories.PlaceFactory(province=True)
    factories.AssignmentFactory(user=editor, indicator=indicator)
    common = {"indicator": indicator, "place": place, "recorded_by": editor}
    public = factories.YearlyValueFactory(**common, year=YEAR)
    closing = factories.YearlyValueFactory(
        **common,
        year=YEAR,
        version=2,
        supersedes=public,
        change_reason="La fuente.",
        draft=True,
    )
    lock_year(actor=reviewer, year=YEAR, session=SESSION)
    assert refusal(submit_value, actor=editor, **seen(closing)) == "year_locked"
    closing.state = "in_review"
    closing.save()
    assert refusal(publish_value, actor=reviewer, **seen(closing)) == "year_locked"
    assert (
        refusal(withdraw_value, actor=reviewer, **seen(public), reason="x")
        == "year_locked"
    )
    content = ValueContent(None, "no_data", "not_collected", change_reason="x")
    entry = Entry(indicator.pk, place.pk, YEAR, content, seen=(closing.pk, 1))
    assert record_values(actor=editor, entries=[entry])[0].code == "year_locked"

    unlock_year(actor=reviewer, year=YEAR, reason="Se corrige.")
    assert publish_value(actor=reviewer, **seen(closing)).state == "published"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE indicators_yearlyvalue SET value = 9 WHERE id = %s",
        "UPDATE indicators_yearlyvalue SET year = 2023 WHERE id = %s",
        "UPDATE indicators_yearlyvalue SET is_synthetic = true WHERE id = %s",
        """UPDATE indicators_yearlyvalue SET state = 'withdrawn', change_reason = 'x'
           WHERE id = %s""",
    ],
)
def test_direct_sql_changes_no_value_of_a_closed_year(reviewer: User, sql: str) -> None:
    row = factories.YearlyValueFactory(year=YEAR)
    lock_year(actor=reviewer, year=YEAR, session=SESSION)
    with (
        pytest.raises(IntegrityError, match="year 2024 is locked"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, [row.pk])


def test_direct_sql_moves_no_value_into_a_closed_year(closed: YearLock) -> None:
    row = factories.YearlyValueFactory(year=YEAR - 1)
    with pytest.raises(IntegrityError, match="is locked"), transaction.atomic():
        YearlyValue.objects.filter(pk=row.pk).update(year=YEAR)
    with pytest.raises(IntegrityError, match="is locked"):
        factories.YearlyValueFactory(year=YEAR)


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM indicators_yearlock",
        "UPDATE indicators_yearlock SET session = 'otra'",
        "UPDATE indicators_yearlock SET unlocked_at = now()",
        "UPDATE indicators_yearlock SET unlocked_at = now(), unlock_reason = 'x'",
        """INSERT INTO indicators_yearlock
           (year, session, locked_at, locked_by_id, unlock_reason)
           SELECT year, session, locked_at, locked_by_id, ''
           FROM indicators_yearlock""",
        """INSERT INTO indicators_yearlock
           (year, session, locked_at, locked_by_id, unlock_reason)
           SELECT 2020, '', locked_at, locked_by_id, '' FROM indicators_yearlock""",
    ],
)
def test_database_keeps_the_record_of_closed_years(
    closed: YearLock, change: str
) -> None:
    with (
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)


def test_database_keeps_why_a_year_was_opened(closed: YearLock, reviewer: User) -> None:
    unlock_year(actor=reviewer, year=YEAR, reason="Se corrige.")
    with pytest.raises(DatabaseError, match="keep_why_unlocked"), transaction.atomic():
        YearLock.objects.update(unlock_reason="Otro motivo")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_closing_and_publishing_at_once_never_overlook_each_other() -> None:
    reviewer = factories.UserFactory()
    reviewer.user_permissions.set(
        Permission.objects.filter(codename__in=["review_value", "lock_year"])
    )
    indicator = factories.TargetFactory().indicator
    place = factories.PlaceFactory(province=True)
    for year in range(2016, 2024):
        row = factories.YearlyValueFactory(
            indicator=indicator, place=place, year=year, draft=True, state="in_review"
        )
        outcomes = race(
            lambda row=row: publish_value(actor=reviewer, **seen(row)),
            lambda year=year: lock_year(actor=reviewer, year=year, session=SESSION),
        )
        row.refresh_from_db()
        lock = YearLock.objects.filter(year=year).first()
        assert outcomes <= {"done", "year_locked", "year_busy"}
        # One of both, or the value first and the lock after it; never the other way.
        assert row.published_at or lock
        if row.published_at and lock:
            assert row.published_at <= lock.locked_at


def race(*actions: Callable[[], object]) -> set[str]:
    """Run the actions at the same instant; return what became of them."""
    start = threading.Barrier(len(actions))
    outcomes: list[str] = []

    def run(action: Callable[[], object]) -> None:
        start.wait()
        try:
            action()
            outcomes.append("done")
        except ValueRefusedError as refused:
            outcomes.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(outcomes) == len(actions)
    return set(outcomes)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_year_in_which_somebody_publishes_is_not_closed_before_the_end() -> None:
    reviewer = factories.UserFactory()
    reviewer.user_permissions.add(Permission.objects.get(codename="lock_year"))
    factories.YearlyValueFactory(year=YEAR - 1)

    def close() -> None:
        lock_year(actor=reviewer, year=YEAR, session=SESSION)

    with transaction.atomic():
        # As a load that has not yet written what every publication changes.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(20300002, %s)", [YEAR])
        assert race(close) == {"year_busy"}
    assert race(close) == {"done"}
