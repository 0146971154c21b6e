"""Adding and removing evidence of a value that may still be changed."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from indicators.evidence.files import CleanFile, keep_file
from indicators.models import Assignment, Evidence, YearlyValue
from indicators.yearly.writing import RECORD, ValueRefusedError, writing

OPEN_TO_CHANGE = (YearlyValue.State.DRAFT, YearlyValue.State.RETURNED)
MOST_ITEMS = 20


@dataclass(frozen=True)
class EvidenceContent:
    """What a person gives: a cleaned file or a link, never both."""

    title: str
    kind: str
    is_public: bool
    url: str = ""
    file: CleanFile | None = None


def add_evidence(*, actor: User, value_id: int, content: EvidenceContent) -> Evidence:
    """Return the new evidence of a value; its file is on the disk before its row.

    Raises:
        ValueRefusedError: the actor may not record, the value was sent to review,
            it has this file, this link or twenty items already, or the disk is full.
    """
    (row,) = add_to_values(actor=actor, value_ids=[value_id], content=content)
    return row


def add_to_values(
    *, actor: User, value_ids: Collection[int], content: EvidenceContent
) -> list[Evidence]:
    """Return the same evidence added to many values, such as the table they are from.

    Values that have it already are left as they are. The file is kept once, and the
    queries do not grow with the values.

    Raises:
        ValueRefusedError: as add_evidence, for any one of them; every one has it.
    """
    with writing(actor, RECORD):
        values = _open_values(actor, value_ids)
        return add_to_saved(actor=actor, values=values, content=content)


def add_to_saved(
    *, actor: User, values: Iterable[YearlyValue], content: EvidenceContent
) -> list[Evidence]:
    """Return the same evidence added to drafts that this transaction has saved.

    They are the actor's own and locked already: it is part of the caller's writing.
    Two queries.

    Raises:
        ValueRefusedError: one has twenty items, every one has it, or the disk is full.
    """
    lacking = _lacking(values, content)
    try:
        kept = _kept(content.file)
    except OSError as error:
        raise ValueRefusedError("no_room") from error
    return Evidence.objects.bulk_create(
        Evidence(
            value=value,
            title=content.title.strip(),
            kind=content.kind,
            is_public=content.is_public,
            url=content.url,
            added_by=actor,
            added_at=timezone.now(),
            **kept,
        )
        for value in lacking
    )


def remove_evidence(*, actor: User, value_id: int, evidence_id: int) -> None:
    """Take evidence off a value; its history stays, its file goes with the sweep.

    Raises:
        ValueRefusedError: the actor may not record, the value was sent to review,
            or it has no such evidence any more.
    """
    with writing(actor, RECORD):
        (value,) = _open_values(actor, [value_id])
        found = Evidence.objects.filter(value=value, pk=evidence_id).first()
        if found is None:
            raise ValueRefusedError("gone")
        found.delete()


def _open_values(actor: User, value_ids: Collection[int]) -> list[YearlyValue]:
    locked = YearlyValue.objects.select_for_update(of=("self",)).order_by("pk")
    values = list(locked.filter(pk__in=value_ids))
    is_whole = len(values) == len(set(value_ids))
    if not is_whole or any(value.state not in OPEN_TO_CHANGE for value in values):
        raise ValueRefusedError("wrong_state")
    own = set(Assignment.objects.of(actor.pk).values_list("indicator_id", flat=True))
    if any(value.indicator_id not in own for value in values):
        raise ValueRefusedError("not_allowed")
    return values


def _lacking(
    values: Iterable[YearlyValue], content: EvidenceContent
) -> list[YearlyValue]:
    """Return the values, locked, that do not have this file or link yet."""
    held = defaultdict(list)
    for item in Evidence.objects.filter(value__in=values):
        held[item.value_id].append(item)
    sent = content.file.original_sha256 if content.file else ""
    lacking = [
        value
        for value in values
        if not any(
            (item.url, item.original_sha256) == (content.url, sent)
            for item in held[value.pk]
        )
    ]
    if not lacking:
        raise ValueRefusedError("same_file" if content.file else "same_link")
    if any(len(held[value.pk]) >= MOST_ITEMS for value in lacking):
        raise ValueRefusedError("too_many")
    return lacking


def _kept(file: CleanFile | None) -> dict[str, Any]:
    if file is None:
        return {}
    return {
        "path": keep_file(file),
        "size_bytes": len(file.body),
        "sha256": file.sha256,
        "original_sha256": file.original_sha256,
    }
