"""Evidence as pages and files show it: what one reader may open, and what not."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import F, OuterRef, QuerySet
from django.urls import reverse

from indicators.evidence.files import ending_of
from indicators.evidence.level import Origin, value_level
from indicators.evidence.words import KIND_WORDS
from indicators.models import Evidence, YearlyValue, evidence_list
from indicators.yearly.assignments import is_assigned
from indicators.yearly.writing import RECORD, REVIEW

SEES_DRAFTS: Final = "indicators.view_yearlyvalue"
SEES_RESERVED: Final = "indicators.view_evidence"
# What was public stays so when it is corrected; what is withdrawn may be the reason.
SHOWN_STATES: Final = (YearlyValue.State.PUBLISHED, YearlyValue.State.SUPERSEDED)


@dataclass(frozen=True)
class EvidenceItem:
    """One piece of evidence for one reader.

    `address` is "" where the reader sees no more than the title. `form` is the kind
    of file, such as "PDF"; `form`, `sha256` and `size_bytes` are "" and None for a
    link and where it is reserved.
    """

    id: int
    title: str
    kind: str
    kind_word: str
    is_public: bool
    address: str
    form: str
    size_bytes: int | None
    sha256: str


@dataclass(frozen=True)
class AddedItem:
    """A piece of evidence with who added it and when, for the panel alone."""

    item: EvidenceItem
    person: str
    at: dt.datetime


@dataclass(frozen=True)
class ValueEvidence:
    """All evidence of a value, and its level from 0 to 4."""

    items: tuple[AddedItem, ...]
    level: int


def evidence_items(
    found: Iterable[Mapping[str, Any]], *, sees_all: bool, is_shown: bool = True
) -> tuple[EvidenceItem, ...]:
    """Return the rows of `evidence_list` for a reader; what is closed as its title.

    Reserved evidence is closed, and all evidence of a value that is not shown.
    """
    return tuple(
        _item(row, is_open=sees_all or (is_shown and row["is_public"])) for row in found
    )


def works_on(reader: User | AnonymousUser, value: YearlyValue) -> bool:
    """Return whether a person opens all evidence of a value, whatever its state.

    Reviewers and administrators do; who only records values, those assigned to them.
    """
    if not isinstance(reader, User) or not reader.has_perm(SEES_DRAFTS):
        return False
    only_records = reader.has_perm(RECORD) and not reader.has_perm(REVIEW)
    return not only_records or is_assigned(reader, value.indicator_id)


def value_evidence(value: YearlyValue, reader: User) -> ValueEvidence:
    """Return the evidence of a value for its page in the panel. Two queries."""
    found = value.evidence.select_related("added_by").order_by("pk")
    rows = [vars(row) for row in found]
    items = evidence_items(rows, sees_all=works_on(reader, value))
    is_official = value.load.source.is_official if value.load else None
    return ValueEvidence(
        items=tuple(
            AddedItem(
                item=item,
                person=row.added_by.get_full_name() or row.added_by.get_username(),
                at=row.added_at,
            )
            for item, row in zip(items, found, strict=True)
        ),
        level=level_of(rows, is_official=is_official, kind=value.kind),
    )


def with_evidence(values: "QuerySet[YearlyValue]") -> "QuerySet[YearlyValue]":
    """Return the values with their evidence, without a query more.

    `evidence_rows` are those of `evidence_list`; `is_official` is of the source whose
    load brought the value, None if none did.
    """
    return values.annotate(
        evidence_rows=evidence_list(OuterRef("pk")),
        is_official=F("load__source__is_official"),
    )


def stored_level(value: Any) -> int:
    """Return the level of a value that `with_evidence` brought."""
    return level_of(value.evidence_rows, is_official=value.is_official, kind=value.kind)


def level_of(
    found: Iterable[Mapping[str, Any]], *, is_official: bool | None, kind: str
) -> int:
    """Return the level of a value of a kind with the rows of its evidence.

    is_official says it of the source whose load brought the value, None if none did.
    """
    origin = None
    if is_official is not None:
        is_measured = kind == YearlyValue.Kind.MEASURED
        origin = Origin(is_official=is_official, is_measured=is_measured)
    return value_level(
        ((row["kind"], bool(row["url"])) for row in found), origin=origin
    )


def readable_evidence(
    evidence_id: int, reader: User | AnonymousUser
) -> tuple[Evidence | None, bool]:
    """Return evidence if a reader may open it, and whether its title is public.

    Public evidence of a published or corrected value is everybody's, reserved one of
    such a value the committee's; those who work on values open all.
    """
    row = (
        Evidence.objects.select_related("value__indicator")
        .filter(pk=evidence_id)
        .first()
    )
    if row is None:
        return None, False
    is_shown = row.value.state in SHOWN_STATES
    may_read = works_on(reader, row.value) or (
        is_shown and (row.is_public or reader.has_perm(SEES_RESERVED))
    )
    return (row if may_read else None), is_shown


def kept_path(row: Evidence) -> Path | None:
    """Return where the file of evidence lies; None for a link or a lost file."""
    path = Path(settings.MEDIA_ROOT, row.path) if row.path else None
    return path if path is not None and path.is_file() else None


def _item(row: Mapping[str, Any], *, is_open: bool) -> EvidenceItem:
    is_file = is_open and bool(row["path"])
    address = row["url"] or reverse("indicators:evidence-file", args=[row["id"]])
    return EvidenceItem(
        id=row["id"],
        title=row["title"],
        kind=row["kind"],
        kind_word=str(KIND_WORDS[row["kind"]]),
        is_public=row["is_public"],
        address=address if is_open else "",
        form=ending_of(row["path"]).upper() if is_file else "",
        size_bytes=row["size_bytes"] if is_file else None,
        sha256=row["sha256"] if is_file else "",
    )
