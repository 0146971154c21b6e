"""A field for a day that keeps on show what was typed wrongly."""

import datetime as dt
from typing import Any

from django import forms


class DayInput(forms.DateInput):
    """The browser's own calendar; a plain field once the text is no day.

    A browser shows nothing of a value that is no date, so the person would have to
    guess what was wrong with it.
    """

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")

    def get_context(
        self, name: str, value: Any, attrs: dict[str, Any] | None
    ) -> dict[str, Any]:
        """Return what the template writes, with the type that shows the value."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        shown = context["widget"]["value"]
        try:
            dt.date.fromisoformat(shown or "2000-01-01")
        except ValueError:
            context["widget"]["type"] = "text"
        return context
