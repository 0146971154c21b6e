"""The statistic itself, as evidence of the values that were read from it."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from django.contrib.auth.models import User

from indicators.evidence.actions import EvidenceContent, add_to_saved
from indicators.evidence.cleaning import cleaned_file
from indicators.evidence.files import CleanFile, ending_of
from indicators.models import Evidence, SheetUpload, YearlyValue
from indicators.sheets.rules import Rule
from indicators.sheets.tables import LIMITS
from indicators.sources.delimited import decoded
from indicators.sources.spreadsheet import is_workbook
from indicators.yearly.writing import ValueRefusedError

_LONGEST_TITLE = 200


def clean_statistic(content: bytes, file_name: str) -> CleanFile:
    """Return what is kept of a statistic: nothing of its author, its text in UTF-8.

    Raises:
        ContentRefused: it is neither XLSX nor CSV.
        FileRefused: a workbook with macros or files in it.
    """
    if is_workbook(content, file_name, LIMITS):
        return cleaned_file(content, "x.xlsx")
    text, _encoding = decoded(content)
    return replace(
        cleaned_file(text.encode(), "x.csv"),
        original_sha256=hashlib.sha256(content).hexdigest(),
    )


def put_behind(
    *,
    actor: User,
    upload: SheetUpload,
    values: Sequence[YearlyValue],
    is_public: bool,
) -> None:
    """Add the file to the evidence of the drafts that its owner read from it.

    Nobody has checked that it is an office's own table: it counts as a data set.

    Raises:
        ValueRefusedError: as add_to_saved, but for drafts that have it all.
    """
    content = EvidenceContent(
        title=Rule.from_json(upload.rule or {}).source_text[:_LONGEST_TITLE],
        kind=Evidence.Kind.DATA_SET,
        is_public=is_public,
        file=CleanFile(
            bytes(upload.content), ending_of(upload.file_name).lower(), upload.sha256
        ),
    )
    try:
        add_to_saved(actor=actor, values=values, content=content)
    except ValueRefusedError as refused:
        # Read again by another rule: all of them have it since the first time.
        if refused.code != "same_file":
            raise


def read_from(upload: SheetUpload, owner: User) -> list[YearlyValue]:
    """Return the values with a person's file behind them, by place and year."""
    return list(
        YearlyValue.objects.filter(
            indicator=upload.indicator_id,
            evidence__original_sha256=upload.sha256,
            evidence__added_by=owner,
        )
        .select_related("indicator", "place")
        .defer("place__geom")
        .order_by("place__ubigeo", "year", "version")
    )
