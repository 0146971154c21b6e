"""Read the governance part of a plan file: agenda, actions, bodies."""

from collections.abc import Mapping
from typing import Any

from governance.models import (
    AgendaAction,
    GovernanceAction,
    GovernanceSpace,
    ReengineeringPoint,
)
from indicators.models import ActorGroup, Axis, Goal, PlanVersion
from indicators.planfile import by_code, pick, required
from indicators.sync import ChangeLog


def sync_governance(
    file: Mapping[str, Any], *, version: PlanVersion, log: ChangeLog
) -> None:
    """Bring agenda, governance actions, points and bodies in line with the file."""
    axes = {axis.code: axis for axis in Axis.objects.filter(plan_version=version)}
    goals = {g.code: g for g in Goal.objects.filter(axis__plan_version=version)}
    groups = {g.code: g for g in ActorGroup.objects.filter(plan_version=version)}
    fixed = {"plan_version": version}
    items = required(file, "agenda_2025")
    actions = log.sync_rows(
        AgendaAction.objects.filter(plan_version=version),
        key="code",
        fixed=fixed,
        rows=[
            pick(item, "code", "slug", "text_es", "text_en")
            | {"order": order, "axis_id": by_code(axes, required(item, "axis")).pk}
            for order, item in enumerate(items, 1)
        ],
    )
    for item in items:
        linked = [by_code(goals, code) for code in item.get("linked_goals", [])]
        log.sync_links(actions[item["code"]], "linked_goals", linked)
    _sync_actions(required(file, "governance_actions"), version, groups, log)
    log.sync_rows(
        ReengineeringPoint.objects.filter(plan_version=version),
        key="code",
        fixed=fixed,
        rows=[
            pick(point, "code", "slug", "text_es", "text_en") | {"order": order}
            for order, point in enumerate(required(file, "governance_reengineering"), 1)
        ],
    )
    fields = ("code", "name_es", "name_en", "level", "role_es", "role_en")
    log.sync_rows(
        GovernanceSpace.objects.filter(plan_version=version),
        key="code",
        fixed=fixed,
        rows=[
            pick(space, *fields) | {"order": order}
            for order, space in enumerate(required(file, "governance_spaces"), 1)
        ],
    )


def _sync_actions(
    items: list[Mapping[str, Any]],
    version: PlanVersion,
    groups: Mapping[str, ActorGroup],
    log: ChangeLog,
) -> None:
    fields = ("code", "slug", "order", "text_es", "text_en", "actors_es", "actors_en")
    actions = log.sync_rows(
        GovernanceAction.objects.filter(plan_version=version),
        key="code",
        fixed={"plan_version": version},
        rows=[
            pick(item, *fields, "match_confidence")
            | {"is_number_doubtful": item.get("number_doubt", False)}
            for item in items
        ],
    )
    for item in items:
        linked = [by_code(groups, code) for code in required(item, "actor_groups")]
        log.sync_links(actions[item["code"]], "actor_groups", linked)
