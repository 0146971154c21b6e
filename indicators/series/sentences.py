"""Counts of statuses as one sentence."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from indicators.series.records import Count


def counts_sentence(counts: Sequence[Count], total: int) -> str:
    """Return "De 27 indicadores: 2 con la meta alcanzada, 4 en camino."."""
    parts = [f"{count.number} {count.group.counted}" for count in counts]
    head = _("De %(total)s indicadores") % {"total": total}
    return f"{head}: {', '.join(parts)}." if parts else ""
