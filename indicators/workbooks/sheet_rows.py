"""What stands about each row of a workbook, and the mark by which it is known again."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from django.contrib.auth.models import User

from indicators.exports import plain_number
from indicators.models import Indicator, YearlyValue
from indicators.workbooks.columns import TYPED, flat_text
from indicators.yearly.assignments import assigned_indicators, recordable_indicators
from indicators.yearly.standing import Standing, recordable_places, standing_of
from indicators.yearly.writing import RECORD
from territory.models import Place

_MARK = re.compile(
    r"([0-9]{1,18})\.([0-9]{1,18})\.([0-9]{1,4})\.([0-9]{1,18})\.([0-9]{1,9})"
    r"\.([0-9a-f]{12})"
)
_REASONS = ("confirmation", "change_reason")
NOTHING = (0, 0)


@dataclass(frozen=True)
class Mark:
    """What the hidden cell of a row says.

    `seen` is id and version of the value that was written into the row, two zeros
    for none; `digest` is that of its cells as they were written.
    """

    indicator_id: int
    place_id: int
    year: int
    seen: tuple[int, int]
    digest: str

    def __str__(self) -> str:
        numbers = (self.indicator_id, self.place_id, self.year, *self.seen)
        return ".".join(map(str, (*numbers, self.digest)))


def mark_of(text: str) -> Mark | None:
    """Return the mark that a cell holds; None when it is none."""
    found = _MARK.fullmatch(text)
    if found is None:
        return None
    indicator_id, place_id, year, value_id, version = map(int, found.groups()[:5])
    return Mark(indicator_id, place_id, year, (value_id, version), found[6])


def digest_of(typed: Mapping[str, str]) -> str:
    """Return twelve signs that change when a typed cell does."""
    said = "\x1f".join(typed[name] for name in TYPED)
    return hashlib.sha256(said.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class SheetRow:
    """An indicator in a place and year, with what a form would show of it.

    `standing` is all that was read with it. `is_fixed` says that no sheet can change
    it: it comes from a load, is in review, or its year is locked.
    """

    indicator: Indicator
    place: Place
    year: int
    shown: YearlyValue | None
    is_fixed: bool
    standing: Standing

    @property
    def seen(self) -> tuple[int, int]:
        """Return id and version of the shown value, two zeros without one."""
        return (self.shown.pk, self.shown.lock_version) if self.shown else NOTHING

    @property
    def is_open(self) -> bool:
        """Return whether somebody is working on the shown value."""
        return self.shown is not None and self.shown.state in YearlyValue.OPEN_STATES

    @cached_property
    def previous(self) -> YearlyValue | None:
        """Return a bare row of the last published number of an earlier year."""
        return self.standing.previous((self.indicator.pk, self.place.pk, self.year))

    @cached_property
    def typed(self) -> dict[str, str]:
        """Return what the typed cells say: numbers plain, kinds and reasons as codes.

        The reasons of a closed value are not those of its next correction.
        """
        if self.shown is None:
            return dict.fromkeys(TYPED, "")
        value = self.shown.value
        number = "" if value is None else plain_number(value)
        texts = {name: flat_text(self.kept(name)) for name in TYPED if name != "value"}
        return {"value": number, **texts}

    def kept(self, name: str) -> str:
        """Return a stored text exactly; "" for the reasons of a closed value."""
        if self.shown is None or (name in _REASONS and not self.is_open):
            return ""
        return str(getattr(self.shown, name))

    @property
    def mark(self) -> Mark:
        """Return what its hidden cell says."""
        return Mark(
            self.indicator.pk,
            self.place.pk,
            self.year,
            self.seen,
            digest_of(self.typed),
        )


def sheet_rows(user: User, year: int) -> tuple[SheetRow, ...]:
    """Return the rows of a person's workbook, in the plan's order.

    Who records gets the assigned indicators, who only reads gets all of them; the
    districts come where the indicator has them. The number of queries is fixed.
    """
    return rows_and_standing(user, year)[0]


def rows_and_standing(
    user: User, year: int, *, lock: bool = False
) -> tuple[tuple[SheetRow, ...], Standing]:
    """Return the rows of a person's workbook and all that stands about them.

    With `lock`, whoever else saves values of these indicators waits until the
    transaction ends.
    """
    records = user.has_perm(RECORD)
    chosen = assigned_indicators(user) if records else recordable_indicators()
    indicators = list(chosen)
    places = sorted(
        recordable_places(), key=lambda one: (one.level != "province", one.ubigeo)
    )
    pairs = [
        (indicator, place)
        for indicator in indicators
        for place in places
        if indicator.by_district or place.level == Place.Level.PROVINCE
    ]
    keys = ((one.pk, place.pk, year) for one, place in pairs)
    standing = standing_of(keys, lock=lock, recordable=places)
    rows = tuple(_row(standing, one, place, year) for one, place in pairs)
    return rows, standing


def _row(standing: Standing, indicator: Indicator, place: Place, year: int) -> SheetRow:
    key = (indicator.pk, place.pk, year)
    shown = standing.shown_row(key)
    is_in_review = shown is not None and shown.state == YearlyValue.State.IN_REVIEW
    is_from_load = shown is not None and shown.load_id is not None
    return SheetRow(
        indicator=indicator,
        place=place,
        year=year,
        shown=shown,
        is_fixed=is_in_review or is_from_load or year in standing.locked_years,
        standing=standing,
    )
