"""Publish what others recorded: one value or many, in one transaction.

What a person saw is what is published. A value that changed since, or that they
wrote themselves, stays where it is and is named; the others do not wait for it.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from indicators.models import YearlyValue
from indicators.progress import ProgressInputError
from indicators.results import recompute_progress
from indicators.yearly.batches import next_version
from indicators.yearly.closed_years import hold_years
from indicators.yearly.standing import Key, Standing, standing_of
from indicators.yearly.writing import REVIEW, writing

State = YearlyValue.State


@dataclass(frozen=True)
class Chosen:
    """A value that somebody wants to publish, in the version they saw."""

    value_id: int
    lock_version: int


@dataclass(frozen=True)
class Publication:
    """What became of a chosen value.

    `code` is "published", "stale" (somebody saved since) or a code of
    ValueRefusedError; `row` is what is stored now, None when there is no such value.
    """

    chosen: Chosen
    code: str
    row: YearlyValue | None = None

    @property
    def is_published(self) -> bool:
        """Return whether it is public now."""
        return self.code == "published"


def publish_values(*, actor: User, chosen: Iterable[Chosen]) -> tuple[Publication, ...]:
    """Return what became of each chosen value, in their order.

    Every good one is public, the one it corrects is kept as superseded, and progress
    is computed once for each indicator and place. Where that finds the published
    values to contradict each other, none of that indicator and place is published.

    Raises:
        ValueRefusedError: the actor may not review at all.
    """
    chosen = tuple({one.value_id: one for one in chosen}.values())
    ids = [one.value_id for one in chosen]
    with writing(actor, REVIEW):
        keys: set[Key] = set(
            YearlyValue.objects.filter(pk__in=ids).values_list(
                "indicator_id", "place_id", "year"
            )
        )
        hold_years(year for _indicator, _place, year in keys)
        standing = standing_of(keys, lock=True)
        rows = {row.pk: row for row in chain(*standing.rows.values())}
        own = written_by(actor, ids)
        codes = {
            one.value_id: _obstacle(one, rows.get(one.value_id), standing, own)
            for one in chosen
        }
        groups: defaultdict[tuple[int, int], list[YearlyValue]] = defaultdict(list)
        for pk in (pk for pk, code in codes.items() if not code):
            groups[rows[pk].indicator_id, rows[pk].place_id].append(rows[pk])
        for group in groups.values():
            codes |= dict.fromkeys([row.pk for row in group], _publish(group, actor))
    return tuple(
        Publication(one, codes[one.value_id], rows.get(one.value_id)) for one in chosen
    )


def written_by(actor: User, ids: Iterable[int]) -> set[int]:
    """Return which of the values the actor typed, in any of their drafts."""
    events: Any = YearlyValue.pgh_event_model  # type: ignore[attr-defined]
    typed = events.objects.filter(pgh_obj_id__in=list(ids), recorded_by=actor)
    return set(typed.values_list("pgh_obj_id", flat=True))


def _obstacle(
    one: Chosen, row: YearlyValue | None, standing: Standing, own: set[int]
) -> str:
    """Return why a value cannot be published; "" when it can."""
    if row is None:
        return "wrong_state"
    if row.lock_version != one.lock_version:
        return "stale"
    if row.state != State.IN_REVIEW:
        return "wrong_state"
    if row.year in standing.locked_years:
        return "year_locked"
    if row.pk in own:
        return "own_value"
    key = (row.indicator_id, row.place_id, row.year)
    if next_version(standing.last_closed(key))["version"] != row.version:
        return "published_meanwhile"
    return ""


def _publish(rows: list[YearlyValue], actor: User) -> str:
    """Return "published", or "contradiction" with nothing changed."""
    now = timezone.now()
    former = [row.supersedes_id for row in rows if row.supersedes_id]
    fresh = {
        "state": State.PUBLISHED,
        "reviewed_by": actor,
        "reviewed_at": now,
        "published_at": now,
    }
    numbers = ", ".join(str(row.pk) for row in rows)
    try:
        with transaction.atomic():
            YearlyValue.objects.published().filter(pk__in=former).update(
                state=State.SUPERSEDED, lock_version=F("lock_version") + 1
            )
            YearlyValue.objects.filter(pk__in=[row.pk for row in rows]).update(
                **fresh, lock_version=F("lock_version") + 1
            )
            recompute_progress(
                indicator_id=rows[0].indicator_id,
                place_id=rows[0].place_id,
                trigger=f"published values {numbers}"[:120],
            )
    except ProgressInputError:
        return "contradiction"
    for row in rows:
        row.lock_version += 1
        for name, content in fresh.items():
            setattr(row, name, content)
    return "published"
