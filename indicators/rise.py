"""Unusual rises of weekly alert hectares in one district: a CUSUM (PROGRESS.md §5).

Pure. Each week is held against the mean μ and the spread σ of the twelve weeks before
it. What exceeds μ + σ/2 is added up; past 5 σ it is told once, and the sum begins
anew. A week the source did not cover is unknown, not zero: it is neither judged nor
counted, and it ends the running sum.
"""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

METHOD: Final = "alza v1"
WINDOW_WEEKS: Final = 12
# With fewer known weeks among the twelve, μ and σ would be a guess.
LEAST_WEEKS: Final = 8
DRIFT_SD: Final = 0.5
ALARM_SD: Final = 5.0
# A field of a few hectares is no rise of a district; where σ is 0 this alone decides.
FLOOR_HA: Final = 5.0
QUIET_WEEKS: Final = 4
_WEEK: Final = dt.timedelta(days=7)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rise:
    """A week (its Monday) whose hectares passed the alarm, with the numbers behind it.

    `excess_ha` is the running sum, `limit_ha` what it passed.
    """

    monday: dt.date
    area_ha: float
    mean_ha: float
    sd_ha: float
    excess_ha: float
    limit_ha: float


def rises(weeks: Mapping[dt.date, float | None]) -> tuple[Rise, ...]:
    """Return every alarm of a district in order of weeks, hectares.

    `weeks` has the hectares of each whole week by its Monday; None, or no entry, is a
    week that is not known. A week below the floor never gives the alarm, nor does an
    excess below it.
    """
    known = {day: area for day, area in weeks.items() if area is not None}
    if not known:
        return ()
    found, running = [], 0.0
    monday, last = min(known), max(known)
    while monday <= last:
        area = known.get(monday)
        before = [known[d] for d in _window(monday) if d in known]
        if area is None or len(before) < LEAST_WEEKS:
            running = 0.0
            monday += _WEEK
            continue
        mean, sd = _mean_and_sd(before)
        running = max(0.0, running + area - mean - DRIFT_SD * sd)
        limit = max(ALARM_SD * sd, FLOOR_HA)
        if area >= FLOOR_HA and running > limit:
            found.append(
                Rise(
                    monday=monday,
                    area_ha=area,
                    mean_ha=mean,
                    sd_ha=sd,
                    excess_ha=running,
                    limit_ha=limit,
                )
            )
            running = 0.0
        monday += _WEEK
    return tuple(found)


def apart(found: Sequence[Rise], told: Sequence[dt.date] = ()) -> tuple[Rise, ...]:
    """Return the rises to tell: none within four weeks of another, or of one told.

    `told` are the Mondays of earlier notices of the same district.
    """
    quiet = QUIET_WEEKS * _WEEK
    taken, chosen = list(told), []
    for rise in sorted(found, key=lambda each: each.monday):
        if all(abs(rise.monday - day) >= quiet for day in taken):
            taken.append(rise.monday)
            chosen.append(rise)
    return tuple(chosen)


def _window(monday: dt.date) -> list[dt.date]:
    return [monday - n * _WEEK for n in range(WINDOW_WEEKS, 0, -1)]


def _mean_and_sd(numbers: Sequence[float]) -> tuple[float, float]:
    """Return mean and standard deviation of a sample (n - 1)."""
    mean = math.fsum(numbers) / len(numbers)
    squares = math.fsum((number - mean) ** 2 for number in numbers)
    return mean, math.sqrt(squares / (len(numbers) - 1))
