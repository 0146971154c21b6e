"""How a value came to be: every change the database wrote down, with who and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from indicators.models import YearlyValue
from indicators.panel.words import person_name, shown_value, state_label
from indicators.series.values import actor_words


@dataclass(frozen=True)
class StoryLine:
    """One change of a value, written down by the database itself.

    `before` is the value it had until then, "" where this change left it as it was.
    `person` is a name; `role` what they acted as, or what wrote without a person.
    """

    at: datetime
    what: str
    before: str
    value: str
    person: str
    role: str
    reason: str


def value_story(row: YearlyValue) -> tuple[StoryLine, ...]:
    """Return every change of a value, oldest first; two queries."""
    events = list(
        row.events.select_related("pgh_context").order_by("pgh_id")  # type: ignore[attr-defined]
    )
    known = [
        event.pgh_context.metadata if event.pgh_context else {} for event in events
    ]
    people = User.objects.in_bulk({one["user"] for one in known if one.get("user")})
    lines = []
    former = ""
    for event, told in zip(events, known, strict=True):
        value = _shown(row, event)
        lines.append(
            StoryLine(
                at=event.pgh_created_at,
                what=_what(event),
                before=former if former != value else "",
                value=value,
                person=person_name(people.get(told.get("user"))),
                role=actor_words(told, event.pgh_context is not None),
                reason=told.get("reason") or "",
            )
        )
        former = value
    return tuple(lines)


def _what(event: Any) -> str:
    return _("Borrado") if event.pgh_label == "delete" else state_label(event.state)


def _shown(row: YearlyValue, event: Any) -> str:
    shown = shown_value(
        YearlyValue(
            indicator=row.indicator,
            value=event.value,
            no_data_reason=event.no_data_reason,
        )
    )
    if not event.proxy:
        return shown
    return f"{shown} ({_('indicador sustituto')}: {event.proxy})"
