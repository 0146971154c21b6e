"""Situations as data. Names are made up on purpose: nothing here is Tocache."""

import datetime as dt
from decimal import Decimal
from typing import Any

import factory
import numpy as np
import pgtrigger
from django.contrib.auth.models import User
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.db import transaction
from django.utils import timezone

from indicators import models as indicators
from territory import alert_words as aw
from territory import models as territory
from territory.alerts import Source, write_alerts
from territory.clusters import renew_clusters
from territory.zone_sets import zone_set_numbers


def square(west: float, south: float, size_deg: float = 0.1) -> MultiPolygon:
    """Return a square multipolygon in EPSG:4326, size_deg degrees a side."""
    return MultiPolygon(
        Polygon.from_bbox((west, south, west + size_deg, south + size_deg)), srid=4326
    )


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"persona{n}")
    email = factory.LazyAttribute(lambda o: f"{o.username}@example.org")

    @factory.post_generation
    def password(self, create: bool, extracted: str | None, **_: Any) -> None:
        if extracted:
            self.set_password(extracted)  # type: ignore[attr-defined]
            self.save()  # type: ignore[attr-defined]


class JurisdictionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = territory.Jurisdiction
        django_get_or_create = ("code",)

    code = "villa-alta"
    ubigeo = "9901"
    name = "Villa Alta"
    is_home = True


class GenerationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = territory.BoundaryGeneration
        django_get_or_create = ("code",)

    code = "made-up-2020"
    valid_from_year = 2020
    is_current = True
    publisher = "Nobody"
    licence = "CC BY 4.0"
    citation = "Made up for a test"


class PlaceFactory(factory.django.DjangoModelFactory):
    """A square district; with level=province the province itself."""

    class Meta:
        model = territory.Place
        django_get_or_create = ("generation", "ubigeo")

    jurisdiction = factory.SubFactory(JurisdictionFactory)
    generation = factory.SubFactory(GenerationFactory)
    ubigeo = factory.Sequence(lambda n: f"9901{n % 99 + 1:02d}")
    name = factory.LazyAttribute(lambda o: f"Lugar {o.ubigeo}")
    level = territory.Place.Level.DISTRICT
    geom = factory.LazyAttribute(
        lambda o: square(-76.0 + 0.1 * int(o.ubigeo[-2:]), -8.0)
    )
    area_ha = Decimal("12100.0")

    class Params:
        province = factory.Trait(
            ubigeo="9901",
            level=territory.Place.Level.PROVINCE,
            geom=factory.LazyFunction(lambda: square(-76.0, -8.0, 1.0)),
        )


class PlanFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = indicators.Plan
        django_get_or_create = ("code",)

    jurisdiction = factory.SubFactory(JurisdictionFactory)
    code = "plan-villa-alta"
    title_es = "Plan de Villa Alta"
    title_en = "Plan of Villa Alta"


class PlanVersionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = indicators.PlanVersion
        django_get_or_create = ("plan", "number")

    plan = factory.SubFactory(PlanFactory)
    number = 1
    is_current = True
    document_year = 2022
    target_year = 2030


class AxisFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = indicators.Axis
        django_get_or_create = ("plan_version", "code")

    plan_version = factory.SubFactory(PlanVersionFactory)
    code = "bosque"
    prefix = "BOS"
    order = 1
    name_es = "Eje Bosque"
    name_en = "Forest axis"


class GoalFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = indicators.Goal

    axis = factory.SubFactory(AxisFactory)
    order = factory.Sequence(lambda n: n + 1)
    code = factory.LazyAttribute(lambda o: f"BOS-{o.order:02d}")
    slug = factory.LazyAttribute(lambda o: f"meta-{o.order}")
    name_es = factory.LazyAttribute(lambda o: f"Meta {o.order}")
    name_en = factory.LazyAttribute(lambda o: f"Goal {o.order}")
    text_es = "Texto de la meta"
    text_en = "Text of the goal"
    match_confidence = "high"


class IndicatorFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = indicators.Indicator

    goal = factory.SubFactory(GoalFactory)
    code = factory.SelfAttribute("goal.code")
    slug = factory.SelfAttribute("goal.slug")
    name_es = "Rendimiento de yuca"
    name_en = "Cassava yield"
    unit_es = "t/ha"
    unit_en = "t/ha"
    target_type = indicators.Indicator.TargetType.LEVEL
    direction = indicators.Indicator.Direction.INCREASE
    collection = indicators.Indicator.Collection.STATISTICS
    frequency_es = "anual"
    frequency_en = "yearly"


class TargetFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = indicators.Target

    indicator = factory.SubFactory(IndicatorFactory)
    value = Decimal("1.5")
    year = 2030
    operator = ">="
    origin = indicators.Origin.PRINTED


class BaselineFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = indicators.Baseline

    indicator = factory.SubFactory(IndicatorFactory)
    year = 2020
    value = Decimal("0.9")
    source_text = "Censo"
    adopted_in = "Sesión 1"
    adopted_on = dt.date(2023, 3, 1)


class SourceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = indicators.Source
        django_get_or_create = ("code",)

    code = "made_up_source"
    name_es = "Fuente inventada"
    name_en = "Made-up source"
    publisher = "Nadie"
    licence = "CC BY 4.0"
    citation = "Nadie (2026)"
    frequency_es = "anual"
    frequency_en = "yearly"
    late_after_days = 400


class LoadFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = indicators.Load

    source = factory.SubFactory(SourceFactory)
    state = indicators.Load.State.PUBLISHED
    trigger = indicators.Load.Trigger.COMMAND
    started_at = factory.LazyFunction(timezone.now)
    published_at = factory.LazyFunction(timezone.now)


class YearlyValueFactory(factory.django.DjangoModelFactory):
    """A published value, typed by one person and reviewed by another."""

    class Meta:
        model = indicators.YearlyValue

    indicator = factory.SubFactory(IndicatorFactory)
    place = factory.SubFactory(PlaceFactory, province=True)
    year = 2024
    value = Decimal("1.25")
    kind = indicators.YearlyValue.Kind.MEASURED
    state = indicators.YearlyValue.State.PUBLISHED
    source_text = "Anuario"
    recorded_by = factory.SubFactory(UserFactory)
    recorded_at = factory.LazyFunction(timezone.now)
    reviewed_by = factory.SubFactory(UserFactory)
    reviewed_at = factory.LazyFunction(timezone.now)
    published_at = factory.LazyFunction(timezone.now)

    class Params:
        draft = factory.Trait(
            state=indicators.YearlyValue.State.DRAFT,
            reviewed_by=None,
            reviewed_at=None,
            published_at=None,
        )
        synthetic = factory.Trait(is_synthetic=True, recorded_by=None, reviewed_by=None)


class AssignmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = indicators.Assignment
        django_get_or_create = ("user", "indicator")

    user = factory.SubFactory(UserFactory)
    indicator = factory.SubFactory(IndicatorFactory)


class EvidenceFactory(factory.django.DjangoModelFactory):
    """A public link behind a draft: evidence of anything else is frozen."""

    class Meta:
        model = indicators.Evidence

    value = factory.SubFactory(YearlyValueFactory, draft=True)
    title = "Anuario 2024"
    kind = indicators.Evidence.Kind.DOCUMENT
    is_public = True
    url = factory.Sequence(lambda n: f"https://example.org/{n}")
    added_by = factory.SubFactory(UserFactory)
    added_at = factory.LazyFunction(timezone.now)


def add_frozen_evidence(value: Any, **fields: Any) -> indicators.Evidence:
    """Add evidence to a value as if it had been there when the value was a draft."""
    with pgtrigger.ignore("indicators.Evidence:keep_evidence"):
        row: indicators.Evidence = EvidenceFactory(value=value, **fields)
    return row


class YearLockFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = indicators.YearLock

    year = 2024
    session = "Sesión ordinaria 3"
    locked_by = factory.SubFactory(UserFactory)
    locked_at = factory.LazyFunction(timezone.now)


class SheetUploadFactory(factory.django.DjangoModelFactory):
    """A small CSV whose columns were chosen and that waits to be imported."""

    class Meta:
        model = indicators.SheetUpload

    user = factory.SubFactory(UserFactory)
    indicator = factory.SubFactory(IndicatorFactory)
    file_name = "anuario.csv"
    content = "año,valor\n2020,1.5\n".encode()
    size_bytes = 20
    sha256 = "0" * 64
    uploaded_at = factory.LazyFunction(timezone.now)
    expires_at = factory.LazyFunction(lambda: timezone.now() + dt.timedelta(days=7))
    rule = {
        "sheet": "",
        "title_row": 1,
        "value_column": 1,
        "year_column": 0,
        "year": None,
        "place": "9901",
        "place_column": None,
        "filters": [],
        "factor": "1",
        "kind": "measured",
        "missing_as": "",
        "source_text": "Anuario",
        "source_url": "",
        "proxy": "",
        "titles": {"0": "año", "1": "valor"},
    }


class WorkbookImportFactory(factory.django.DjangoModelFactory):
    """A sent workbook whose preview waits for its sender's decision."""

    class Meta:
        model = indicators.WorkbookImport

    person = factory.SubFactory(UserFactory)
    file_name = "valores-2024.xlsx"
    sha256 = "0" * 64
    body = b"PK"
    language = "es-pe"
    state = indicators.WorkbookImport.State.READ
    uploaded_at = factory.LazyFunction(timezone.now)
    year = 2024
    row_count = 1
    ready_count = 1


def write_cluster(
    *, ubigeo: str, at: int = 0, alerts: int = 3, day: dt.date, source: int = 1
) -> territory.AlertCluster:
    """Write alerts side by side in a district as a load does; return their cluster.

    `at` counts 11 m to the east of the district's corner, `day` is the first one's.
    """
    place = PlaceFactory(ubigeo=ubigeo)
    (zone_set,) = zone_set_numbers([()])
    west, south, _, _ = place.geom.extent
    column = at + np.arange(alerts)
    words = aw.pack(
        west + (column + 0.5) * 0.0001,
        np.full(alerts, south + 0.00005),
        np.datetime64(day) + np.arange(alerts),
        np.array([2 + n % 3 for n in range(alerts)], dtype=np.int8),
    )
    assigned = np.full(alerts, (place.pk << 32) | zone_set, dtype=np.int64)
    written = Source(source, 0.0001)
    with transaction.atomic():
        write_alerts(
            source=written,
            load_id=1,
            alerts=aw.unique(aw.Alerts(words, assigned)),
        )
    known = set(territory.AlertCluster.objects.values_list("pk", flat=True))
    renew_clusters(source=written)
    return territory.AlertCluster.objects.standing().exclude(pk__in=known).get()
