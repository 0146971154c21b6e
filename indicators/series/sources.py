"""Every source with its last load: who publishes it, how fresh it is, its state."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from indicators.models import Load, Source, YearlyValue
from indicators.progress import Point as Reading
from indicators.progress import schedule_badge
from indicators.series.records import ComparisonLine, Lang, Sibling, SourceState
from indicators.series.site import in_language

GOOD_STATES = (Load.State.PUBLISHED, Load.State.UNCHANGED)


def source_states(
    *,
    lang: Lang,
    today: dt.date,
    has_key: Callable[[str], bool],
    next_runs: Mapping[str, dt.datetime] | None = None,
) -> tuple[SourceState, ...]:
    """Return every source in its order, with what its loads did. Two queries.

    ``has_key`` says whether the setting of a name holds a key, ``next_runs`` when the
    schedule loads a source next, by its code. A source is late ``late_after_days``
    after its last success, and when its data are.
    """
    loads = Load.objects.filter(source=OuterRef("pk"))
    good = loads.filter(state__in=GOOD_STATES)
    feeding = _feeding(lang)
    sources = Source.objects.annotate(
        last_good=_load_of(good),
        last_any=_load_of(loads),
        last_edition=_load_of(loads.filter(state=Load.State.PUBLISHED)),
        waiting=ArraySubquery(
            loads.filter(state=Load.State.HELD).order_by("-started_at").values("reason")
        ),
    )
    # A data set that could be loaded with a key and is not: not one of this site's.
    shown = sources.filter(Q(is_scheduled=True) | Q(key_setting="") | Exists(loads))
    return tuple(
        _state(
            source,
            feeding.get(source.pk, ()),
            lang,
            today,
            has_key,
            (next_runs or {}).get(source.code),
        )
        for source in shown.order_by("order", "code")
    )


def _load_of(loads: Any) -> Subquery:
    fields = (
        "state",
        "started_at",
        "finished_at",
        "published_at",
        "edition",
        "data_to_year",
        "data_to_date",
        "rows_read",
        "reason",
    )
    newest = loads.order_by("-started_at", "-pk")
    return Subquery(
        newest.values(
            json=JSONObject(
                synthetic=KeyTransform("synthetic", "report"),
                **{name: F(name) for name in fields},
                comparison=KeyTransform("comparison", "report"),
                reason_en=KeyTransform("reason_en", "report"),
            )
        )[:1]
    )


def _feeding(lang: Lang) -> dict[int, tuple[Sibling, ...]]:
    name = f"indicator__goal__name_{lang}"
    rows = (
        YearlyValue.objects.published()
        .filter(
            source__isnull=False,
            indicator__goal__axis__plan_version__is_current=True,
            indicator__goal__axis__plan_version__plan__jurisdiction__is_home=True,
        )
        .order_by("source_id", "indicator__slug")
        .values_list("source_id", "indicator__slug", name)
        .distinct()
    )
    feeding: dict[int, tuple[Sibling, ...]] = {}
    for source_id, slug, words in rows:
        line = Sibling(slug=slug, name=words, origin_word="")
        feeding[source_id] = (*feeding.get(source_id, ()), line)
    return feeding


def _state(
    source: Any,
    feeds: tuple[Sibling, ...],
    lang: Lang,
    today: dt.date,
    has_key: Callable[[str], bool],
    next_run: dt.datetime | None,
) -> SourceState:
    good, last = source.last_good or {}, source.last_any or {}
    edition = source.last_edition or {}
    success = _when(good.get("published_at") or good.get("finished_at"))
    late_since = _late_since(source, success, edition, today)
    code = _code(
        keyless=bool(source.key_setting) and not has_key(source.key_setting),
        waiting=bool(source.waiting),
        last=last.get("state", ""),
        late=late_since is not None,
        scheduled=source.is_scheduled,
        loaded=success is not None,
    )
    word, shape, tone = _words(code)
    refused = code in ("held", "rejected")
    return SourceState(
        code=source.code,
        name=in_language(source, "name", lang),
        publisher=source.publisher,
        licence=source.licence,
        citation=source.citation,
        url=source.homepage_url,
        frequency=in_language(source, "frequency", lang),
        cautions=tuple(source.cautions_es if lang == "es" else source.cautions_en),
        state=code,
        state_word=word,
        shape=shape,
        tone=tone,
        last_success=success,
        last_try=_when(last.get("started_at")),
        # Without a key the schedule comes by, and does nothing.
        next_run=None if code == "no_key" else next_run,
        late_since=late_since,
        edition=edition.get("edition") or "",
        data_to=_data_to(edition),
        is_synthetic=bool(edition.get("synthetic")),
        rows=edition.get("rows_read"),
        reason=(source.waiting or [_reason(last, lang)])[0] if refused else "",
        feeds=feeds,
        comparison=tuple(
            ComparisonLine(**line) for line in edition.get("comparison") or ()
        ),
    )


def _reason(load: dict[str, Any], lang: Lang) -> str:
    """Return why a load ended so; what a person typed is in one language alone."""
    english = load.get("reason_en") if lang == "en" else ""
    return english or load.get("reason", "")


def _late_since(
    source: Any,
    success: dt.datetime | None,
    edition: dict[str, Any],
    today: dt.date,
) -> dt.date | None:
    """Return since when a source is late: its loads, or the data they brought.

    Data are late by the method's own rule (older than the frequency + 6 months), the
    one an indicator's page uses, so that both pages say the same of one series.
    """
    if success is None:
        return None
    due = [timezone.localdate(success) + dt.timedelta(days=source.late_after_days)]
    if edition.get("data_to_year") and source.frequency_months:
        badge = schedule_badge(
            points=[Reading(year=edition["data_to_year"], value=0.0)],
            milestones=(),
            frequency_months=source.frequency_months,
            as_of=today,
        )
        due += [badge.stale_after] if badge.stale_after else []
    return min((day for day in due if day < today), default=None)


def _code(
    *,
    keyless: bool,
    waiting: bool,
    last: str,
    late: bool,
    scheduled: bool,
    loaded: bool,
) -> str:
    if keyless:
        return "no_key"
    if waiting:
        return "held"
    if last == Load.State.REJECTED:
        return "rejected"
    if not loaded:
        return "never" if scheduled else "file"
    return "late" if late else "fresh"


def _words(code: str) -> tuple[str, str, str]:
    return {
        "fresh": (_("Al día"), "star", "met"),
        "late": (_("Atrasada"), "down", "worse"),
        "held": (_("Retenida para revisión"), "diamond", "limited"),
        "rejected": (_("Última carga rechazada"), "down", "worse"),
        "no_key": (_("Sin clave"), "square", "none"),
        "never": (_("Sin cargas todavía"), "circle", "none"),
        "file": (_("Llega como archivo"), "circle", "none"),
    }[code]


def _data_to(edition: dict[str, Any]) -> str:
    if edition.get("data_to_date"):
        return str(edition["data_to_date"])
    return str(edition.get("data_to_year") or "")


def _when(text: str | None) -> dt.datetime | None:
    return None if text is None else parse_datetime(text)
