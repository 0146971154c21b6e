"""Writes of yearly values: recorded by one person, published by another.

Every action is one transaction, locks the row it changes, compares the version the
person saw with the one stored, and leaves who and why in the history.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

import pghistory
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from indicators.models import Indicator, YearlyValue
from indicators.progress import ProgressInputError
from indicators.results import recompute_progress
from indicators.value_checks import ValueQuestion, impossible, unlikely
from territory.models import Place

State = YearlyValue.State
RECORD = "indicators.record_value"
REVIEW = "indicators.review_value"


@dataclass(frozen=True)
class ValueContent:
    """What a person types for one value, in the indicator's own unit.

    value is None when and only when kind is no_data, which needs its reason.
    confirmation says why an unlikely value is right; change_reason why a published
    value is corrected. Both may be empty when nothing asks for them.
    """

    value: Decimal | None
    kind: str
    no_data_reason: str = ""
    source_text: str = ""
    source_url: str = ""
    note: str = ""
    confirmation: str = ""
    change_reason: str = ""


class ValueRefusedError(Exception):
    """An action that must not be.

    `code` is one of "not_allowed", "own_value", "wrong_state", "no_reason",
    "no_change_reason", "open_exists", "from_load", "impossible", "unconfirmed",
    "contradiction", "wrong_content", "published_meanwhile"; the page has the words.
    `questions` holds what was found about the value, `value_id` the row that stands
    in the way.
    """

    def __init__(
        self,
        code: str,
        questions: tuple[ValueQuestion, ...] = (),
        value_id: int | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.questions = questions
        self.value_id = value_id


class StaleValueError(Exception):
    """Somebody else saved since the page was opened; `current` is what is stored."""

    def __init__(self, current: YearlyValue) -> None:
        super().__init__(f"stored version {current.lock_version}")
        self.current = current


def previous_published(
    *, indicator_id: int, place_id: int, year: int
) -> YearlyValue | None:
    """Return the last published number of an earlier year; None when there is none."""
    return (
        YearlyValue.objects.published()
        .filter(
            indicator_id=indicator_id,
            place_id=place_id,
            year__lt=year,
            value__isnull=False,
        )
        .order_by("-year")
        .first()
    )


def questions_about(
    *, indicator: Indicator, place_id: int, year: int, value: Decimal | None, kind: str
) -> tuple[tuple[ValueQuestion, ...], tuple[ValueQuestion, ...]]:
    """Return what is impossible and what is unlikely about a value."""
    this_year = timezone.localdate().year
    previous = previous_published(
        indicator_id=indicator.pk, place_id=place_id, year=year
    )
    return (
        impossible(
            value=value, year=year, this_year=this_year, is_share=indicator.is_share
        ),
        unlikely(
            value=value,
            previous=previous.value if previous else None,
            year=year,
            this_year=this_year,
            is_final=kind == YearlyValue.Kind.MEASURED,
        ),
    )


def record_value(
    *, actor: User, indicator_id: int, place_id: int, year: int, content: ValueContent
) -> YearlyValue:
    """Return a new draft; on a published or withdrawn value it is a correction.

    Raises:
        ValueRefusedError: the actor may not record, a draft of this place and year is
            open already, the published value comes from a source's load, the value is
            impossible, unlikely without confirmation, or corrects without a reason.
    """
    key = {"indicator_id": indicator_id, "place_id": place_id, "year": year}
    try:
        with _writing(actor, RECORD, content.change_reason):
            indicator = Indicator.objects.get(pk=indicator_id)
            Place.objects.get(pk=place_id)
            row = YearlyValue(**key, **_next_version(key))
            _check_content(row, indicator, content)
            _write_content(row, content)
            row.recorded_by = actor
            row.recorded_at = timezone.now()
            row.save()
            return row
    except IntegrityError as error:
        if "one_open_value" not in str(error):
            raise
        standing = YearlyValue.objects.open().filter(**key).first()
        raise ValueRefusedError(
            "open_exists", value_id=standing.pk if standing else None
        ) from error


def save_draft(
    *, actor: User, value_id: int, lock_version: int, content: ValueContent
) -> YearlyValue:
    """Return the draft with what was typed; its author is whoever saved it last.

    Raises:
        StaleValueError: somebody saved since lock_version.
        ValueRefusedError: as record_value, or the value is not a draft any more.
    """
    with _writing(actor, RECORD, content.change_reason):
        row = _locked(value_id, lock_version)
        _require_state(row, State.DRAFT, State.RETURNED)
        for name, fresh in _next_version(_key(row)).items():
            setattr(row, name, fresh)
        _check_content(row, row.indicator, content)
        _write_content(row, content)
        row.state = State.DRAFT
        row.recorded_by = actor
        row.recorded_at = timezone.now()
        return _save(row)


def submit_value(*, actor: User, value_id: int, lock_version: int) -> YearlyValue:
    """Return the draft, now in review.

    Raises:
        StaleValueError: somebody saved since lock_version.
        ValueRefusedError: the actor may not record, or it is not a draft.
    """
    with _writing(actor, RECORD):
        row = _locked(value_id, lock_version)
        _require_state(row, State.DRAFT)
        row.state = State.IN_REVIEW
        row.submitted_at = timezone.now()
        return _save(row)


def discard_draft(*, actor: User, value_id: int, lock_version: int) -> None:
    """Remove a draft that nobody else has been shown; its history stays.

    Raises:
        StaleValueError: somebody saved since lock_version.
        ValueRefusedError: the actor is not its author, or it has been in review.
    """
    with _writing(actor, RECORD):
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
            or the published values would contradict each other.
    """
    with _writing(actor, REVIEW):
        row = _locked(value_id, lock_version)
        _require_state(row, State.IN_REVIEW)
        _require_second_person(actor, row)
        _require_same_predecessor(row)
        if row.supersedes_id is not None:
            former = _lock(row.supersedes_id)
            if former.state == State.PUBLISHED:
                former.state = State.SUPERSEDED
                _save(former)
        now = timezone.now()
        row.state = State.PUBLISHED
        row.reviewed_by, row.reviewed_at, row.published_at = actor, now, now
        _save(row)
        _recompute(row, f"published value {row.pk}")
        return row


def return_value(
    *, actor: User, value_id: int, lock_version: int, reason: str
) -> YearlyValue:
    """Return the value, now back with its author and the reviewer's words.

    Raises:
        StaleValueError: somebody saved since lock_version.
        ValueRefusedError: the actor may not review or wrote it, it is not in review,
            or no reason is given.
    """
    with _writing(actor, REVIEW, reason):
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
            or no reason is given.
    """
    with _writing(actor, REVIEW, reason):
        row = _locked(value_id, lock_version)
        _require_state(row, State.PUBLISHED)
        _require_second_person(actor, row)
        row.change_reason = _reason(reason)
        row.state = State.WITHDRAWN
        _save(row)
        _recompute(row, f"withdrew value {row.pk}")
        return row


@contextmanager
def _writing(actor: User, permission: str, reason: str = "") -> Iterator[None]:
    if not actor.has_perm(permission):
        raise ValueRefusedError("not_allowed")
    with (
        transaction.atomic(),
        pghistory.context(user=actor.pk, role=permission, reason=reason),
    ):
        yield


def _lock(value_id: int) -> YearlyValue:
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


def _key(row: YearlyValue) -> dict[str, int]:
    return {
        "indicator_id": row.indicator_id,
        "place_id": row.place_id,
        "year": row.year,
    }


def _require_same_predecessor(row: YearlyValue) -> None:
    if _next_version(_key(row))["version"] != row.version:
        raise ValueRefusedError("published_meanwhile", value_id=row.pk)


def _next_version(key: dict[str, int]) -> dict[str, int | None]:
    seen = YearlyValue.objects.filter(**key).exclude(state__in=YearlyValue.OPEN_STATES)
    last = seen.order_by("-version").first()
    if last is None:
        return {"version": 1}
    if last.load_id is not None and last.state == State.PUBLISHED:
        raise ValueRefusedError("from_load", value_id=last.pk)
    highest = seen.aggregate(highest=Max("version"))["highest"]
    return {"version": highest + 1, "supersedes_id": last.pk}


def _check_content(
    row: YearlyValue, indicator: Indicator, content: ValueContent
) -> None:
    is_missing = content.kind == YearlyValue.Kind.NO_DATA
    if is_missing != (content.value is None) or is_missing != bool(
        content.no_data_reason
    ):
        raise ValueRefusedError("wrong_content")
    if row.version > 1 and not content.change_reason.strip():
        raise ValueRefusedError("no_change_reason")
    hard, soft = questions_about(
        indicator=indicator,
        place_id=row.place_id,
        year=row.year,
        value=content.value,
        kind=content.kind,
    )
    if hard:
        raise ValueRefusedError("impossible", hard)
    if soft and not content.confirmation.strip():
        raise ValueRefusedError("unconfirmed", soft)


def _write_content(row: YearlyValue, content: ValueContent) -> None:
    row.value = content.value
    row.kind = content.kind
    row.no_data_reason = content.no_data_reason
    row.source_text = content.source_text.strip()
    row.source_url = content.source_url
    row.note = content.note.strip()
    row.confirmation = content.confirmation.strip()
    row.change_reason = content.change_reason.strip() if row.version > 1 else ""
    row.reviewed_by = row.reviewed_at = None


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
