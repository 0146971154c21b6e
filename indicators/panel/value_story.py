"""How a value came to be: every change the database wrote down, with who and why."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from indicators.models import Evidence, YearlyValue
from indicators.series.values import actor_words
from indicators.yearly.words import person_name, shown_value, state_label


@dataclass(frozen=True)
class StoryLine:
    """One change of a value or its evidence, written down by the database itself.

    `value` is what it was from then on, or the title of the evidence. `before` is the
    value it had until then, "" where this change left it as it was. `person` is a name;
    `role` what they acted as, or what wrote without a person.
    """

    at: datetime
    what: str
    before: str
    value: str
    person: str
    role: str
    reason: str


def value_story(row: YearlyValue) -> tuple[StoryLine, ...]:
    """Return every change of a value and its evidence, oldest first; three queries."""
    values = list(
        row.events.select_related("pgh_context").order_by("pgh_id")  # type: ignore[attr-defined]
    )
    evidence: Any = Evidence.pgh_event_model  # type: ignore[attr-defined]
    items = (
        evidence.objects.filter(value=row.pk)
        .select_related("pgh_context")
        .order_by("pgh_id")
    )
    changes = [
        *_value_changes(row, values),
        *((event, _evidence_what(event), "", event.title) for event in items),
    ]
    # Of one moment, such as a correction with its evidence, the value comes first.
    changes.sort(key=lambda change: change[0].pgh_created_at)
    users = {_told(event).get("user") for event, *_words in changes}
    people = User.objects.in_bulk(users - {None})
    return tuple(
        StoryLine(
            at=event.pgh_created_at,
            what=what,
            before=before,
            value=value,
            person=person_name(people.get(_told(event).get("user"))),
            role=actor_words(_told(event), event.pgh_context is not None),
            reason=_told(event).get("reason") or "",
        )
        for event, what, before, value in changes
    )


def _value_changes(
    row: YearlyValue, events: Iterable[Any]
) -> Iterator[tuple[Any, str, str, str]]:
    """Yield each change of the value: the event, what it was, before and after."""
    former = ""
    for event in events:
        value = _shown(row, event)
        yield event, _what(event), former if former != value else "", value
        former = value


def _told(event: Any) -> dict[str, Any]:
    return event.pgh_context.metadata if event.pgh_context else {}


def _evidence_what(event: Any) -> str:
    return {
        "insert": _("Evidencia agregada"),
        "update": _("Evidencia cambiada"),
        "delete": _("Evidencia quitada"),
    }[event.pgh_label]


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
