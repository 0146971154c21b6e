"""What changed in public, in words: values, target, baseline, milestones, years.

Told from what the database itself wrote down, so a change by SQL is here as well.
Drafts and returned values were never public and are not read.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from django.utils.translation import gettext as _

from indicators.evidence.reading import SHOWN_STATES, evidence_items, level_of
from indicators.models import YearlyValue
from indicators.progress.numbers import counted, plain
from indicators.series.history_records import HistoryLine, YearClosing
from indicators.series.records import Lang
from indicators.series.rows import promise
from indicators.series.site import in_language
from indicators.series.values import actor_words, reason_word, who_words
from territory.models import Place

VALUE: Final = "valor"
WITHDRAWAL: Final = "retiro"
TARGET: Final = "meta"
BASELINE: Final = "base"
MILESTONE: Final = "hito"
YEAR: Final = "cierre"

State = YearlyValue.State
_SHOWN: Final = ("value", "no_data_reason", "proxy")
_BESIDE: Final = ("kind", "year", "source_text", "source_url", "note")
_Event = Mapping[str, Any]


def kind_words() -> tuple[tuple[str, str], ...]:
    """Return each kind of change with its word, in the order of the filter."""
    return (
        (VALUE, _("Valores")),
        (WITHDRAWAL, _("Valores retirados")),
        (TARGET, _("Meta")),
        (BASELINE, _("Línea de base")),
        (MILESTONE, _("Hitos")),
        (YEAR, _("Años cerrados o abiertos")),
    )


def value_changes(events: Sequence[Any], unit: str, lang: Lang) -> list[HistoryLine]:
    """Return what happened to published values, from events in order of time.

    Values of the demo that were taken away again are left out.
    """
    states = {e.pgh_obj_id: e.state for e in events}
    taken_away = {e.pgh_obj_id for e in events if e.pgh_label == "delete"}
    followed = {e.supersedes_id for e in events if e.supersedes_id}
    last: dict[int, Any] = {}
    changes = []
    for event in events:
        if event.pgh_obj_id in taken_away:
            continue
        former = last.get(event.pgh_obj_id)
        last[event.pgh_obj_id] = event
        if former is None:
            told = _first(event, last.get(event.supersedes_id), unit)
        else:
            told = _later(event, former, unit, is_followed=event.pgh_obj_id in followed)
        if told:
            change = _value_change(event, told, is_new=former is None, lang=lang)
            if former is None:
                is_shown = states[event.pgh_obj_id] in SHOWN_STATES
                change = _with_evidence(change, event, is_shown)
            changes.append(change)
    return changes


def target_changes(
    events: Iterable[_Event], unit: str, lang: Lang
) -> list[HistoryLine]:
    """Return how the target was set, changed or taken away; `unit` "" for a share."""

    def words(event: _Event) -> str:
        year = str(event["year"])
        if event["value"] is None:
            return _("sin número, al %(year)s") % {"year": year}
        text = promise(event["operator"], float(event["value"]), unit or None, lang)
        return _("%(target)s al %(year)s") % {"target": text, "year": year}

    sentences = (
        _("se fijó la meta: %(after)s"),
        _("la meta cambió de «%(before)s» a «%(after)s»"),
        _("se quitó la meta: %(before)s"),
    )
    return _plan_changes(TARGET, events, words, sentences)


def baseline_changes(events: Iterable[_Event], unit: str) -> list[HistoryLine]:
    """Return how the baseline was adopted, changed or taken away."""
    sentences = (
        _("se adoptó la línea de base: %(after)s"),
        _("la línea de base cambió de %(before)s a %(after)s"),
        _("se quitó la línea de base: %(before)s"),
    )
    return _plan_changes(BASELINE, events, lambda e: _point(e, unit), sentences)


def milestone_changes(events: Iterable[_Event], unit: str) -> list[HistoryLine]:
    """Return how milestones were approved, changed or taken away."""
    sentences = (
        _("se aprobó el hito: %(after)s"),
        _("el hito cambió de %(before)s a %(after)s"),
        _("se quitó el hito: %(before)s"),
    )
    return _plan_changes(MILESTONE, events, lambda e: _point(e, unit), sentences)


def year_changes(closings: Iterable[YearClosing]) -> list[HistoryLine]:
    """Return when years were closed and opened again."""
    changes = []
    for one in closings:
        year = {"year": str(one.year)}
        said = [(one.closed_at, _("se cerró el año %(year)s") % year, one.session)]
        if one.opened_at is not None:
            opened = _("se abrió otra vez el año %(year)s") % year
            said.append((one.opened_at, opened, one.opened_why))
        changes += [
            HistoryLine(
                at=at,
                kind=YEAR,
                year=one.year,
                what=what,
                reason=why,
                who=_("Revisión"),
            )
            for at, what, why in said
        ]
    return changes


def _first(event: Any, before: Any, unit: str) -> str:
    if event.published_at is None:
        return ""
    if before is None or before.state == State.WITHDRAWN:
        return _("se publicó %(value)s") % {"value": _amount(event, unit)}
    return _from_to(before, event, unit)


def _later(event: Any, former: Any, unit: str, *, is_followed: bool) -> str:
    """Return what a later event of the same value says; "" when nothing public."""
    if former.published_at is None and event.published_at is None:
        return ""
    if event.state != former.state:
        said = {"value": _amount(former, unit)}
        if event.state == State.WITHDRAWN:
            return _("se retiró %(value)s") % said
        if event.state == State.PUBLISHED:
            return _("volvió a publicarse %(value)s") % said
        # The value that replaces it tells the change.
        return "" if is_followed else _("dejó de estar publicado %(value)s") % said
    if _differ(former, event, _SHOWN):
        return _from_to(former, event, unit)
    if _differ(former, event, _BESIDE):
        return _("cambió el tipo, el año, la fuente o la nota de %(value)s") % {
            "value": _amount(event, unit)
        }
    return ""


def _differ(one: Any, other: Any, names: Iterable[str]) -> bool:
    return any(getattr(one, name) != getattr(other, name) for name in names)


def _from_to(before: Any, after: Any, unit: str) -> str:
    is_number = before.value is not None and after.value is not None
    start = plain(float(before.value)) if is_number else _amount(before, unit)
    return _("de %(before)s a %(value)s") % {
        "before": start,
        "value": _amount(after, unit),
    }


def _amount(event: Any, unit: str) -> str:
    if event.value is None:
        return f"{_('sin dato')} ({reason_word(event.no_data_reason)})"
    value = float(event.value)
    amount = f"{plain(value)} {counted(unit, value)}"
    if not event.proxy:
        return amount
    return f"{amount} ({_('indicador sustituto')}: {event.proxy})"


def _value_change(event: Any, what: str, *, is_new: bool, lang: Lang) -> HistoryLine:
    context = event.pgh_context
    told = context.metadata if context else {}
    is_withdrawal = event.state == State.WITHDRAWN
    if is_new or is_withdrawal:
        reason = event.change_reason or _("Primera publicación")
    else:
        reason = told.get("reason") or _("Sin motivo registrado")
    source = event.source or (event.load.source if event.load else None)
    return HistoryLine(
        at=event.pgh_created_at,
        kind=WITHDRAWAL if is_withdrawal else VALUE,
        year=event.year,
        district=event.place_name if event.place_level == Place.Level.DISTRICT else "",
        what=what,
        reason=reason,
        who=who_words(event) if is_new else actor_words(told, context is not None),
        source=in_language(source, "name", lang) if source else event.source_text,
        source_url=event.source_url,
        is_synthetic=event.is_synthetic,
    )


def _with_evidence(change: HistoryLine, event: Any, is_shown: bool) -> HistoryLine:
    """Return the first line of a version with the evidence it was published with."""
    rows = event.evidence_rows
    is_official = event.load.source.is_official if event.load else None
    return replace(
        change,
        evidence_level=level_of(rows, is_official=is_official, kind=event.kind),
        evidence=evidence_items(rows, sees_all=False, is_shown=is_shown),
    )


def _point(event: _Event, unit: str) -> str:
    value = float(event["value"])
    return f"{plain(value)} {counted(unit, value)} ({event['year']})"


def _plan_changes(
    kind: str,
    events: Iterable[_Event],
    words: Callable[[_Event], str],
    sentences: tuple[str, str, str],
) -> list[HistoryLine]:
    """Return the changes of one part of the plan, from its events in order of time."""
    set_to, changed, removed = sentences
    last: dict[int, str] = {}
    changes = []
    for event in events:
        after, before = words(event), last.get(event["pgh_obj_id"], "")
        if event["pgh_label"] == "delete":
            what = removed % {"before": before or after}
        elif before:
            what = changed % {"before": before, "after": after}
        else:
            what = set_to % {"after": after}
        last[event["pgh_obj_id"]] = after
        if before == after and event["pgh_label"] != "delete":
            continue
        told = event["metadata"] or {}
        changes.append(
            HistoryLine(
                at=dt.datetime.fromisoformat(event["pgh_created_at"]),
                kind=kind,
                year=event["year"],
                what=what,
                reason=told.get("reason") or event.get("adopted_in") or "",
                who=actor_words(told, event["metadata"] is not None),
                is_synthetic=bool(event.get("is_synthetic")),
            )
        )
    return changes


def newest_first(changes: Iterable[HistoryLine]) -> tuple[HistoryLine, ...]:
    """Return the changes with the newest on top, of one moment the newest year."""
    # Sorting keeps the order of equals: what was written down last comes first.
    latest = reversed(list(changes))
    return tuple(sorted(latest, key=lambda one: (one.at, one.year), reverse=True))
