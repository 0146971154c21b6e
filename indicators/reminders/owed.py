"""Who owes which yearly values by when: from assignments, frequency and what stands."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import groupby

from django.contrib.auth.models import User
from django.utils import timezone

from indicators.grid.year import row_address
from indicators.models import Assignment, Indicator, YearLock, YearlyValue
from indicators.progress import owed_years, value_due_on
from indicators.yearly.assignments import recordable_indicators
from indicators.yearly.words import indicator_name
from indicators.yearly.writing import RECORD
from territory.models import Place

State = YearlyValue.State
# A published "no data" is an answer too; what waits for review needs another person.
_ANSWERED = (State.PUBLISHED, State.IN_REVIEW)


@dataclass(frozen=True, slots=True)
class OwedValue:
    """One value that a person should record or send, in the language of the page.

    `value_id` is the open draft, None when nothing is begun.
    """

    indicator_id: int
    code: str
    name: str
    place_id: int
    year: int
    due_on: dt.date
    value_id: int | None

    @property
    def address(self) -> str:
        """Return where it is typed, below the site's address."""
        return row_address(
            indicator_id=self.indicator_id, place_id=self.place_id, year=self.year
        )


@dataclass(frozen=True, slots=True)
class DueGroup:
    """Values that fall due on one day."""

    due_on: dt.date
    is_late: bool
    values: tuple[OwedValue, ...]

    @property
    def year(self) -> int:
        """Return the year of all of them: each year has its own due day."""
        return self.values[0].year


@dataclass(frozen=True, slots=True)
class ReturnedValue:
    """A value that its author got back with observations."""

    value_id: int
    code: str
    name: str
    year: int
    returned_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Owed:
    """All that one person owes, the earliest due day first."""

    groups: tuple[DueGroup, ...] = ()
    returned: tuple[ReturnedValue, ...] = ()

    @property
    def count(self) -> int:
        """Return how many values a person should record, send or mend."""
        return sum(len(group.values) for group in self.groups) + len(self.returned)


def recorders() -> list[User]:
    """Return the active people who may record values, by name. One query."""
    people = User.objects.with_perm(
        RECORD, backend="django.contrib.auth.backends.ModelBackend"
    )
    return list(people.order_by("last_name", "first_name", "username"))


def owed_by(user_ids: Collection[int], *, today: dt.date) -> dict[int, Owed]:
    """Return what each of some people owes on a day of Lima; five queries.

    Owed is the province's value of each finished year since the person's assignment
    began that nobody published or sent to review. Years closed after their session
    and indicators that a source feeds by itself are not owed.
    """
    assignments = list(
        Assignment.objects.filter(
            user_id__in=user_ids,
            indicator__in=recordable_indicators().filter(derivation=None),
        ).select_related("indicator__goal__axis")
    )
    place = _province()
    stands = {} if place is None else _standing(assignments, place)
    locked = set(YearLock.objects.standing().values_list("year", flat=True))
    owed: dict[int, list[OwedValue]] = defaultdict(list)
    for one in assignments:
        if place is not None:
            owed[one.user_id] += _owed_of(one, place, stands, locked, today)
    returned = _returned(user_ids)
    return {
        user_id: Owed(
            groups=_grouped(owed[user_id], today),
            returned=tuple(returned.get(user_id, ())),
        )
        for user_id in user_ids
    }


def without_address(*, today: dt.date) -> tuple[User, ...]:
    """Return who owes values and has no e-mail to be reminded at; seven queries."""
    silent = [person for person in recorders() if not person.email]
    owed = owed_by([person.pk for person in silent], today=today) if silent else {}
    return tuple(person for person in silent if owed[person.pk].count)


def _province() -> Place | None:
    places = Place.objects.current().filter(
        jurisdiction__is_home=True, level=Place.Level.PROVINCE
    )
    return places.defer("geom").first()


def _standing(
    assignments: Collection[Assignment], place: Place
) -> dict[int, dict[int, tuple[int, str]]]:
    """Return what stands of each indicator: year → value and its state."""
    rows = YearlyValue.objects.filter(
        indicator_id__in={one.indicator_id for one in assignments},
        place=place,
        state__in=[*_ANSWERED, State.DRAFT, State.RETURNED],
    ).values_list("indicator_id", "year", "pk", "state")
    stands: dict[int, dict[int, tuple[int, str]]] = defaultdict(dict)
    for indicator_id, year, pk, state in rows:
        held = stands[indicator_id].get(year)
        if held is None or held[1] not in _ANSWERED:
            stands[indicator_id][year] = (pk, state)
    return stands


def _owed_of(
    one: Assignment,
    place: Place,
    stands: Mapping[int, Mapping[int, tuple[int, str]]],
    locked: Collection[int],
    today: dt.date,
) -> list[OwedValue]:
    indicator: Indicator = one.indicator
    years = stands.get(indicator.pk, {})
    answered = {year for year, (_pk, state) in years.items() if state in _ANSWERED}
    asked = owed_years(
        answered=answered,
        # The last year that was over when the person took the indicator on.
        first_year=timezone.localdate(one.assigned_at).year - 1,
        frequency_months=indicator.frequency_months,
        as_of=today,
    )
    return [
        OwedValue(
            indicator_id=indicator.pk,
            code=indicator.code,
            name=indicator_name(indicator),
            place_id=place.pk,
            year=year,
            due_on=value_due_on(year),
            value_id=years[year][0] if year in years else None,
        )
        for year in asked
        # What was returned stands under its own title, with its author.
        if year not in locked and years.get(year, (0, ""))[1] != State.RETURNED
    ]


def _grouped(values: list[OwedValue], today: dt.date) -> tuple[DueGroup, ...]:
    ordered = sorted(values, key=lambda value: (value.due_on, value.code))
    return tuple(
        DueGroup(due_on=due_on, is_late=due_on < today, values=tuple(group))
        for due_on, group in groupby(ordered, key=lambda value: value.due_on)
    )


def _returned(user_ids: Collection[int]) -> dict[int, list[ReturnedValue]]:
    rows = (
        YearlyValue.objects.filter(state=State.RETURNED, recorded_by_id__in=user_ids)
        .select_related("indicator__goal")
        .order_by("reviewed_at", "pk")
    )
    found: dict[int, list[ReturnedValue]] = defaultdict(list)
    for row in rows:
        assert row.recorded_by_id is not None
        found[row.recorded_by_id].append(
            ReturnedValue(
                value_id=row.pk,
                code=row.indicator.code,
                name=indicator_name(row.indicator),
                year=row.year,
                returned_at=row.reviewed_at or row.recorded_at,
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class PanelReminders:
    """What the panel's first page says of reminders.

    `owed` is the person's own; `silent` who owes and cannot be written to, for those
    who may change accounts.
    """

    owed: Owed
    silent: tuple[User, ...]


def panel_reminders(user: User, *, today: dt.date) -> PanelReminders:
    """Return what a person owes, and whom nobody can remind; twelve queries at most."""
    owes, looks_after = user.has_perm(RECORD), user.has_perm("auth.change_user")
    return PanelReminders(
        owed=owed_by([user.pk], today=today)[user.pk] if owes else Owed(),
        silent=without_address(today=today) if looks_after else (),
    )
