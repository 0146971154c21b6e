"""How firm the evidence behind a value is: a level from 0 to 4. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

BEST: Final = 4
OFFICIAL: Final = "official_statistic"
_DOCUMENT: Final = 3
_LEVELS: Final = {
    "document": _DOCUMENT,
    "data_set": _DOCUMENT,
    "third_party": 2,
    "photo": 2,
    "statement": 1,
}


@dataclass(frozen=True)
class Origin:
    """The load a value was derived from.

    `is_official`: its source is the state's own statistic; `is_measured`: the value is
    the source's figure, not an estimate made from it here.
    """

    is_official: bool
    is_measured: bool


def item_level(kind: str, *, has_link: bool) -> int:
    """Return the level of one piece of evidence, 1 to 4.

    An official statistic counts as one only with a link to where it is published:
    without it nobody can check it, and it is a document as any other.

    Raises:
        KeyError: the kind is unknown.
    """
    if kind == OFFICIAL:
        return BEST if has_link else _DOCUMENT
    return _LEVELS[kind]


def value_level(items: Iterable[tuple[str, bool]], *, origin: Origin | None) -> int:
    """Return the level of a value, the best of its evidence; 0 without any.

    items are kinds, each with whether it is a link. A value that came with a load
    (origin) has that data set for evidence: the best level for an official figure,
    a data set's for every other source and for what is estimated from one.
    """
    levels = [item_level(kind, has_link=has_link) for kind, has_link in items]
    if origin is not None:
        is_best = origin.is_official and origin.is_measured
        levels.append(BEST if is_best else _DOCUMENT)
    return max(levels, default=0)
