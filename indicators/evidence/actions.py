"""Adding and removing evidence of a value that may still be changed."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import IntegrityError
from django.utils import timezone

from indicators.assignments import is_assigned
from indicators.evidence.files import CleanFile, keep_file
from indicators.models import Evidence, YearlyValue
from indicators.value_writing import RECORD, ValueRefusedError, writing

OPEN_TO_CHANGE = (YearlyValue.State.DRAFT, YearlyValue.State.RETURNED)
MOST_ITEMS = 20
_TWICE = {"one_evidence_per_file": "same_file", "one_evidence_per_link": "same_link"}


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
    try:
        with writing(actor, RECORD):
            value = _open_value(actor, value_id)
            _require_new(value, content)
            return Evidence.objects.create(
                value=value,
                title=content.title.strip(),
                kind=content.kind,
                is_public=content.is_public,
                url=content.url,
                added_by=actor,
                added_at=timezone.now(),
                **_kept(content.file),
            )
    except OSError as error:
        raise ValueRefusedError("no_room") from error
    except IntegrityError as error:
        code = next((code for name, code in _TWICE.items() if name in str(error)), "")
        if not code:
            raise
        raise ValueRefusedError(code) from error


def remove_evidence(*, actor: User, value_id: int, evidence_id: int) -> None:
    """Take evidence off a value; its history stays, its file goes with the sweep.

    Raises:
        ValueRefusedError: the actor may not record, the value was sent to review,
            or it has no such evidence any more.
    """
    with writing(actor, RECORD):
        value = _open_value(actor, value_id)
        found = Evidence.objects.filter(value=value, pk=evidence_id).first()
        if found is None:
            raise ValueRefusedError("gone")
        found.delete()


def _open_value(actor: User, value_id: int) -> YearlyValue:
    locked = YearlyValue.objects.select_for_update(of=("self",))
    value = locked.filter(pk=value_id).first()
    if value is None or value.state not in OPEN_TO_CHANGE:
        raise ValueRefusedError("wrong_state")
    if not is_assigned(actor, value.indicator_id):
        raise ValueRefusedError("not_allowed")
    return value


def _require_new(value: YearlyValue, content: EvidenceContent) -> None:
    items = list(value.evidence.all())
    if len(items) >= MOST_ITEMS:
        raise ValueRefusedError("too_many")
    if content.url and any(item.url == content.url for item in items):
        raise ValueRefusedError("same_link")
    sent = content.file and content.file.original_sha256
    if sent and any(item.original_sha256 == sent for item in items):
        raise ValueRefusedError("same_file")


def _kept(file: CleanFile | None) -> dict[str, str | int]:
    if file is None:
        return {}
    return {
        "path": keep_file(file),
        "size_bytes": len(file.body),
        "sha256": file.sha256,
        "original_sha256": file.original_sha256,
    }
