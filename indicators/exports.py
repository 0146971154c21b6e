"""Published values of one indicator as files: CSV for sheets, JSON for programs.

The upper part is pure: plain rows in, bytes out. CSV is RFC 4180 with commas, CRLF
and decimal points, in UTF-8 with a byte order mark: without the mark Excel reads
"Perú" as "PerÃº", and pandas, R and LibreOffice skip it.
"""

import csv
import datetime as dt
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from indicators.evidence.reading import evidence_items, level_of
from indicators.models import (
    AnnualLoss,
    Indicator,
    Load,
    Source,
    YearlyValue,
    evidence_list,
)

# Signs with which a sheet takes a text for a formula (ASVS 1.2.10), the full-width
# ones included, which some input methods and sheets turn into the plain ones.
FORMULA_SIGNS = frozenset("=+-@\t\r\n\0＝＋－＠")
BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True)
class ExportRow:
    """One published value; its fields are the columns, in this order.

    ``proxy`` says what the value stands in by, empty when it is the indicator itself.
    ``starts_series``: the first year of a new method; no trend goes across it.
    ``evidence`` is a title with its address each, or "(reservada)"; the level is 0 to
    4, None for what is no published value.
    """

    indicator: str
    ubigeo: str
    place: str
    boundaries: str
    year: int
    value: Decimal | None
    unit: str
    kind: str
    no_data_reason: str
    source: str
    is_synthetic: bool
    state: str
    version: int
    published_at: dt.datetime
    edition: str
    previous_value: Decimal | None
    starts_series: bool
    evidence_level: int | None
    evidence: str
    proxy: str


COLUMNS = tuple(field.name for field in fields(ExportRow))


def safe_text(text: str) -> str:
    """Return a text that no sheet takes for a formula; an empty one stays empty."""
    return f"'{text}" if text and text[0] in FORMULA_SIGNS else text


def csv_cell(value: str | int | bool | Decimal | dt.datetime | None) -> str:
    """Return the text of a cell; missing is empty, numbers are plain digits.

    A number is never guarded: -1.5 stays a number, whereas the text "-1.5" is not.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return plain_number(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(timespec="seconds")
    return safe_text(value) if isinstance(value, str) else str(value)


def plain_number(value: Decimal) -> str:
    """Return the digits of a number without exponent and trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def csv_bytes(rows: Iterable[ExportRow]) -> bytes:
    """Return the file: a line of column names, then one line a row."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([csv_cell(getattr(row, name)) for name in COLUMNS])
    return (BYTE_ORDER_MARK + out.getvalue()).encode()


def json_bytes(meta: dict[str, Any], rows: Iterable[ExportRow]) -> bytes:
    """Return the file: meta with licence and citation, then the values.

    A missing thing is null; numbers are JSON numbers.
    """
    document = {"meta": meta, "values": [_json_row(row) for row in rows]}
    text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
    return text.encode()


def file_name(jurisdiction: str, code: str, rows: Sequence[ExportRow]) -> str:
    """Return the file's name without ending; made-up figures are marked in it."""
    mark = "-SINTETICO" if any(row.is_synthetic for row in rows) else ""
    return f"{jurisdiction}-{code}{mark}"


def _json_row(row: ExportRow) -> dict[str, Any]:
    shown: dict[str, Any] = {
        name: None if cell == "" else cell for name, cell in asdict(row).items()
    }
    for name in ("value", "previous_value"):
        number = getattr(row, name)
        shown[name] = None if number is None else float(number)
    shown["published_at"] = row.published_at.isoformat(timespec="seconds")
    return shown


def export_rows(indicator: Indicator, *, english: bool) -> list[ExportRow]:
    """Return the published values of an indicator by place and year.

    Times are those of the site. source is the citation a person typed, else the code
    of the source; edition is the source's, previous_value what stood there before a
    correction, in the same unit. One query.
    """
    unit = indicator.unit_en if english else indicator.unit_es
    values = (
        YearlyValue.objects.published()
        .filter(indicator=indicator)
        .annotate(
            starts_series=Exists(indicator.breaks.filter(year=OuterRef("year"))),
            evidence_rows=evidence_list(OuterRef("pk")),
            is_official=F("load__source__is_official"),
        )
        .select_related("place__generation", "source", "load", "supersedes")
        .defer("place__geom")
        .order_by("place__ubigeo", "place__generation__code", "year")
    )
    return [
        ExportRow(
            indicator=indicator.code,
            ubigeo=value.place.ubigeo,
            place=value.place.name,
            boundaries=value.place.generation.code,
            year=value.year,
            value=value.value,
            unit=unit,
            kind=value.kind,
            no_data_reason=value.no_data_reason,
            source=value.source_text or (value.source.code if value.source else ""),
            is_synthetic=value.is_synthetic,
            state=value.state,
            version=value.version,
            published_at=timezone.localtime(value.published_at),
            edition=value.load.edition if value.load else "",
            previous_value=value.supersedes.value if value.supersedes else None,
            starts_series=value.starts_series,  # type: ignore[attr-defined]
            evidence_level=_level(value),
            evidence=_evidence_text(value),
            proxy=value.proxy,
        )
        for value in values
    ]


def _level(value: Any) -> int:
    rows, is_official = value.evidence_rows, value.is_official
    return level_of(rows, is_official=is_official, kind=value.kind)


def _evidence_text(value: Any) -> str:
    """Return titles with their addresses, paths on this site as they are."""
    items = evidence_items(value.evidence_rows, sees_all=False)
    closed = _("reservada")
    return "; ".join(f"{item.title} ({item.address or closed})" for item in items)


def opinion_rows(indicator: Indicator, *, english: bool) -> list[ExportRow]:
    """Return the second opinions of an indicator by source, place and year.

    A file of its own, so that nobody adds it to the published values; its kind is
    second_opinion. Of each source the edition published last. Two queries.
    """
    unit = indicator.unit_en if english else indicator.unit_es
    newest = (
        Load.objects.filter(
            source__second_opinions__indicator=indicator, state=Load.State.PUBLISHED
        )
        .order_by("source_id", "-published_at")
        .distinct("source_id")
    )
    losses = (
        AnnualLoss.objects.filter(load__in=[load.pk for load in newest])
        .select_related("place__generation", "load__source")
        .defer("place__geom")
        .order_by("load__source__order", "place__ubigeo", "year")
    )
    return [
        ExportRow(
            indicator=indicator.code,
            ubigeo=loss.place.ubigeo,
            place=loss.place.name,
            boundaries=loss.place.generation.code,
            year=loss.year,
            value=loss.loss_ha,
            unit=unit,
            kind="second_opinion",
            no_data_reason="",
            source=f"{loss.load.source.citation} ({loss.load.edition})",
            is_synthetic=False,
            state=loss.load.state,
            version=1,
            published_at=timezone.localtime(loss.load.published_at),
            edition=loss.load.edition,
            previous_value=None,
            starts_series=False,
            evidence_level=None,
            evidence="",
            proxy="",
        )
        for loss in losses
    ]


def export_meta(
    indicator: Indicator, rows: Sequence[ExportRow], *, is_opinion: bool = False
) -> dict[str, Any]:
    """Return what the file must carry to be cited: whose, what, on what terms."""
    version = indicator.goal.axis.plan_version
    jurisdiction = version.plan.jurisdiction
    behind = "second_opinions" if is_opinion else "yearlyvalue"
    sources = Source.objects.filter(**{f"{behind}__indicator": indicator}).distinct()
    site = f"{jurisdiction.name} {version.target_year}"
    licence = settings.DATA_LICENCE
    return {
        "title_es": indicator.name_es,
        "title_en": indicator.name_en,
        "indicator": indicator.code,
        "goal": indicator.goal.code,
        "unit_es": indicator.unit_es,
        "unit_en": indicator.unit_en,
        "jurisdiction": jurisdiction.code,
        "plan": version.plan.code,
        "plan_version": version.number,
        "licence": licence,
        "citation_es": f"{site}, indicador {indicator.code}. {licence}.",
        "citation_en": f"{site}, indicator {indicator.code}. {licence}.",
        "has_synthetic_values": any(row.is_synthetic for row in rows),
        "series_breaks": list(
            indicator.breaks.order_by("year").values("year", "reason_es", "reason_en")
        ),
        "sources": [
            {
                "code": source.code,
                "publisher": source.publisher,
                "licence": source.licence,
                "citation": source.citation,
            }
            for source in sources.order_by("order", "code")
        ],
    }
