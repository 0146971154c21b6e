"""Parameters that name a row: a code that must exist."""

from typing import Any

from indicators.api.parameters import (
    CODE,
    FLAG,
    UBIGEO,
    Parameter,
)
from indicators.models import (
    Axis,
    Goal,
    Indicator,
    Source,
)
from territory.models import Place


def known(model: Any, field: str = "code") -> Any:
    """Return what tells whether a row of a model has that code, or another field."""
    return lambda value: model.objects.filter(**{field: value}).exists()


def axis_parameter(lookup: str) -> Parameter:
    """Return the parameter that takes the code of an axis."""
    return Parameter(
        "axis", "Code of an axis.", lookup=lookup, pattern=CODE, known=known(Axis)
    )


def goal_parameter(lookup: str) -> Parameter:
    """Return the parameter that takes the code of a goal."""
    return Parameter(
        "goal", "Code of a goal.", lookup=lookup, pattern=CODE, known=known(Goal)
    )


def indicator_parameter(lookup: str) -> Parameter:
    """Return the parameter that takes the code of an indicator."""
    return Parameter(
        "indicator",
        "Code of an indicator.",
        lookup=lookup,
        pattern=CODE,
        known=known(Indicator),
    )


def source_parameter(lookup: str) -> Parameter:
    """Return the parameter that takes the code of a source."""
    return Parameter(
        "source", "Code of a source.", lookup=lookup, pattern=CODE, known=known(Source)
    )


PLACE = Parameter(
    "place",
    "Ubigeo of a place.",
    lookup="place__ubigeo",
    pattern=UBIGEO,
    known=known(Place, "ubigeo"),
)
SYNTHETIC = Parameter(
    "is_synthetic",
    "Only made-up demonstration figures, or only real ones.",
    lookup="is_synthetic",
    choices=FLAG,
)
