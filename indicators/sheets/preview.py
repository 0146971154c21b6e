"""What an upload would become, by the cell, before anything is saved."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from indicators.models import SheetUpload, YearlyValue
from indicators.sheets.reading import SheetReading, SheetValue, read_values
from indicators.sheets.rules import BY_CODE, Rule
from indicators.sheets.tables import read_statistic
from indicators.sources.errors import ContentRefused
from indicators.sources.spreadsheet import TextSheet
from indicators.yearly.batches import Entry, Outcome, judge_values
from indicators.yearly.content import ValueContent
from indicators.yearly.standing import Standing, recordable_places, standing_of
from indicators.yearly.words import (
    in_english,
    place_name,
    question_text,
    refusal_text,
    shown_number,
    shown_value,
)
from territory.models import Place

ASKS = frozenset({"unconfirmed", "no_change_reason"})
LONGEST_LIST = 200


@dataclass(frozen=True)
class Reasons:
    """What a person answers for the rows that ask: both may be empty."""

    confirmation: str = ""
    change_reason: str = ""


@dataclass(frozen=True)
class PreviewRow:
    """One cell of the file: where it is, what stands now, what it would become.

    `code` is that of an Outcome, "cell" for a cell that could not be read, "missing"
    for one that says there is no figure and is left out. `message` is "" where all
    is well; `value_id` leads to the row that stands.
    """

    row: int
    column: str
    place: str
    year: str
    before: str
    now: str
    code: str
    message: str
    value_id: int | None = None

    @property
    def where(self) -> str:
        """Return row and column as a person counts them."""
        words = {"row": self.row, "column": self.column}
        return _("Fila %(row)s, columna %(column)s") % words


@dataclass(frozen=True)
class SheetPreview:
    """Every meant cell of a file: what is wrong first, then what asks, then the rest.

    `left_out` counts rows of other places, `rounded` values kept with four decimals.
    """

    rows: tuple[PreviewRow, ...]
    left_out: int
    rounded: int

    @cached_property
    def ready(self) -> int:
        """Return how many values would be saved as they are."""
        return sum(row.code in {"new", "changed"} for row in self.rows)

    @cached_property
    def asking(self) -> int:
        """Return how many values wait for a reason."""
        return sum(row.code in ASKS for row in self.rows)

    @cached_property
    def unchanged(self) -> int:
        """Return how many values are stored already."""
        return sum(row.code == "unchanged" for row in self.rows)

    @cached_property
    def missing(self) -> int:
        """Return how many cells say there is no figure and are left out."""
        return sum(row.code == "missing" for row in self.rows)

    @property
    def wrong(self) -> int:
        """Return how many cells cannot become a value."""
        return len(self.rows) - sum(
            (self.ready, self.asking, self.unchanged, self.missing)
        )

    @property
    def asks_reason(self) -> bool:
        """Return whether a published value would be corrected."""
        return any(row.code == "no_change_reason" for row in self.rows)

    @property
    def asks_tick(self) -> bool:
        """Return whether an unlikely value must be confirmed."""
        return any(row.code == "unconfirmed" for row in self.rows)

    @property
    def shown(self) -> tuple[PreviewRow, ...]:
        """Return the first rows of the list, errors among them first."""
        return self.rows[:LONGEST_LIST]


def sheet_named(sheets: Sequence[TextSheet], name: str) -> TextSheet:
    """Return the sheet of a name.

    Raises:
        ContentRefused: the file has no such sheet.
    """
    for sheet in sheets:
        if sheet.name == name:
            return sheet
    raise ContentRefused(
        "no_sheet",
        f"El archivo no tiene la hoja «{name[:40]}».",
        f"The file has no sheet “{name[:40]}”.",
    )


def rule_stands(upload: SheetUpload) -> bool:
    """Return whether a rule was chosen and its place is still one of the province."""
    if upload.rule is None:
        return False
    place = Rule.from_json(upload.rule).place
    return place == BY_CODE or recordable_places().filter(ubigeo=place).exists()


def entries_of(
    upload: SheetUpload, reasons: Reasons
) -> tuple[SheetReading, tuple[Entry, ...], dict[str, Place]]:
    """Return what was read, an entry for each value to record, and the places.

    Raises:
        ContentRefused: the file cannot be read, or lost the sheet of the rule.
    """
    rule = Rule.from_json(upload.rule or {})
    places = {place.ubigeo: place for place in recordable_places()}
    sheets = read_statistic(bytes(upload.content), upload.file_name)
    reading = read_values(
        sheet_named(sheets, rule.sheet), rule.for_sheet(), ubigeos=places.keys()
    )
    entries = tuple(
        Entry(
            indicator_id=upload.indicator_id,
            place_id=places[_ubigeo(rule, one)].pk,
            year=one.year,
            content=_content(rule, one, reasons),
            row=number,
            has_evidence=True,
        )
        for number, one in enumerate(reading.values)
        if one.value is not None or rule.missing_as
    )
    return reading, entries, places


def preview_of(
    actor: User, upload: SheetUpload, reasons: Reasons | None = None
) -> SheetPreview:
    """Return what would become of each cell; nothing is written.

    Raises:
        ContentRefused: as entries_of.
    """
    reading, entries, places = entries_of(upload, reasons or Reasons())
    rule = Rule.from_json(upload.rule or {})
    outcomes = judge_values(actor=actor, entries=entries)
    judged = {one.entry.row: one for one in outcomes}
    standing = standing_of(entry.key for entry in entries)
    rows = [
        _row(places[_ubigeo(rule, one)], one, judged.get(number), standing, upload)
        for number, one in enumerate(reading.values)
    ]
    wrong = [
        PreviewRow(
            row=error.row or 0,
            column=error.column,
            place="",
            year="",
            before="",
            now=error.value[:60],
            code="cell",
            message=error.reason_en if in_english() else error.reason_es,
        )
        for error in reading.errors
    ]
    return SheetPreview(
        rows=tuple(sorted((*wrong, *rows), key=lambda row: (_rank(row.code), row.row))),
        left_out=reading.left_out,
        rounded=sum(one.is_rounded for one in reading.values),
    )


def _rank(code: str) -> int:
    order = {"new": 2, "changed": 2, "missing": 3, "unchanged": 4}
    return 1 if code in ASKS else order.get(code, 0)


def _ubigeo(rule: Rule, one: SheetValue) -> str:
    return one.ubigeo if rule.place == BY_CODE else rule.place


def _content(rule: Rule, one: SheetValue, reasons: Reasons) -> ValueContent:
    is_missing = one.value is None
    return ValueContent(
        value=one.value,
        kind=YearlyValue.Kind.NO_DATA if is_missing else rule.kind,
        no_data_reason=rule.missing_as if is_missing else "",
        source_text=rule.source_text,
        source_url=rule.source_url,
        proxy=rule.proxy,
        confirmation=reasons.confirmation,
        change_reason=reasons.change_reason,
    )


def _row(
    place: Place,
    one: SheetValue,
    outcome: Outcome | None,
    standing: Standing,
    upload: SheetUpload,
) -> PreviewRow:
    indicator = upload.indicator
    stored = outcome.stored if outcome else None
    if stored is not None:
        stored.indicator = indicator
    return PreviewRow(
        row=one.row,
        column=one.column,
        place=place_name(place),
        year=str(one.year),
        before=shown_value(stored) if stored else "",
        now=shown_number(one.value, indicator.decimals) or _("Sin dato"),
        code=outcome.code if outcome else "missing",
        message=_message(one, outcome, standing),
        value_id=stored.pk if stored else None,
    )


def _message(one: SheetValue, outcome: Outcome | None, standing: Standing) -> str:
    if outcome is None:
        words = {"text": one.text or _("vacía")}
        return _("«%(text)s» no es una cifra: no se registra.") % words
    if outcome.code in {"new", "changed"}:
        return ""
    if outcome.code == "unchanged":
        return _("Ya está registrado igual.")
    if not outcome.questions:
        return refusal_text(outcome.code)
    key = outcome.entry.key
    indicator, previous = standing.indicators[key[0]], standing.previous(key)
    return " ".join(
        question_text(question, indicator, previous) for question in outcome.questions
    )
