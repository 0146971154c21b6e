"""What a person types for one value, and the row it becomes."""

from dataclasses import dataclass
from decimal import Decimal

from indicators.models import YearlyValue


@dataclass(frozen=True)
class ValueContent:
    """What a person types for one value, in the indicator's own unit.

    value is None when and only when kind is no_data, which needs its reason.
    proxy says what the value stands in by, "" when it is the indicator itself.
    confirmation says why an unlikely value is right; change_reason why a published
    value is corrected. Both may be empty when nothing asks for them.
    """

    value: Decimal | None
    kind: str
    no_data_reason: str = ""
    source_text: str = ""
    source_url: str = ""
    note: str = ""
    proxy: str = ""
    confirmation: str = ""
    change_reason: str = ""

    @property
    def is_complete(self) -> bool:
        """Return whether there is either a value or a reason of its absence."""
        is_missing = self.kind == YearlyValue.Kind.NO_DATA
        has_reason = bool(self.no_data_reason)
        return is_missing == (self.value is None) and is_missing == has_reason


_SAID = ("kind", "no_data_reason", "source_text", "source_url", "note", "proxy")
_REASONS = ("confirmation", "change_reason")
CONTENT_FIELDS = ("value", *_SAID, *_REASONS)


def says_the_same(row: YearlyValue, content: ValueContent) -> bool:
    """Return whether saving the content would change nothing of the row.

    Reasons count on an open row alone: a published value needs none to stay.
    """
    is_open = row.state in YearlyValue.OPEN_STATES
    compared = (*_SAID, *_REASONS) if is_open else _SAID
    return row.value == content.value and all(
        getattr(row, name) == _text(row, content, name) for name in compared
    )


def write_content(row: YearlyValue, content: ValueContent) -> None:
    """Put what was typed into the row; whoever had reviewed it reviews it again."""
    row.value = content.value
    for name in (*_SAID, *_REASONS):
        setattr(row, name, _text(row, content, name))
    row.reviewed_by = row.reviewed_at = None


def content_of(row: YearlyValue) -> ValueContent:
    """Return what is stored, as somebody would have typed it."""
    return ValueContent(**{name: getattr(row, name) for name in CONTENT_FIELDS})


def _text(row: YearlyValue, content: ValueContent, name: str) -> str:
    if name == "change_reason" and row.version == 1:
        return ""
    text: str = getattr(content, name)
    return text.strip()
