from collections.abc import Callable
from decimal import Decimal

import pytest

from indicators.models import Derivation, Indicator, Source, YearlyValue
from tests import factories


@pytest.fixture
def source() -> Source:
    return factories.SourceFactory(code="geobosques_loss")


@pytest.fixture
def indicator(source: Source) -> Indicator:
    """A ceiling of 1,500 ha a year over three districts, fed by the source."""
    factories.PlaceFactory(province=True)
    for number in (1, 2, 3):
        factories.PlaceFactory(ubigeo=f"99010{number}")
    indicator = factories.IndicatorFactory(
        target_type=Indicator.TargetType.ANNUAL_CEILING,
        direction=Indicator.Direction.DECREASE,
        unit_es="ha/año",
    )
    factories.TargetFactory(indicator=indicator, value=Decimal(1500), operator="<")
    Derivation.objects.create(
        source=source, indicator=indicator, rule=Derivation.Rule.SUM_OF_DISTRICTS
    )
    return indicator


Losses = dict[str, dict[int, str]]


@pytest.fixture
def table() -> Callable[[Losses], bytes]:
    """Write losses by ubigeo and year as the ministry lays its table out.

    The ministry's series begins in 2001; years not given have a loss of zero.
    """

    def write(losses: Losses) -> bytes:
        years = range(2001, max(next(iter(losses.values()))) + 1)
        header = ["DEPARTAMENTO", "PROVINCIA", "DISTRITO", "UBIGEO"]
        header += [f"{year}_ha" for year in years]
        header += ["HIDROGRAFÍA_ha", f"BOSQUE AL {years[-1]}_ha"]
        lines = [",".join(header)]
        for ubigeo, row in losses.items():
            cells = ["REGION", "VILLA ALTA", f"LUGAR {ubigeo}", ubigeo]
            cells += [row.get(year, "0.00") for year in years] + ["1.00", '"2,000.07"']
            lines.append(",".join(cells))
        return ("\n".join(lines) + "\n").encode()

    return write


@pytest.fixture
def edition_2023() -> Losses:
    return {
        "990101": {2022: "450.00", 2023: "400.05"},
        "990102": {2022: "900.00", 2023: "700.02"},
        "990103": {2022: "0.00", 2023: "300.06"},
    }


def published(indicator: Indicator, ubigeo: str = "9901") -> dict[int, Decimal | None]:
    """Return the published values of a place from 2022 on by year."""
    values = YearlyValue.objects.published().filter(
        indicator=indicator, place__ubigeo=ubigeo, year__gte=2022
    )
    return dict(values.values_list("year", "value"))
