"""What a person would send to review from their year, before they send it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import User

from indicators.grid.year import GridRow, YearGrid
from indicators.models import YearlyValue
from indicators.yearly.content import content_of
from indicators.yearly.standing import standing_of
from indicators.yearly.words import question_text

State = YearlyValue.State


@dataclass(frozen=True)
class Sending:
    """A draft to be sent, with what is unlikely about it and its author's reason."""

    row: GridRow
    questions: tuple[str, ...]
    confirmation: str


@dataclass(frozen=True)
class Submission:
    """The drafts of one person in a year, and what stays behind.

    `returned` wait for a correction, `others` are drafts of somebody else, `missing`
    have nothing recorded.
    """

    sending: tuple[Sending, ...]
    returned: tuple[GridRow, ...]
    others: tuple[GridRow, ...]
    missing: tuple[GridRow, ...]

    @property
    def unlikely_count(self) -> int:
        """Return how many drafts to be sent call attention."""
        return sum(bool(one.questions) for one in self.sending)

    @property
    def seen(self) -> str:
        """Return the drafts with their versions, as one hidden field."""
        return ",".join(one.row.seen for one in self.sending)


def own_drafts(rows: Iterable[GridRow], user: User) -> list[GridRow]:
    """Return the rows whose draft the person saved last: those they may send."""
    return [
        row
        for row in rows
        if row.stored
        and row.state == State.DRAFT
        and row.stored.recorded_by_id == user.pk
    ]


def versions_of(rows: Iterable[GridRow]) -> dict[int, int]:
    """Return the stored drafts of rows, each with its version."""
    stored = (row.stored for row in rows)
    return {one.pk: one.lock_version for one in stored if one is not None}


def submission_of(grid: YearGrid, user: User) -> Submission:
    """Return what of a grid is ready to be sent; 5 queries."""
    own = own_drafts(grid.rows, user)
    drafts = (row for row in grid.rows if row.state == State.DRAFT)
    return Submission(
        sending=_sendings(own),
        returned=tuple(row for row in grid.rows if row.state == State.RETURNED),
        others=tuple(row for row in drafts if row not in own),
        missing=tuple(row for row in grid.rows if row.state == ""),
    )


def _sendings(rows: list[GridRow]) -> tuple[Sending, ...]:
    standing = standing_of(row.key for row in rows)
    found = []
    for row in rows:
        if row.stored is None:
            continue
        content = content_of(row.stored)
        _hard, soft = standing.questions(
            row.key, content, has_evidence=bool(content.source_url)
        )
        questions = (question_text(one, row.indicator, row.previous) for one in soft)
        found.append(Sending(row, tuple(questions), content.confirmation))
    return tuple(found)
