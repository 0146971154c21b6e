"""The shape of every resource of territory and indicators.

Keys are a promise: the tests hold a frozen list of each. Texts come in both
languages, marks say whose words they are, units stand in the key where they are
fixed and beside the value where they are not.
"""

from typing import Any

from rest_framework import serializers
from rest_framework_gis.fields import GeometryField
from rest_framework_gis.serializers import GeoFeatureModelSerializer

from indicators.api.fields import CodeField, NumberField, TextField, code_list
from indicators.models import (
    Axis,
    CrosswalkLink,
    Goal,
    Indicator,
    MonitoringVariable,
    Origin,
    PlanVersion,
)
from indicators.models.plan import Operator
from indicators.models.sources import Load
from territory.models import Place

Base = serializers.Serializer[Any]
# Five decimals of a degree are one metre; boundaries are not known better.
COORDINATE_DECIMALS = 5


class OriginField(serializers.ChoiceField):
    """Whose words or figures these are."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=Origin.choices, **kwargs)


class ProposedField(serializers.ChoiceField):
    """The mark of what this dashboard proposes and the plan does not say."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=[(Origin.PROPOSED.value, Origin.PROPOSED.label)],
            source="*",
            read_only=True,
            **kwargs,
        )

    def to_representation(self, value: Any) -> str:
        """Return the mark."""
        return Origin.PROPOSED.value


class JurisdictionSerializer(Base):
    """A territory with a plan of its own."""

    code = CodeField()
    ubigeo = CodeField()
    name = TextField()
    region_name = TextField()
    country_name_es = TextField()
    country_name_en = TextField()
    is_home = serializers.BooleanField()


class VisionIdeaSerializer(Base):
    """A key idea of the vision."""

    code = CodeField()
    name_es = TextField()
    name_en = TextField()
    summary_es = TextField()
    summary_en = TextField()


class AxisSerializer(Base):
    """An axis of the plan."""

    code = CodeField()
    prefix = CodeField()
    name_es = TextField()
    name_en = TextField()
    objective_es = TextField()
    objective_en = TextField()
    goals = serializers.SerializerMethodField()

    def get_goals(self, axis: Axis) -> list[str]:
        """Return the codes of its goals."""
        return [goal.code for goal in axis.goals.all()]


class PlanSerializer(Base):
    """The current version of the plan."""

    code = CodeField(source="plan.code")
    jurisdiction = CodeField(source="plan.jurisdiction.code")
    title_es = TextField(source="plan.title_es")
    title_en = TextField(source="plan.title_en")
    version = serializers.IntegerField(source="number")
    document_year = serializers.IntegerField()
    target_year = serializers.IntegerField()
    agenda_year = serializers.IntegerField(allow_null=True)
    vision_es = TextField()
    vision_en = TextField()
    vision_ideas = VisionIdeaSerializer(many=True, source="visionidea_set")
    goals_status_es = TextField()
    goals_status_en = TextField()
    errata_es = serializers.ListField(child=serializers.CharField())
    errata_en = serializers.ListField(child=serializers.CharField())
    milestones = serializers.SerializerMethodField()
    axes = AxisSerializer(many=True, source="axis_set")

    def get_milestones(self, version: PlanVersion) -> list[dict[str, str]]:
        """Return dates of the plan's own history, each with text_es and text_en."""
        return list(version.milestones)


class CrosswalkSerializer(Base):
    """A code of another framework that this dashboard proposes for the item."""

    framework = serializers.CharField(source="crosswalk_code.framework")
    kind = serializers.CharField(source="crosswalk_code.kind")
    code = serializers.CharField(source="crosswalk_code.code")
    name_en = TextField(source="crosswalk_code.name_en")
    is_secondary = serializers.BooleanField()
    origin = ProposedField()


def crosswalk_of(links: Any) -> list[dict[str, Any]]:
    """Return crosswalk rows in the order framework, kind, code."""

    def order(link: CrosswalkLink) -> tuple[bool, str, str, str]:
        code = link.crosswalk_code
        return (link.is_secondary, code.framework, code.kind, code.code)

    rows = sorted(links.all(), key=order)
    return list(CrosswalkSerializer(rows, many=True).data)


class GoalSerializer(Base):
    """A goal; one language is the plan's own text, the other a translation."""

    code = CodeField()
    slug = CodeField()
    axis = CodeField(source="axis.code")
    name_es = TextField()
    name_en = TextField()
    text_es = TextField()
    text_es_origin = ProposedField()
    text_en = TextField()
    text_en_origin = serializers.SerializerMethodField()
    printed_table = serializers.IntegerField(allow_null=True)
    printed_order = serializers.IntegerField(allow_null=True)
    match_confidence = serializers.CharField()
    axis_confidence = serializers.CharField()
    doubt_es = TextField()
    doubt_en = TextField()
    indicators = serializers.SerializerMethodField()

    def get_text_en_origin(self, goal: Goal) -> str:
        """Return the mark of the text that is word for word the plan's."""
        return Origin.PRINTED.value

    def get_indicators(self, goal: Goal) -> list[str]:
        """Return the codes of its indicators, the main one first."""
        ordered = sorted(goal.indicators.all(), key=lambda i: (not i.is_main, i.order))
        return [indicator.code for indicator in ordered]


class TargetPartSerializer(Base):
    """A target beside its indicator; value is null where the plan prints none."""

    value = NumberField()
    year = serializers.IntegerField()
    operator = serializers.ChoiceField(choices=Operator.choices)
    origin = OriginField()


class BaselineSerializer(Base):
    """The adopted starting point."""

    value = NumberField()
    year = serializers.IntegerField()
    source_text = TextField()
    adopted_in = TextField()
    adopted_on = serializers.DateField()
    is_synthetic = serializers.BooleanField()


class MilestoneSerializer(Base):
    """An approved value on the way."""

    year = serializers.IntegerField()
    value = NumberField()
    adopted_in = TextField()


class BreakSerializer(Base):
    """First year of a new method."""

    year = serializers.IntegerField()
    reason_es = TextField()
    reason_en = TextField()


class StepSerializer(Base):
    """A step of a checklist."""

    order = serializers.IntegerField()
    name_es = TextField()
    name_en = TextField()
    weight = NumberField()
    due_on = serializers.DateField(allow_null=True)
    done_on = serializers.DateField(allow_null=True)


class ProposedSourceSerializer(Base):
    """A source proposed for an indicator; the plan names none."""

    text_es = TextField()
    text_en = TextField()
    origin = ProposedField()


class IndicatorSerializer(Base):
    """What is measured, with its target and what it is judged by."""

    code = CodeField()
    slug = CodeField()
    goal = CodeField(source="goal.code")
    axis = CodeField(source="goal.axis.code")
    is_main = serializers.BooleanField()
    origin = OriginField()
    name_es = TextField()
    name_en = TextField()
    unit_es = TextField()
    unit_en = TextField()
    decimals = serializers.IntegerField()
    target_type = serializers.ChoiceField(choices=Indicator.TargetType.choices)
    direction = serializers.ChoiceField(choices=Indicator.Direction.choices)
    is_definition_pending = serializers.BooleanField()
    collection = serializers.ChoiceField(choices=Indicator.Collection.choices)
    collection_origin = ProposedField()
    frequency_es = TextField()
    frequency_en = TextField()
    frequency_months = serializers.IntegerField()
    crop = TextField()
    target = TargetPartSerializer(allow_null=True)
    baseline = BaselineSerializer(allow_null=True)
    milestones = MilestoneSerializer(many=True)
    series_breaks = BreakSerializer(many=True, source="breaks")
    steps = StepSerializer(many=True)
    proposed_sources = ProposedSourceSerializer(many=True)
    crosswalk = serializers.SerializerMethodField()

    def get_crosswalk(self, indicator: Indicator) -> list[dict[str, Any]]:
        """Return the codes proposed for its goal."""
        return crosswalk_of(indicator.goal.crosswalk)


class TargetSerializer(TargetPartSerializer):
    """A target as a row of its own."""

    indicator = CodeField(source="indicator.code")
    target_type = serializers.ChoiceField(
        choices=Indicator.TargetType.choices, source="indicator.target_type"
    )
    direction = serializers.ChoiceField(
        choices=Indicator.Direction.choices, source="indicator.direction"
    )
    unit_es = TextField(source="indicator.unit_es")
    unit_en = TextField(source="indicator.unit_en")


class EvidencePartSerializer(Base):
    """What stands behind a value; of a reserved one the title alone is told."""

    title = TextField()
    kind = serializers.CharField()
    is_public = serializers.BooleanField()
    url = TextField(help_text="Path on this site or a whole link; null if reserved.")
    sha256 = TextField(help_text="Of the file at url; null for a link.")


class ValueSerializer(Base):
    """A published yearly value. value is null only with a no_data_reason."""

    indicator = CodeField()
    place_ubigeo = CodeField()
    place_name = TextField()
    place_generation = CodeField()
    year = serializers.IntegerField()
    version = serializers.IntegerField()
    value = NumberField()
    unit_es = TextField()
    unit_en = TextField()
    kind = serializers.CharField()
    no_data_reason = TextField()
    is_synthetic = serializers.BooleanField()
    # "source" is also a name of the framework; it takes the field out of the class.
    source = TextField(  # type: ignore[assignment]
        help_text="Code of a source, null if a person typed it."
    )
    source_text = TextField()
    source_url = TextField()
    note = TextField()
    proxy = TextField(
        help_text="What the value stands in by, such as another grade; null if itself."
    )
    change_reason = TextField()
    published_at = serializers.DateTimeField()
    edition = TextField(help_text="Edition of the source, null if a person typed it.")
    previous_value = NumberField(
        help_text="What stood here before a correction, in the same unit; else null."
    )
    evidence_level = serializers.IntegerField(
        help_text="0 none, 1 statement, 2 third party or photo, 3 document or data "
        "set, 4 official statistic with a link."
    )
    evidence = EvidencePartSerializer(many=True)


class ResultSerializer(Base):
    """What the method said at a time. share and pace have no unit (1.0 = met)."""

    indicator = CodeField(source="indicator.code")
    place_ubigeo = CodeField(source="place.ubigeo")
    place_name = TextField(source="place.name")
    place_generation = CodeField(source="place.generation.code")
    plan_version = serializers.IntegerField(source="plan_version.number")
    method_version = serializers.CharField()
    computed_at = serializers.DateTimeField()
    is_current = serializers.BooleanField()
    is_synthetic = serializers.BooleanField()
    status = serializers.CharField()
    reason = TextField()
    share = NumberField()
    expected_share = NumberField()
    pace = NumberField()
    latest_year = serializers.IntegerField(allow_null=True)
    latest_value = NumberField()
    evidence_level = serializers.IntegerField(
        allow_null=True, help_text="The worst of the values that decided, 0 to 4."
    )
    unit_es = TextField(source="indicator.unit_es")
    unit_en = TextField(source="indicator.unit_en")
    calculation = serializers.DictField(
        source="inputs_and_outputs", help_text="Every number of the sum, as stored."
    )


class PlaceSerializer(GeoFeatureModelSerializer):  # type: ignore[misc]
    """A province or district as GeoJSON, WGS 84."""

    geom = GeometryField(precision=COORDINATE_DECIMALS)
    jurisdiction = CodeField(source="jurisdiction.code")
    generation = CodeField(source="generation.code")
    capital = TextField()
    area_ha = NumberField()
    licence = TextField(source="generation.licence")
    citation = TextField(source="generation.citation")

    class Meta:
        model = Place
        geo_field = "geom"
        id_field = False
        fields = [
            "ubigeo",
            "name",
            "level",
            "capital",
            "area_ha",
            "jurisdiction",
            "generation",
            "licence",
            "citation",
            "geom",
        ]


class SourceSerializer(Base):
    """A source of numbers and its last published load."""

    code = CodeField()
    name_es = TextField()
    name_en = TextField()
    publisher = TextField()
    homepage_url = TextField()
    licence = TextField()
    citation = TextField()
    frequency_es = TextField()
    frequency_en = TextField()
    late_after_days = serializers.IntegerField()
    cautions_es = serializers.ListField(child=serializers.CharField())
    cautions_en = serializers.ListField(child=serializers.CharField())
    is_scheduled = serializers.BooleanField()
    is_official = serializers.BooleanField(
        help_text="Whether the Peruvian state publishes its figures as its own."
    )
    last_published_at = serializers.DateTimeField(allow_null=True)
    data_to_year = serializers.IntegerField(allow_null=True)
    data_to_date = serializers.DateField(allow_null=True)


class LoadSerializer(Base):
    """One run of the pipeline. Counts only: who ran it is nobody's business."""

    source = CodeField(source="source.code")  # type: ignore[assignment]
    state = serializers.ChoiceField(choices=Load.State.choices)
    trigger = serializers.ChoiceField(choices=Load.Trigger.choices)
    edition = TextField()
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    published_at = serializers.DateTimeField(allow_null=True)
    rows_read = serializers.IntegerField(allow_null=True)
    rows_added = serializers.IntegerField(allow_null=True)
    rows_changed = serializers.IntegerField(allow_null=True)
    rows_removed = serializers.IntegerField(allow_null=True)
    rows_same = serializers.IntegerField(allow_null=True)
    data_to_year = serializers.IntegerField(allow_null=True)
    data_to_date = serializers.DateField(allow_null=True)
    file_sha256 = serializers.CharField(source="file.sha256", allow_null=True)
    file_size_bytes = serializers.IntegerField(
        source="file.size_bytes", allow_null=True
    )


class ActorSerializer(Base):
    """An institution or organisation."""

    code = CodeField()
    name_es = TextField()
    name_en = TextField()
    kind = serializers.CharField()
    is_initiative_team = serializers.BooleanField()
    is_in_plan = serializers.BooleanField()
    note_es = TextField()
    note_en = TextField()


class FactSerializer(Base):
    """A key figure the plan prints, with what it cites."""

    code = CodeField()
    name_es = TextField()
    name_en = TextField()
    value = NumberField()
    unit_es = TextField()
    unit_en = TextField()
    qualifier_es = TextField()
    qualifier_en = TextField()
    source = TextField()  # type: ignore[assignment]
    note_es = TextField()
    note_en = TextField()


class VariableSerializer(Base):
    """A variable the plan wants monitored."""

    code = CodeField()
    slug = CodeField()
    axis = CodeField(source="axis.code")
    axis_confidence = serializers.CharField()
    text_es = TextField()
    text_en = TextField()
    scale = code_list()
    collection = serializers.ChoiceField(choices=Indicator.Collection.choices)
    collection_origin = ProposedField()
    doubt_es = TextField()
    doubt_en = TextField()
    linked_goals = serializers.SerializerMethodField()
    crosswalk = serializers.SerializerMethodField()

    def get_linked_goals(self, variable: MonitoringVariable) -> list[str]:
        """Return the codes of the goals this dashboard links it to."""
        return sorted(goal.code for goal in variable.linked_goals.all())

    def get_crosswalk(self, variable: MonitoringVariable) -> list[dict[str, Any]]:
        """Return the codes proposed for it."""
        return crosswalk_of(variable.crosswalk)


class ResourceSerializer(Base):
    """A resource of the API."""

    name = serializers.CharField()
    url = serializers.CharField()


class RootSerializer(Base):
    """Where everything is, and on what terms."""

    title_es = serializers.CharField()
    title_en = serializers.CharField()
    licence = serializers.CharField()
    requests_per_minute = serializers.IntegerField()
    resources = ResourceSerializer(many=True)
