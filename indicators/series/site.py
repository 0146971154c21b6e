"""Whose plan the site shows."""

from typing import Any

from django.db.models import Exists, QuerySet, Subquery

from indicators.models import DataVersion, PlanVersion, ProgressResult
from indicators.series.compiled import CompiledQuery, only
from indicators.series.records import Lang, Site
from territory.models import Jurisdiction


def in_language(item: Any, field: str, lang: Lang) -> str:
    """Return the text of a field in a language; "" where the model has none."""
    return str(getattr(item, f"{field}_{lang}") or "")


def home_site(lang: Lang) -> Site:
    """Return the home jurisdiction and its current plan; empty before they are loaded.

    One query, two while a jurisdiction has no plan yet.
    """
    version = only(_CURRENT.rows())
    if version is None:
        place = Jurisdiction.objects.filter(is_home=True).first()
        return _without_plan(place, lang)
    return _with_plan(version, lang)


def _current() -> QuerySet[PlanVersion]:
    made_up = ProgressResult.objects.filter(is_current=True, is_synthetic=True)
    changed = DataVersion.objects.filter(pk=1).values("changed_at")
    return (
        PlanVersion.objects.filter(is_current=True, plan__jurisdiction__is_home=True)
        .select_related("plan__jurisdiction")
        .annotate(data_changed_at=Subquery(changed), made_up=Exists(made_up))
        .order_by("pk")[:1]
    )


_CURRENT = CompiledQuery(_current)


def _with_plan(version: Any, lang: Lang) -> Site:
    place = version.plan.jurisdiction
    return Site(
        name=place.name,
        region=place.region_name,
        country=in_language(place, "country_name", lang),
        target_year=version.target_year,
        plan_title=in_language(version.plan, "title", lang),
        plan_year=version.document_year,
        plan_version_id=version.id,
        vision=in_language(version, "vision", lang),
        goals_status=in_language(version, "goals_status", lang),
        changed_at=version.data_changed_at,
        has_synthetic=version.made_up,
    )


def _without_plan(place: Jurisdiction | None, lang: Lang) -> Site:
    return Site(
        name=place.name if place else "",
        region=place.region_name if place else "",
        country=in_language(place, "country_name", lang) if place else "",
        target_year=None,
        plan_title="",
        plan_year=None,
        plan_version_id=None,
        vision="",
        goals_status="",
        changed_at=None,
        has_synthetic=False,
    )
