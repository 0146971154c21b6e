"""Read a plan file into the plan's models: axes, goals, indicators, crosswalk."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from indicators.models import (
    Actor,
    ActorGroup,
    Axis,
    CrosswalkCode,
    CrosswalkLink,
    Fact,
    Goal,
    Indicator,
    IndicatorSource,
    MonitoringPrinciple,
    MonitoringVariable,
    Origin,
    Plan,
    PlanVersion,
    Target,
    VisionIdea,
)
from indicators.sync import ChangeLog, PlanFileError
from territory.models import Jurisdiction

Item = Mapping[str, Any]


def required(item: Item, name: str) -> Any:
    """Return a field of the file.

    Raises:
        PlanFileError: the field is missing; the message names item and field.
    """
    if name not in item:
        label = item.get("code") or item.get("title_es") or "meta"
        raise PlanFileError(f"{label}: falta el campo «{name}»")
    return item[name]


def pick(item: Item, *names: str, **renamed: str) -> dict[str, Any]:
    """Return required fields by their own name, or renamed model field = file field."""
    row = {name: required(item, name) for name in names}
    row.update({field: required(item, name) for field, name in renamed.items()})
    return row


def decimal_or_none(value: Any) -> Decimal | None:
    """Return an exact decimal with the four places the database keeps, or None."""
    return None if value is None else Decimal(str(value)).quantize(Decimal("0.0001"))


def sync_plan(
    file: Item, *, jurisdiction: Jurisdiction, sha256: str, log: ChangeLog
) -> PlanVersion:
    """Return the plan version after bringing it in line with the file."""
    version = _sync_version(file, jurisdiction, sha256, log)
    fixed = {"plan_version": version}

    def scope(model: Any) -> Any:
        return model.objects.filter(plan_version=version)

    log.sync_rows(
        scope(VisionIdea),
        key="code",
        fixed=fixed,
        rows=[
            {**pick(idea, "code", "name_es", "name_en", "summary_es", "summary_en")}
            | {"order": order}
            for order, idea in enumerate(required(file, "vision")["key_ideas"], 1)
        ],
    )
    axes = log.sync_rows(
        scope(Axis),
        key="code",
        fixed=fixed,
        rows=[
            pick(axis, "code", "prefix", "order", "name_es", "name_en")
            | {
                "objective_es": axis.get("objective_es") or "",
                "objective_en": axis.get("objective_en") or "",
                "landscale_pillar": axis.get("landscale_pillar", ""),
            }
            for axis in required(file, "axes")
        ],
    )
    goals = _sync_goals(file, axes, log)
    _sync_people_and_facts(file, version, log)
    variables = _sync_monitoring(file, version, axes, goals, log)
    _sync_crosswalk(file, goals, variables, log)
    return version


def _sync_version(
    file: Item, jurisdiction: Jurisdiction, sha256: str, log: ChangeLog
) -> PlanVersion:
    meta = required(file, "meta")
    vision = required(file, "vision")
    code = required(meta, "code")
    plan = log.sync_rows(
        Plan.objects.filter(jurisdiction=jurisdiction, code=code),
        key="code",
        fixed={"jurisdiction": jurisdiction},
        rows=[pick(meta, "code", "title_es", "title_en")],
    )[code]
    number = required(meta, "version")
    newer = plan.versions.filter(number__gt=number).exists()
    if not newer:
        older = plan.versions.exclude(number=number).filter(is_current=True)
        if older.exists():
            older.update(is_current=False)
    row = pick(
        meta,
        "document_year",
        target_year="target_year_goals",
        agenda_year="target_year_agenda",
        goals_status_es="status_of_goals_es",
        goals_status_en="status_of_goals_en",
    )
    row |= pick(vision, "vision_es", "vision_en")
    row |= {
        "number": number,
        "is_current": not newer,
        "errata_es": meta.get("source_errata_es", []),
        "errata_en": meta.get("source_errata_en", []),
        "milestones": file.get("milestones", []),
        "file_sha256": sha256,
    }
    return log.sync_rows(
        PlanVersion.objects.filter(plan=plan, number=number),
        key="number",
        fixed={"plan": plan},
        rows=[row],
    )[number]


def _sync_goals(
    file: Item, axes: Mapping[str, Axis], log: ChangeLog
) -> dict[str, Goal]:
    goals: dict[str, Goal] = {}
    items = required(file, "goals")
    for axis_code, axis in axes.items():
        of_axis = [goal for goal in items if required(goal, "axis") == axis_code]
        rows = [
            pick(
                goal,
                "code",
                "slug",
                "name_es",
                "name_en",
                "match_confidence",
                text_es="goal_es",
                text_en="goal_en",
            )
            | {
                "order": order,
                "printed_table": goal.get("source", {}).get("table"),
                "printed_order": goal.get("source", {}).get("page_order"),
                "axis_confidence": goal.get("axis_confidence", "high"),
                "doubt_es": goal.get("doubt_es", ""),
                "doubt_en": goal.get("doubt_en", ""),
            }
            for order, goal in enumerate(of_axis, 1)
        ]
        goals |= log.sync_rows(
            Goal.objects.filter(axis=axis), key="code", fixed={"axis": axis}, rows=rows
        )
    for item in items:
        if item["code"] not in goals:
            raise PlanFileError(f"{item['code']}: no existe el eje «{item['axis']}»")
        _sync_indicators(item, goals[item["code"]], log)
    return goals


def _sync_indicators(item: Item, goal: Goal, log: ChangeLog) -> None:
    rows = list(_indicator_rows(item))
    indicators = log.sync_rows(
        Indicator.objects.filter(goal=goal),
        key="code",
        fixed={"goal": goal},
        rows=rows,
    )
    for target_of, target in _target_rows(item):
        log.sync_rows(
            Target.objects.filter(indicator=indicators[target_of]),
            key="indicator_id",
            fixed={},
            rows=[target | {"indicator_id": indicators[target_of].pk}],
        )
    main = indicators[item["code"]]
    log.sync_rows(
        IndicatorSource.objects.filter(indicator=main),
        key="order",
        fixed={"indicator": main},
        rows=[
            pick(source, "text_es", "text_en") | {"order": order}
            for order, source in enumerate(item.get("proposed_sources", []), 1)
        ],
    )


def _indicator_rows(item: Item) -> Iterator[dict[str, Any]]:
    """Yield the goal's indicator, then those this project proposes beside it.

    Where the printed indicator does not measure the goal, the file gives an
    inferred one, and the printed one stands among the others with its own mark.
    """
    inferred = item.get("inferred_indicator")
    names = inferred or {
        "name_es": required(item, "indicator_es"),
        "name_en": required(item, "indicator_en"),
    }
    target = required(item, "target")
    shared = {
        "frequency_es": item.get("frequency_es", ""),
        "frequency_en": item.get("frequency_en", ""),
        "frequency_months": item.get("frequency_months", 12),
        "decimals": item.get("decimals", 1),
    }
    yield {
        **pick(item, "code", "slug", "direction", "collection"),
        **names,
        # A relative target ("30 % more") is not in the unit of the values.
        "unit_es": item.get("value_unit_es") or required(target, "unit_es"),
        "unit_en": item.get("value_unit_en") or required(target, "unit_en"),
        **shared,
        "order": 0,
        "is_main": True,
        "origin": Origin.INFERRED if inferred else Origin.PRINTED,
        "target_type": required(item, "proposed_target_type"),
        "is_definition_pending": bool(item.get("definition_pending", False)),
        "crop": item.get("crop", ""),
        "by_district": item.get("by_district", ""),
    }
    for order, proposed in enumerate(item.get("proposed_indicators", []), 1):
        has_target = proposed.get("target") is not None
        is_printed = proposed.get("is_printed", False)
        yield {
            **pick(proposed, "code", "name_es", "name_en", "unit_es", "unit_en"),
            **pick(proposed, "direction", "collection"),
            **shared,
            "slug": f"{item['slug']}-{proposed['code'][-1].lower()}",
            "order": order,
            "is_main": False,
            "origin": Origin.PRINTED if is_printed else Origin.PROPOSED,
            "target_type": "share" if has_target else "direction_only",
            "is_definition_pending": False,
            "crop": "",
            "by_district": proposed.get("by_district", ""),
        }


def _target_rows(item: Item) -> Iterator[tuple[str, dict[str, Any]]]:
    target = required(item, "target")
    yield (
        item["code"],
        {
            **pick(target, "operator", "year"),
            "value": decimal_or_none(required(target, "value")),
            "origin": Origin.INFERRED if target.get("inferred") else Origin.PRINTED,
        },
    )
    for proposed in item.get("proposed_indicators", []):
        if proposed.get("target") is not None:
            yield (
                proposed["code"],
                {
                    **pick(target, "operator", "year"),
                    "value": decimal_or_none(proposed["target"]),
                    "origin": Origin.PROPOSED,
                },
            )


def _sync_people_and_facts(file: Item, version: PlanVersion, log: ChangeLog) -> None:
    fixed = {"plan_version": version}
    log.sync_rows(
        ActorGroup.objects.filter(plan_version=version),
        key="code",
        fixed=fixed,
        rows=[
            pick(group, "code", "name_es", "name_en") | {"order": order}
            for order, group in enumerate(required(file, "actor_groups"), 1)
        ],
    )
    log.sync_rows(
        Actor.objects.filter(plan_version=version),
        key="code",
        fixed=fixed,
        rows=[
            pick(actor, "code", "name_es", "name_en", "kind")
            | {
                "order": order,
                "is_initiative_team": actor.get("initiative_team", False),
                "is_in_plan": actor.get("in_plan", True),
                "note_es": actor.get("note_es", ""),
                "note_en": actor.get("note_en", ""),
            }
            for order, actor in enumerate(required(file, "actors"), 1)
        ],
    )
    texts = ("qualifier_es", "qualifier_en", "note_es", "note_en")
    log.sync_rows(
        Fact.objects.filter(plan_version=version),
        key="code",
        fixed=fixed,
        rows=[
            pick(fact, "code", "name_es", "name_en", "unit_es", "unit_en", "source")
            | {name: fact.get(name, "") for name in texts}
            | {"order": order, "value": decimal_or_none(required(fact, "value"))}
            for order, fact in enumerate(required(file, "facts"), 1)
        ],
    )


def _sync_monitoring(
    file: Item,
    version: PlanVersion,
    axes: Mapping[str, Axis],
    goals: Mapping[str, Goal],
    log: ChangeLog,
) -> dict[str, MonitoringVariable]:
    fixed = {"plan_version": version}
    log.sync_rows(
        MonitoringPrinciple.objects.filter(plan_version=version),
        key="code",
        fixed=fixed,
        rows=[
            pick(principle, "code", "slug", "text_es", "text_en") | {"order": order}
            for order, principle in enumerate(
                required(file, "monitoring_principles"), 1
            )
        ],
    )
    items = required(file, "monitoring_variables")
    fields = ("code", "slug", "order", "axis_confidence", "text_es", "text_en")
    variables = log.sync_rows(
        MonitoringVariable.objects.filter(plan_version=version),
        key="code",
        fixed=fixed,
        rows=[
            pick(item, *fields, "scale", "collection")
            | {
                "axis_id": by_code(axes, required(item, "axis")).pk,
                "doubt_es": item.get("doubt_es", ""),
                "doubt_en": item.get("doubt_en", ""),
            }
            for item in items
        ],
    )
    for item in items:
        linked = [by_code(goals, code) for code in item.get("linked_goals", [])]
        log.sync_links(variables[item["code"]], "linked_goals", linked)
    return variables


def by_code(rows: Mapping[str, Any], code: str) -> Any:
    """Return the row of a code.

    Raises:
        PlanFileError: the file refers to a code it does not define.
    """
    if code not in rows:
        raise PlanFileError(f"el archivo se refiere a «{code}», que no existe")
    return rows[code]


def _crosswalk_of(item: Item) -> Iterator[tuple[str, str, str, bool]]:
    """Yield (framework, kind, code, is_secondary) of a goal or variable."""
    landscale = item.get("landscale", {})
    for kind, names in (("indicator", "indicators"), ("metric", "metrics")):
        for code in landscale.get(names, []):
            yield "landscale", kind, code, False
    for code in landscale.get("also", []):
        yield "landscale", "indicator", code, True
    sdg = item.get("sdg", {})
    if isinstance(sdg, list):
        sdg = {"indicators": sdg}
    for kind, names in (("target", "targets"), ("indicator", "indicators")):
        for code in sdg.get(names, []):
            yield "sdg", kind, code, False
    for code in item.get("ndc", []):
        yield "ndc", "measure", code, False
    erdrbe = item.get("erdrbe", {})
    for code in erdrbe.get("purposes", []):
        yield "erdrbe", "purpose", code, False
    for code in erdrbe.get("incentive_lines", []):
        yield "erdrbe", "incentive_line", code, False


def _crosswalk_names(file: Item) -> dict[tuple[str, str, str], str]:
    reference = file.get("reference", {})
    erdrbe = reference.get("erdrbe", {})
    names = {
        ("landscale", "indicator", code): name
        for pillar in reference.get("landscale", {}).values()
        for code, name in pillar.items()
    }
    names |= {("ndc", "measure", k): v for k, v in reference.get("ndc", {}).items()}
    names |= {
        ("erdrbe", "purpose", k): v for k, v in erdrbe.get("purposes", {}).items()
    }
    lines = erdrbe.get("incentive_lines", {})
    return names | {("erdrbe", "incentive_line", k): v for k, v in lines.items()}


def _sync_crosswalk(
    file: Item,
    goals: Mapping[str, Goal],
    variables: Mapping[str, MonitoringVariable],
    log: ChangeLog,
) -> None:
    """Sync links of this plan. Codes are shared by all plans and only added to."""
    names = _crosswalk_names(file)
    owners: list[tuple[str, Any, Item]] = [
        ("goal", goals[item["code"]], item) for item in file["goals"]
    ] + [
        ("variable", variables[item["code"]], item)
        for item in file["monitoring_variables"]
    ]
    used = {key[:3] for _, _, item in owners for key in _crosswalk_of(item)}
    codes: dict[tuple[str, str, str], CrosswalkCode] = {}
    for framework, kind, code in sorted(used | set(names)):
        key = (framework, kind, code)
        codes |= {
            key: log.sync_rows(
                CrosswalkCode.objects.filter(framework=framework, kind=kind, code=code),
                key="code",
                fixed={"framework": framework, "kind": kind},
                rows=[{"code": code, "name_en": names.get(key, "")}],
            )[code]
        }
    for owner_field, owner, item in owners:
        log.sync_rows(
            CrosswalkLink.objects.filter(**{owner_field: owner}),
            key="crosswalk_code_id",
            fixed={owner_field: owner},
            rows=[
                {
                    "crosswalk_code_id": codes[(framework, kind, code)].pk,
                    "is_secondary": is_secondary,
                }
                for framework, kind, code, is_secondary in dict.fromkeys(
                    _crosswalk_of(item)
                )
            ],
        )
