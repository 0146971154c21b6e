"""The overlay of zones beside an indicator as files, apart from its values."""

import csv
import io
import json
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from typing import Any

from indicators.exports import BYTE_ORDER_MARK, csv_cell, export_meta
from indicators.models import Indicator, ZoneOverlayResult
from indicators.series.land_use import land_use_of
from indicators.series.land_use_records import LandUse
from indicators.series.records import Lang


@dataclass(frozen=True)
class LandUseRow:
    """A zone, a kind of zone or the whole; its fields are the columns of the CSV.

    `what` is zone, kind, sum (the counted kinds added), union (the ground under them,
    counted once), forest (what stands) or most (the upper bound). `area_ha` lies
    inside the province; None: not known, or the kind has no zone there.
    """

    indicator: str
    what: str
    kind: str
    code: str
    name: str
    area_ha: float | None
    is_counted: bool
    is_loaded: bool
    valid_from: str
    source: str
    edition: str
    load: int | None
    year: int | None
    is_synthetic: bool


COLUMNS = tuple(field.name for field in fields(LandUseRow))


def stored_land_use(indicator: Indicator, lang: Lang) -> LandUse | None:
    """Return the current overlay of an indicator; None without one. One query."""
    result = ZoneOverlayResult.objects.filter(
        overlay__indicator=indicator, is_current=True
    ).first()
    return None if result is None else land_use_of(result, lang)


def land_use_rows(indicator: Indicator, use: LandUse | None) -> list[LandUseRow]:
    """Return the rows of a file, the zones first; none without an overlay."""
    if use is None:
        return []
    editions = {load.load: load.edition for load in use.loads}

    def row(what: str, area_ha: float | None, **facts: Any) -> LandUseRow:
        plain = {"kind": "", "code": "", "name": "", "valid_from": "", "source": ""}
        rest = {"edition": "", "load": None, "year": None}
        known = {"is_counted": True, "is_loaded": area_ha is not None}
        made_up = {"is_synthetic": use.is_synthetic}
        return LandUseRow(
            indicator=indicator.code,
            what=what,
            area_ha=area_ha,
            **(plain | rest | known | made_up | facts),
        )

    rows = [
        row(
            "zone",
            zone.inside_ha,
            kind=zone.kind,
            code=zone.code,
            name=zone.name,
            is_counted=zone.is_counted,
            valid_from=zone.valid_from.isoformat() if zone.valid_from else "",
            source=zone.source,
            edition=editions.get(zone.load, ""),
            load=zone.load,
            is_synthetic=zone.is_synthetic,
        )
        for zone in use.zones
    ]
    rows += [
        row(
            "kind",
            line.area_ha,
            kind=line.kind,
            name=line.name,
            is_counted=line.is_counted,
            is_loaded=line.is_loaded,
        )
        for line in use.kinds
    ]
    rows += [row("sum", use.sum_ha), row("union", use.union_ha)]
    if use.forest is not None:
        rows.append(
            row(
                "forest",
                use.forest.area_ha,
                source=use.forest.citation,
                edition=use.forest.edition,
                year=use.forest.year,
                is_counted=False,
                is_synthetic=False,
            )
        )
    return [*rows, row("most", use.most_ha)]


def land_use_csv_bytes(rows: list[LandUseRow]) -> bytes:
    """Return the rows as CSV of the same form as the files of values."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        cells = asdict(row)
        if row.area_ha is not None:
            cells["area_ha"] = Decimal(str(row.area_ha))
        writer.writerow([csv_cell(cells[name]) for name in COLUMNS])
    return (BYTE_ORDER_MARK + out.getvalue()).encode()


def land_use_json_bytes(
    indicator: Indicator, use: LandUse | None, rows: list[LandUseRow]
) -> bytes:
    """Return the rows as JSON with what they are, how to cite them and how computed."""
    meta = export_meta(indicator, [])
    meta |= {
        "what": "zone_overlay",
        "is_value_of_indicator": False,
        "definition": "pending",
        "note_es": (
            "Estimación aparte, con la definición pendiente: no es un valor del"
            " indicador ni entra en el estado de la meta."
        ),
        "note_en": (
            "An estimate beside the indicator, its definition pending: not one of its"
            " values and no part of the goal's status."
        ),
        "unit_es": "ha",
        "unit_en": "ha",
        "has_synthetic_values": any(row.is_synthetic for row in rows),
        "series_breaks": [],
        "sources": [],
        "loads": [],
        "method": None,
        "computed_on": None,
    }
    if use is not None:
        meta |= {
            "sources": [
                {
                    "code": source.code,
                    "publisher": source.publisher,
                    "licence": source.licence,
                    "citation": source.citation,
                }
                for source in use.sources
            ],
            "loads": [
                asdict(load)
                | {"published_on": load.published_on and load.published_on.isoformat()}
                for load in use.loads
            ],
            "method": use.method,
            "computed_on": use.computed_on.isoformat(),
        }
    shown = [
        {name: None if cell == "" else cell for name, cell in asdict(row).items()}
        for row in rows
    ]
    document = {"meta": meta, "rows": shown}
    text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
    return text.encode()
