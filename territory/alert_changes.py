"""What a batch of alerts changed: handed to everything kept in step with the rows."""

from dataclasses import dataclass

from territory import alert_words as aw
from territory.alert_sources import Source
from territory.alert_words import Alerts


@dataclass(frozen=True, slots=True)
class Written:
    """What a batch changed, in rows.

    `raised` had a lower confidence before, `returned` had been taken back by the
    source, `lowered` came with less confidence than known and stay as they are,
    `missing` are known in the window and no longer sent: kept, marked, not counted.
    """

    added: int = 0
    raised: int = 0
    returned: int = 0
    lowered: int = 0
    same: int = 0
    missing: int = 0

    def __add__(self, other: "Written") -> "Written":
        return Written(
            *(
                getattr(self, name) + getattr(other, name)
                for name in self.__dataclass_fields__
            )
        )


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """One batch's changed rows, each part sorted by key, with where each lies.

    `raised_from` is what `raised_to` was; both without those that returned. What
    only grows, such as totals, adds `came` and takes `went` away.
    """

    source: Source
    added: Alerts
    raised_from: Alerts
    raised_to: Alerts
    returned: Alerts
    missing: Alerts
    written: Written
    known_in_window: int

    @property
    def came(self) -> Alerts:
        """Rows counted now that were not, or not at this confidence; not sorted."""
        return aw.together([self.added, self.raised_to, self.returned])

    @property
    def went(self) -> Alerts:
        """Rows counted before and no longer, or not at this confidence; not sorted."""
        return aw.together([self.raised_from, self.missing])
