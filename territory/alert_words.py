"""An alert as one 64-bit word, so that a million of them sort and compare at once.

48 bits pixel, 14 bits days since 2015-01-01 (to November 2059), 2 bits confidence:
words in order are keys in order, and of equal keys the surest comes last.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from territory import pixels
from territory.pixels import Codes, Degrees

Words = npt.NDArray[np.uint64]
Days = npt.NDArray[np.datetime64]

# No source has older alerts, and GFW counts its days from here as well.
FIRST_DAY: Final = np.datetime64("2015-01-01", "D")
DAY_AFTER_LAST: Final = FIRST_DAY + (1 << 14)
CONFIDENCES: Final = (2, 4)
_DAY_BITS = np.uint64(14)
_LEVEL_BITS = np.uint64(2)
_PIXEL_SHIFT = np.uint64(16)


# One number for district and zone set, so that a column less moves about.
Assigned = npt.NDArray[np.int64]
_DISTRICT_SHIFT = 32
_ZONE_SET_BITS = (1 << _DISTRICT_SHIFT) - 1


@dataclass(frozen=True, slots=True, eq=False)
class Alerts:
    """Words with what each was assigned to: see `assigned`."""

    words: Words
    assigned: Assigned

    def __len__(self) -> int:
        return len(self.words)

    @property
    def district_ids(self) -> npt.NDArray[np.int64]:
        """Each alert's district, as numbered in the database."""
        return self.assigned >> _DISTRICT_SHIFT

    @property
    def zone_set_ids(self) -> npt.NDArray[np.int64]:
        """Each alert's zone set, as numbered in the database."""
        return self.assigned & _ZONE_SET_BITS

    def where(self, chosen: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> "Alerts":
        """Return those chosen by a mask or by positions."""
        return Alerts(self.words[chosen], self.assigned[chosen])


def assigned(
    district_ids: npt.NDArray[np.int64], zone_set_ids: npt.NDArray[np.int64]
) -> Assigned:
    """Return district and zone set of each alert in one number above zero."""
    return (district_ids << _DISTRICT_SHIFT) | zone_set_ids


def together(parts: Sequence[Alerts]) -> Alerts:
    """Return all alerts of some parts, in their order."""
    filled = [part for part in parts if len(part)]
    if len(filled) == 1:
        return filled[0]
    return Alerts(
        np.concatenate([part.words for part in parts]),
        np.concatenate([part.assigned for part in parts]),
    )


def pack(
    longitude: Degrees,
    latitude: Degrees,
    day: Days,
    confidence: npt.NDArray[np.int8],
) -> Words:
    """Return one word per alert: degrees WGS 84, day, confidence 2 to 4.

    Raises:
        ValueError: a coordinate off the map, a day that is missing or outside 2015
            to 2059, or another confidence.
    """
    if not len(day):
        return np.empty(0, dtype=np.uint64)
    # A missing day compares false with everything.
    if not ((day >= FIRST_DAY) & (day < DAY_AFTER_LAST)).all():
        raise ValueError("a day is missing or outside 2015-01-01 to 2059-11-09")
    if confidence.min() < CONFIDENCES[0] or confidence.max() > CONFIDENCES[1]:
        raise ValueError("a confidence is not 2, 3 or 4")
    words = pixels.encode(longitude, latitude).view(np.uint64) << _PIXEL_SHIFT
    days = (day - FIRST_DAY).astype(np.uint64)
    words |= days << _LEVEL_BITS
    words |= (confidence - 1).astype(np.uint64)
    return words


def keys(words: Words) -> Words:
    """Return the words without confidence: pixel and day."""
    return words >> _LEVEL_BITS


def pixels_of(words: Words) -> Codes:
    """Return the pixel codes."""
    return (words >> _PIXEL_SHIFT).view(np.int64)


def days_of(words: Words) -> Days:
    """Return the days, as datetime64[D]."""
    days = keys(words) & np.uint64((1 << int(_DAY_BITS)) - 1)
    return FIRST_DAY + days.astype(np.int64)


def confidences_of(words: Words) -> npt.NDArray[np.int16]:
    """Return the confidences, 2 to 4."""
    return (words & np.uint64(3)).astype(np.int16) + np.int16(1)


def in_order(alerts: Alerts) -> Alerts:
    """Return the alerts sorted by key."""
    words = alerts.words
    if (words[1:] >= words[:-1]).all():
        return alerts
    # What the database sends is one sorted run a year: a stable sort merges those.
    return alerts.where(np.argsort(words, kind="stable"))


def unique(alerts: Alerts) -> Alerts:
    """Return the alerts sorted, one per pixel and day: the surest of each."""
    if not len(alerts):
        return alerts
    ordered = in_order(alerts)
    own = keys(ordered.words)
    last = np.append(own[1:] != own[:-1], True)
    return ordered if last.all() else ordered.where(last)
