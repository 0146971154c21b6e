"""Writes of yearly values: recorded by one person, published by another.

Every action is one transaction, locks the row it changes, compares the version the
person saw with the one stored, and leaves who and why in the history.
"""

from django.contrib.auth.models import User
from django.utils import timezone

from indicators.models import Indicator, YearlyValue
from indicators.progress import ProgressInputError
from indicators.results import recompute_progress
from indicators.yearly.assignments import is_assigned
from indicators.yearly.batches import Entry, Outcome, record_values
from indicators.yearly.closed_years import hold_years
from indicators.yearly.content import ValueContent
from indicators.yearly.review_actions import Chosen, publish_values
from indicators.yearly.writing import (
    RECORD,
    REVIEW,
    StaleValueError,
    ValueRefusedError,
    writing,
)

State = YearlyValue.State


def record_value(
    *, actor: User, indicator_id: int, place_id: int, year: int, content: ValueContent
) -> YearlyValue:
    """Return a new draft; on a published or withdrawn value it is a correction.

    Raises:
        ValueRefusedError: the actor may not record, a draft of this place and year is
            open already, the published value comes from a source's load, the value is
            impossible, unlikely without confirmation, or corrects without a reason.
    """
    (outcome,) = record_values(
        actor=actor, entries=[Entry(indicator_id, place_id, year, content)]
    )
    return _saved(outcome)


def save_draft(
    *, actor: User, value_id: int, lock_version: int, content: ValueContent
) -> YearlyValue:
    """Return the draft with what was typed; its author is whoever saved it last.

    Raises:
        StaleValueError: somebody saved since lock_version.
        ValueRefusedError: as record_value, or the value is not a draft any more.
    """
    key = YearlyValue.objects.values_list("indicator_id", "place_id", "year")
    (outcome,) = record_values(
        actor=actor,
        entries=[Entry(*key.get(pk=value_id), content, seen=(value_id, lock_version))],
    )
    return _saved(outcome)


def submit_value(*, actor: User, value_id: int, lock_version: int) -> YearlyValue:
    """Return the draft, now in review; a returned one goes back as it is.

    Raises:
        StaleValueError: somebody saved since lock_version.
        ValueRefusedError: the actor may not record this indicator, it is neither
            draft nor returned, or its year is locked.
    """
    with writing(actor, RECORD):
        row = _locked(value_id, lock_version)
        _require_state(row, State.DRAFT, State.RETURNED)
        _require_open_year(row)
        if not is_assigned(actor, row.indicator_id):
            raise ValueRefusedError("not_allowed")
        row.state = State.IN_REVIEW
        row.submitted_at = timezone.now()
        return _save(row)


def discard_draft(*, actor: User, value_id: int, lock_version: int) -> None:
    """Remove a draft that nobody else has been shown; its history stays.

    Raises:
        StaleValueError: somebody saved since lock_version.
        ValueRefusedError: the actor is not its author, or it has been in review.
    """
    with writing(actor, RECORD):
        row = _locked(value_id, lock_version)
        _require_state(row, State.DRAFT)
        if row.submitted_at is not None:
            raise ValueRefusedError("wrong_state")
        if row.recorded_by_id != actor.pk:
            raise ValueRefusedError("not_allowed")
        row.delete()


def publish_value(*, actor: User, value_id: int, lock_version: int) -> YearlyValue:
    """Return the value, now public; the one it corrects stays as superseded.

    The progress of the indicator in the place is computed anew in the same
    transaction. Nobody publishes what they typed, in any of its drafts.

    Raises:
        StaleValueError: somebody saved since lock_version.
        ValueRefusedError: the actor may not review or wrote it, it is not in review,
            its year is locked, or the published values would contradict each other.
    """
    chosen = Chosen(value_id, lock_version)
    (one,) = publish_values(actor=actor, chosen=[chosen])
    if one.is_published and one.row is not None:
        return one.row
    if one.code == "stale" and one.row is not None:
        raise StaleValueError(one.row)
    raise ValueRefusedError(one.code, value_id=value_id)


def return_value(
    *, actor: User, value_id: int, lock_version: int, reason: str
) -> YearlyValue:
    """Return the value, now back with its author and the reviewer's words.

    Raises:
        StaleValueError: somebody saved since lock_version.
        ValueRefusedError: the actor may not review or wrote it, it is not in review,
            or no reason is given.
    """
    with writing(actor, REVIEW, reason):
        row = _locked(value_id, lock_version)
        _require_state(row, State.IN_REVIEW)
        _require_second_person(actor, row)
        row.return_reason = _reason(reason)
        row.state = State.RETURNED
        row.reviewed_by, row.reviewed_at = actor, timezone.now()
        return _save(row)


def withdraw_value(
    *, actor: User, value_id: int, lock_version: int, reason: str
) -> YearlyValue:
    """Return the published value, now withdrawn; it stays in the history.

    Raises:
        StaleValueError: somebody saved since lock_version.
        ValueRefusedError: the actor may not review or wrote it, it is not published,
            its year is locked, or no reason is given.
    """
    with writing(actor, REVIEW, reason):
        row = _locked(value_id, lock_version)
        _require_state(row, State.PUBLISHED)
        _require_open_year(row)
        _require_second_person(actor, row)
        row.change_reason = _reason(reason)
        row.state = State.WITHDRAWN
        _save(row)
        _recompute(row, f"withdrew value {row.pk}")
        return row


def _saved(outcome: Outcome) -> YearlyValue:
    stored = outcome.stored
    if outcome.is_good and stored is not None:
        return stored
    if outcome.code == "stale" and stored and stored.state in YearlyValue.OPEN_STATES:
        raise StaleValueError(stored)
    code = "wrong_state" if outcome.code == "stale" else outcome.code
    raise ValueRefusedError(code, outcome.questions, stored.pk if stored else None)


def _lock(value_id: int) -> YearlyValue:
    # The indicator before its values, as whoever saves many of them does.
    list(Indicator.objects.select_for_update().filter(values=value_id).order_by("pk"))
    return (
        YearlyValue.objects.select_for_update(of=("self",))
        .select_related("indicator", "place", "recorded_by", "supersedes")
        .get(pk=value_id)
    )


def _locked(value_id: int, lock_version: int) -> YearlyValue:
    row = _lock(value_id)
    if row.lock_version != lock_version:
        raise StaleValueError(row)
    return row


def _save(row: YearlyValue) -> YearlyValue:
    row.lock_version += 1
    row.save()
    return row


def _require_open_year(row: YearlyValue) -> None:
    if hold_years([row.year]):
        raise ValueRefusedError("year_locked", value_id=row.pk)


def _require_state(row: YearlyValue, *states: str) -> None:
    if row.state not in states:
        raise ValueRefusedError("wrong_state", value_id=row.pk)


def _require_second_person(actor: User, row: YearlyValue) -> None:
    events = YearlyValue.pgh_event_model.objects.filter(pgh_obj_id=row.pk)  # type: ignore[attr-defined]
    if row.recorded_by_id == actor.pk or events.filter(recorded_by=actor).exists():
        raise ValueRefusedError("own_value")


def _reason(text: str) -> str:
    if not text.strip():
        raise ValueRefusedError("no_reason")
    return text.strip()


def _recompute(row: YearlyValue, trigger: str) -> None:
    try:
        recompute_progress(
            indicator_id=row.indicator_id, place_id=row.place_id, trigger=trigger
        )
    except ProgressInputError as error:
        raise ValueRefusedError("contradiction") from error
