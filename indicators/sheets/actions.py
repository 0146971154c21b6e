"""Writes of the mapping screen: keep a file, choose its rule, import its values."""

import datetime as dt
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from indicators.models import SheetMapping, SheetUpload
from indicators.sheets.evidence import clean_statistic, put_behind
from indicators.sheets.preview import Reasons, entries_of
from indicators.sheets.rules import Rule
from indicators.yearly.assignments import is_assigned
from indicators.yearly.batches import Outcome, record_values
from indicators.yearly.writing import RECORD, ValueRefusedError, writing

# Long enough to ask somebody which column is meant.
KEPT_FOR: Final = dt.timedelta(days=7)
MOST_WAITING: Final = 10


class StaleUploadError(Exception):
    """The columns were chosen anew, or the file imported, since the page was shown."""


def keep_upload(
    *, actor: User, indicator_id: int, file_name: str, content: bytes
) -> SheetUpload:
    """Return the kept file, cleaned; of those never imported ten of a person stay.

    Raises:
        ValueRefusedError: the actor does not enter the indicator's values.
        ContentRefused: it is neither XLSX nor CSV.
        FileRefused: it cannot be kept as evidence.
    """
    if not actor.has_perm(RECORD) or not is_assigned(actor, indicator_id):
        raise ValueRefusedError("not_allowed")
    kept = clean_statistic(content, file_name)
    now = timezone.now()
    with transaction.atomic():
        upload = SheetUpload.objects.create(
            user=actor,
            indicator_id=indicator_id,
            file_name=file_name[-200:],
            content=kept.body,
            size_bytes=len(kept.body),
            sha256=kept.original_sha256,
            uploaded_at=now,
            expires_at=now + KEPT_FOR,
        )
        waiting = SheetUpload.objects.filter(user=actor, imported_at=None)
        newest = waiting.order_by("-uploaded_at", "-pk").values("pk")[:MOST_WAITING]
        waiting.exclude(pk__in=list(newest.values_list("pk", flat=True))).delete()
    return upload


def choose_rule(*, actor: User, public_id: UUID, rule: Rule) -> SheetUpload:
    """Return the upload with the rule by which it is read; its previews are stale.

    Raises:
        StaleUploadError: it was imported meanwhile, or is gone.
    """
    with transaction.atomic():
        upload: SheetUpload = _locked(actor, public_id)
        upload.rule = rule.as_json()
        upload.lock_version += 1
        upload.save(update_fields=["rule", "lock_version"])
    return upload


def import_values(
    *,
    actor: User,
    public_id: UUID,
    lock_version: int,
    reasons: Reasons,
    is_file_public: bool,
) -> tuple[Outcome, ...]:
    """Return what became of each value of the file; the good ones are drafts now.

    One transaction: the drafts, the file as their evidence, which everybody may open
    once they are public or the public reads its title of, and the rule for next year.

    Raises:
        StaleUploadError: imported, gone, or read by another rule than was shown.
        ValueRefusedError: the actor may not record, a draft has twenty pieces of
            evidence already, or the disk is full.
        ContentRefused: the file cannot be read.
    """
    with writing(actor, RECORD):
        upload = _locked(actor, public_id)
        if upload.lock_version != lock_version or upload.rule is None:
            raise StaleUploadError
        _reading, entries, _places = entries_of(upload, reasons)
        outcomes = record_values(actor=actor, entries=entries)
        saved = [one.stored for one in outcomes if one.code == "saved" and one.stored]
        if not saved:
            return outcomes
        put_behind(actor=actor, upload=upload, values=saved, is_public=is_file_public)
        upload.imported_at = timezone.now()
        upload.save(update_fields=["imported_at"])
        _remember(upload, actor)
    return outcomes


def discard_upload(*, actor: User, public_id: UUID) -> None:
    """Forget a file that was not imported.

    Raises:
        StaleUploadError: it was imported meanwhile, or is gone.
    """
    with transaction.atomic():
        _locked(actor, public_id).delete()


def forget_expired() -> int:
    """Return how many files were forgotten; of those imported the evidence stays."""
    old = SheetUpload.objects.filter(expires_at__lt=timezone.now())
    return int(old.delete()[0])


def _locked(actor: User, public_id: UUID) -> Any:
    rows = SheetUpload.objects.select_for_update(of=("self",)).filter(user=actor)
    upload = rows.filter(public_id=public_id, imported_at=None).first()
    if upload is None or upload.expires_at < timezone.now():
        raise StaleUploadError
    return upload


def _remember(upload: SheetUpload, actor: User) -> None:
    known = SheetMapping(
        indicator_id=upload.indicator_id,
        rule=upload.rule,
        file_name=upload.file_name,
        saved_by=actor,
        saved_at=timezone.now(),
    )
    SheetMapping.objects.bulk_create(
        [known],
        update_conflicts=True,
        unique_fields=["indicator"],
        update_fields=["rule", "file_name", "saved_by", "saved_at"],
    )
