"""Read the incentive part of a plan file: portfolio and programmes."""

from collections.abc import Mapping
from typing import Any

from incentives.models import (
    IncentiveCategory,
    IncentiveDimension,
    IncentiveItem,
    Programme,
    ProgrammeFigure,
    RelevantIncentive,
)
from indicators.models import Actor, PlanVersion
from indicators.planfile import by_code, decimal_or_none, pick, required
from indicators.sync import ChangeLog


def sync_incentives(
    file: Mapping[str, Any], *, version: PlanVersion, log: ChangeLog
) -> None:
    """Bring the portfolio of incentives and the programmes in line with the file."""
    fixed = {"plan_version": version}
    log.sync_rows(
        IncentiveDimension.objects.filter(plan_version=version),
        key="code",
        fixed=fixed,
        rows=[
            pick(dimension, "code", "name_es", "name_en") | {"order": order}
            for order, dimension in enumerate(required(file, "incentive_dimensions"), 1)
        ],
    )
    log.sync_rows(
        RelevantIncentive.objects.filter(plan_version=version),
        key="code",
        fixed=fixed,
        rows=[
            pick(item, "text_es", "text_en") | {"order": order, "code": f"RI-{order}"}
            for order, item in enumerate(required(file, "incentives_most_relevant"), 1)
        ],
    )
    _sync_portfolio(required(file, "incentives"), version, log)
    _sync_programmes(required(file, "programmes"), version, log)


def _sync_portfolio(
    items: list[Mapping[str, Any]], version: PlanVersion, log: ChangeLog
) -> None:
    categories = log.sync_rows(
        IncentiveCategory.objects.filter(plan_version=version),
        key="code",
        fixed={"plan_version": version},
        rows=[
            pick(
                item,
                "code",
                "slug",
                "type",
                name_es="category_es",
                name_en="category_en",
            )
            | {"order": order, "type_confidence": item.get("type_confidence", "high")}
            for order, item in enumerate(items, 1)
        ],
    )
    for item in items:
        category = categories[item["code"]]
        log.sync_rows(
            IncentiveItem.objects.filter(category=category),
            key="code",
            fixed={"category": category},
            rows=[
                pick(incentive, "code", "text_es", "text_en")
                | {
                    "order": order,
                    "doubt_es": incentive.get("doubt_es", ""),
                    "doubt_en": incentive.get("doubt_en", ""),
                }
                for order, incentive in enumerate(required(item, "items"), 1)
            ],
        )


def _sync_programmes(
    items: list[Mapping[str, Any]], version: PlanVersion, log: ChangeLog
) -> None:
    actors = {a.code: a for a in Actor.objects.filter(plan_version=version)}
    texts = ("name_es", "name_en", "status_es", "status_en", "summary_es", "summary_en")
    programmes = log.sync_rows(
        Programme.objects.filter(plan_version=version),
        key="code",
        fixed={"plan_version": version},
        rows=[
            pick(item, "code", "slug", *texts, "chains")
            | {
                "order": order,
                "official_code": item.get("official_code") or "",
                "executor_doubt_es": item.get("executor_doubt_es", ""),
                "executor_doubt_en": item.get("executor_doubt_en", ""),
            }
            for order, item in enumerate(items, 1)
        ],
    )
    for item in items:
        programme = programmes[item["code"]]
        for role in ("executors", "partners"):
            linked = [by_code(actors, code) for code in required(item, role)]
            log.sync_links(programme, role, linked)
        log.sync_rows(
            ProgrammeFigure.objects.filter(programme=programme),
            key="name",
            fixed={"programme": programme},
            rows=[
                {
                    "name": required(figure, "name"),
                    "value": decimal_or_none(required(figure, "value")),
                }
                for figure in item.get("figures", [])
            ],
        )
