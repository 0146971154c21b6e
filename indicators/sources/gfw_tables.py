"""Global Forest Watch: precomputed tables by province, to check the queries against.

Service: https://data-api.globalforestwatch.org/dataset/{d}/latest/download/json?sql=
    on gadm__tcl__adm2_change, gadm__integrated_alerts__adm2_daily_alerts and
    gadm_administrative_boundaries; no key is needed
Licence: CC BY 4.0; boundaries of GADM, not for commercial use.
Publication lag: `latest` of the loss table was a year behind the newest version.
Checked: 2026-11-20, somebody else's notes of live calls; never called here.

Quirks
- JSON is a bare list, not wrapped in "data".
- A province is "adm2" of GADM, whose numbers follow the alphabet and change between its
  versions: the number is looked up by name at every load and never written down here.
- GADM's boundaries are not INEI's: differences of some per cent are expected.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote

from indicators.sources.errors import ContentRefused
from indicators.sources.json_reply import parsed_json
from indicators.sources.session import Fetched, Session

BOUNDARIES: Final = "gadm_administrative_boundaries"
LOSS: Final = "gadm__tcl__adm2_change"
ALERTS: Final = "gadm__integrated_alerts__adm2_daily_alerts"
_CODE: Final = re.compile(r"([A-Z]{3})\.(\d{1,4})\.(\d{1,4})(?:_\d+)?")


@dataclass(frozen=True, slots=True)
class GadmCode:
    """A province as GADM numbers it."""

    iso: str
    adm1: int
    adm2: int

    @property
    def condition(self) -> str:
        """Return the condition that picks its rows."""
        return f"iso = '{self.iso}' AND adm1 = {self.adm1} AND adm2 = {self.adm2}"


def fetch_code(session: Session, name: str) -> Fetched:
    """Return the raw list of all provinces of a name; errors as `Session.fetch`."""
    literal = name.replace("'", "''")
    return _table(
        session,
        BOUNDARIES,
        f"SELECT gid_2, name_1, name_2 FROM data WHERE name_2 = '{literal}'",  # noqa: S608
    )


def parse_code(body: bytes, *, iso: str, region: str, name: str) -> GadmCode:
    """Return the only province of a name in a region.

    Raises:
        ContentRefused: none or several fit, or its number has another form.
    """
    fitting = {
        str(row.get("gid_2"))
        for row in _rows(body)
        if _plain(row.get("name_1")) == _plain(region)
        and _plain(row.get("name_2")) == _plain(name)
        and str(row.get("gid_2")).startswith(f"{iso}.")
    }
    found = _CODE.fullmatch(min(fitting)) if len(fitting) == 1 else None
    if found is None:
        raise ContentRefused(
            "no_gadm_code",
            f"GADM no tiene un solo «{name}» en «{region}»: {len(fitting)}.",
            f"GADM has not exactly one “{name}” in “{region}”: {len(fitting)}.",
        )
    return GadmCode(found[1], int(found[2]), int(found[3]))


def fetch_loss(session: Session, code: GadmCode) -> Fetched:
    """Return the raw table of tree cover loss by year at a canopy of 30 %."""
    return _table(
        session,
        LOSS,
        "SELECT umd_tree_cover_loss__year, SUM(umd_tree_cover_loss__ha) AS total_ha"  # noqa: S608
        f" FROM data WHERE {code.condition}"
        " AND umd_tree_cover_density_2000__threshold = 30"
        " GROUP BY umd_tree_cover_loss__year",
    )


def parse_loss(body: bytes) -> dict[str, Decimal]:
    """Return hectares by year ("2024"); years not sent are not there."""
    return _by_period(body, "umd_tree_cover_loss__year", r"20\d\d")


def fetch_alerts(session: Session, code: GadmCode, since: date) -> Fetched:
    """Return the raw table of integrated alerts by day, hectares."""
    return _table(
        session,
        ALERTS,
        "SELECT gfw_integrated_alerts__date, SUM(alert_area__ha) AS total_ha"  # noqa: S608
        f" FROM data WHERE {code.condition}"
        f" AND gfw_integrated_alerts__date >= '{since.isoformat()}'"
        " GROUP BY gfw_integrated_alerts__date",
    )


def parse_alerts(body: bytes) -> dict[str, Decimal]:
    """Return hectares by month ("2026-10"); months not sent are not there."""
    months: dict[str, Decimal] = {}
    days = _by_period(body, "gfw_integrated_alerts__date", r"20\d\d-\d\d-\d\d")
    for day, area_ha in days.items():
        months[day[:7]] = months.get(day[:7], Decimal(0)) + area_ha
    return months


def _table(session: Session, dataset: str, sql: str) -> Fetched:
    return session.get(f"/dataset/{dataset}/latest/download/json?sql={quote(sql)}")


def _by_period(body: bytes, field: str, pattern: str) -> dict[str, Decimal]:
    """Return hectares by the period in a column.

    Raises:
        ContentRefused: a row with another period, the same one twice, or no area.
    """
    totals: dict[str, Decimal] = {}
    for row in _rows(body):
        period, area_ha = str(row.get(field))[:10], row.get("total_ha")
        if (
            not re.fullmatch(pattern, period)
            or period in totals
            or not isinstance(area_ha, int | Decimal)
            or isinstance(area_ha, bool)
            or area_ha < 0
        ):
            raise ContentRefused(
                "bad_row",
                f"Una fila no se entiende: {str(row)[:120]}",
                f"A row cannot be read: {str(row)[:120]}",
            )
        totals[period] = Decimal(area_ha)
    return totals


def _rows(body: bytes) -> list[dict[str, Any]]:
    answer = parsed_json(body, exact=True)
    if isinstance(answer, dict):
        answer = answer.get("data")
    if not isinstance(answer, list) or not all(isinstance(row, dict) for row in answer):
        raise ContentRefused(
            "no_data",
            "La respuesta no es una lista de filas.",
            "The answer is no list of rows.",
            excerpt=body[:300].decode("utf-8", "replace"),
        )
    return answer


def _plain(text: Any) -> str:
    split = unicodedata.normalize("NFKD", str(text or ""))
    return "".join(c for c in split if not unicodedata.combining(c)).casefold().strip()
