"""How a whole set of zones differs from the ones in force, for who must decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from territory.models import Zone
from territory.zones import ZoneOutline, is_same

# Less of the larger outline in common than this: not a correction of the same place.
MOST_MOVED_SHARE: Final = 0.5
# Names a person reads before deciding; the counts are of all.
_LONGEST_LIST: Final = 200


@dataclass(frozen=True)
class ZoneDifferences:
    """Names of zones by what becomes of them; `same` counts the others.

    `moved` and `turned` (made up to real, or the other way) are among `changed`.
    """

    came: tuple[str, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]
    moved: tuple[str, ...]
    turned: tuple[str, ...]
    same: int

    def is_any(self) -> bool:
        """Return whether anything would change."""
        return bool(self.came or self.changed or self.gone)

    def report(self) -> dict[str, Any]:
        """Return names and counts as a load's report keeps them."""
        lists = {"came": self.came, "changed": self.changed, "gone": self.gone}
        return {
            name: {"count": len(names), "names": sorted(names)[:_LONGEST_LIST]}
            for name, names in lists.items()
        }

    def doubts(self, *, is_synthetic: bool) -> list[str]:
        """Return why a person must look before they are published, in Spanish."""
        was, now = (
            ("reales", "inventadas") if is_synthetic else ("inventadas", "reales")
        )
        reasons = (
            ("la fuente ya no trae ", self.gone),
            ("cambian de lugar o de tamaño en más de la mitad: ", self.moved),
            (f"pasan de {was} a {now}: ", self.turned),
        )
        return [words + ", ".join(names[:5]) for words, names in reasons if names]


def zone_differences(
    known: Sequence[Zone], outlines: Sequence[ZoneOutline], *, is_synthetic: bool
) -> ZoneDifferences:
    """Return how outlines differ from the zones in force of their source and kinds."""
    before = {(Zone.Kind(zone.kind), zone.code): zone for zone in known}
    after = {(zone.kind, zone.code): zone for zone in outlines}
    pairs = [(before[key], zone) for key, zone in after.items() if key in before]
    turned = [now.name for old, now in pairs if old.is_synthetic != is_synthetic]
    changed = [
        now.name
        for old, now in pairs
        if old.is_synthetic != is_synthetic or not is_same(old, now)
    ]
    return ZoneDifferences(
        came=tuple(zone.name for key, zone in after.items() if key not in before),
        changed=tuple(changed),
        gone=tuple(zone.name for key, zone in before.items() if key not in after),
        moved=tuple(now.name for old, now in pairs if _is_elsewhere(old, now)),
        turned=tuple(turned),
        same=len(pairs) - len(changed),
    )


def _is_elsewhere(old: Zone, now: ZoneOutline) -> bool:
    larger = max(old.geom.area, now.geom.area)
    shared: float = old.geom.buffer(0).intersection(now.geom.buffer(0)).area
    return shared < MOST_MOVED_SHARE * larger
