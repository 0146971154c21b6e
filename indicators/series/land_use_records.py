"""What pages and files show of an overlay of zones: frozen, in one language."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class KindLine:
    """A kind of zone; `area_ha` None where none lies inside.

    `is_loaded` says whether that is known: without it, nobody brought such zones.
    """

    kind: str
    name: str
    area_ha: float | None
    zones: int
    is_counted: bool
    is_loaded: bool


@dataclass(frozen=True, kw_only=True)
class ZoneLine:
    """A zone with its area inside the province and in all, hectares."""

    code: str
    name: str
    kind: str
    kind_name: str
    inside_ha: float
    whole_ha: float
    valid_from: dt.date | None
    load: int
    source: str
    is_counted: bool
    is_synthetic: bool


@dataclass(frozen=True, kw_only=True)
class ZoneLoad:
    """A load whose zones were used; its edition as the source or the loader says."""

    load: int
    source: str
    edition: str
    published_on: dt.date | None


@dataclass(frozen=True, kw_only=True)
class ZoneSource:
    """A source whose zones were used."""

    code: str
    name: str
    publisher: str
    licence: str
    citation: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Forest:
    """Forest that stood in the province at the end of a year, hectares."""

    area_ha: float
    year: int
    edition: str
    citation: str


@dataclass(frozen=True, kw_only=True)
class LandUse:
    """An estimate beside an indicator, hectares; never one of its values.

    `most_ha` is the most forest there can be in the counted zones; None while some
    counted kind was never loaded, for then more may be missing.
    """

    place_ha: float
    union_ha: float
    sum_ha: float
    twice_ha: float
    share: float
    most_ha: float | None
    forest: Forest | None
    is_synthetic: bool
    kinds: tuple[KindLine, ...]
    zones: tuple[ZoneLine, ...]
    loads: tuple[ZoneLoad, ...]
    sources: tuple[ZoneSource, ...]
    method: str
    computed_on: dt.date

    @property
    def lacking(self) -> tuple[str, ...]:
        """Return the names of counted kinds that nobody loaded."""
        return tuple(
            line.name for line in self.kinds if line.is_counted and not line.is_loaded
        )


@dataclass(frozen=True, kw_only=True)
class LandUseBlock:
    """That an indicator has such an estimate; `result` None before there are zones."""

    counted: tuple[str, ...]
    result: LandUse | None
