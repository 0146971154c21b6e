"""The JSON service of GEOBOSQUES, one district a call; see `geobosques` for the source.

New: GET /api/forest-loss/wet-forest-list?ubigeoCode=221003, a list of {year, loss,
range1 … range5}. Older: an object with `perdida_rangos`, a UTF-8 byte order mark and
numbers as text. Ranges are < 1, 1–5, 5–50, 50–500 and > 500 ha.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from indicators.numbers import NumberError, parse_number
from indicators.sources.errors import ContentRefused, rows_refused
from indicators.sources.geobosques_rules import (
    FIRST_YEAR,
    LARGEST_HA,
    ROUNDING_HA,
    rule_error,
)
from indicators.sources.json_reply import parsed_json
from indicators.sources.records import LossRow, LossTable, RowError
from indicators.sources.session import Fetched, Session

_RANGES: Final = tuple(f"range{number}" for number in range(1, 6))


def fetch_json(session: Session, ubigeo: str) -> Fetched:
    """Return the service's raw answer for one district; errors as `Session.fetch`."""
    if not re.fullmatch(r"\d{6}", ubigeo):
        raise ValueError(f"a district's ubigeo has six digits, not {ubigeo!r}")
    return session.get(f"/api/forest-loss/wet-forest-list?ubigeoCode={ubigeo}")


def fetch_older_json(session: Session, ubigeo: str) -> Fetched:
    """Return the older service's raw answer for one district, asked by POST.

    A public client says that it answers 404 by now; errors as `Session.fetch`.
    """
    if not re.fullmatch(r"\d{6}", ubigeo):
        raise ValueError(f"a district's ubigeo has six digits, not {ubigeo!r}")
    path = "/ws/rest/BOSQUEPERDIDA/stockBosquePerdidaDistrito"
    return session.post_json(path, {"ubigeo": ubigeo})


def parse_json(
    body: bytes, ubigeo: str, *, max_year: int, content_type: str = ""
) -> LossTable:
    """Return one district's loss series from the JSON service, hectares.

    Reads the list of {year, loss, range1 … range5} and the older service's object
    with `perdida_rangos` (numbers as text). The forest standing is not given.
    Ranges that do not add up to the loss are a warning.

    Raises:
        ContentRefused: HTML, cut, another shape, an empty list, or bad cells, each
            with its place in the list from 1, column and reason.
    """
    records = _records(parsed_json(body, content_type, exact=True), body)
    errors: list[RowError] = []
    warnings: list[RowError] = []
    rows: list[LossRow] = []
    for number, record in enumerate(records, start=1):
        values = {
            name: _amount(record, name, number, errors) for name in ("year", "loss")
        }
        year, loss = values["year"], values["loss"]
        if year is None or loss is None:
            continue
        if year != int(year) or not FIRST_YEAR <= year <= max_year:
            errors.append(rule_error(number, "year", str(year), "year_range"))
        if any(row.year == year for row in rows):
            errors.append(rule_error(number, "year", str(year), "year_twice"))
        if loss < 0:
            errors.append(rule_error(number, "loss", str(loss), "negative"))
        if loss > LARGEST_HA:
            errors.append(rule_error(number, "loss", str(loss), "too_large"))
        rows.append(LossRow(ubigeo, int(year), loss))
        warnings += _range_warnings(record, number, loss)
    if errors:
        raise rows_refused(errors)
    rows.sort(key=lambda row: row.year)
    return LossTable(tuple(rows), str(rows[-1].year), tuple(warnings))


def combined(tables: Sequence[LossTable]) -> LossTable:
    """Return one table of several districts' tables of the same edition.

    Raises:
        ContentRefused: the tables end in different years, or a district and year
            stands in two of them.
    """
    rows = sorted(
        (row for table in tables for row in table.rows),
        key=lambda row: (row.ubigeo, row.year),
    )
    editions = {table.edition for table in tables}
    if len(editions) != 1 or len({(row.ubigeo, row.year) for row in rows}) < len(rows):
        raise ContentRefused(
            "mixed_editions",
            "Los distritos no vienen de una misma edición o se repiten: "
            + ", ".join(sorted(editions)),
            "The districts are not of one edition or stand twice: "
            + ", ".join(sorted(editions)),
        )
    warnings = tuple(warning for table in tables for warning in table.warnings)
    return LossTable(tuple(rows), editions.pop(), warnings)


def _records(answer: Any, body: bytes) -> list[dict[str, Any]]:
    if isinstance(answer, dict) and isinstance(answer.get("perdida_rangos"), list):
        answer = [_renamed(record) for record in answer["perdida_rangos"]]
    if (
        not isinstance(answer, list)
        or not answer
        or not all(isinstance(record, dict) for record in answer)
    ):
        raise ContentRefused(
            "no_data",
            "La respuesta no trae la lista de años.",
            "The answer does not carry the list of years.",
            excerpt=body[:300].decode("utf-8", "replace"),
        )
    return answer


def _renamed(record: Any) -> Any:
    if not isinstance(record, dict):
        return record
    names = {"anio_": "year", "perdida_": "loss"}
    names |= {f"rango{number}_": f"range{number}" for number in range(1, 6)}
    return {names.get(name, name): value for name, value in record.items()}


def _amount(
    record: dict[str, Any], name: str, number: int, errors: list[RowError]
) -> Decimal | None:
    value = record.get(name)
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    if value is None or isinstance(value, bool | dict | list):
        reasons = ("falta o no es un número", "is missing or not a number")
        errors.append(RowError(number, name, "" if value is None else text, *reasons))
        return None
    try:
        return parse_number(text)
    except NumberError as error:
        errors.append(
            RowError(number, name, text[:40], error.reason_es, error.reason_en)
        )
        return None


def _range_warnings(
    record: dict[str, Any], number: int, loss: Decimal
) -> list[RowError]:
    unreadable: list[RowError] = []
    parts = [_amount(record, name, number, unreadable) for name in _RANGES]
    total = sum((part for part in parts if part is not None), Decimal(0))
    # Five rounded parts may each be off by half a hundredth.
    if not unreadable and abs(total - loss) <= 5 * ROUNDING_HA:
        return []
    return [
        RowError(
            number,
            "range1…range5",
            str(total),
            f"los rangos no suman la pérdida ({loss} ha)",
            f"the ranges do not add up to the loss ({loss} ha)",
        )
    ]
