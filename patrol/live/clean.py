"""Which reported positions are believed: one ordered list of small rules.

A refused fix is answered with its reason and never kept; a repeat is no mistake, the store's key
takes care of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from patrol.model.fix import Fix
from patrol.model.place import Place

AHEAD_S = 120.0
"""Phones' clocks are off by seconds; minutes ahead is a wrong clock, and would hold the marker."""

OLDEST_S = 48 * 3_600.0
"""A phone that was offline for a shift sends late; older than two days is a wrong clock."""

WORST_ACCURACY_M = 500.0
"""Coarser than this is a cell tower's guess, not a position."""

SLACK_M = 100.0
"""A phone under trees or between houses jumps by this much without moving (notes of field trials
say up to 80 m)."""

LARGEST_SEQ = 2**53
"""Whole numbers that JSON's readers keep exactly."""

NOWHERE = Place(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class FixRules:
    """What is believable."""

    max_speed_kmh: float
    """A jump faster than this is not believed."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A fix that is not believed: its place in what was sent, and why."""

    index: int
    reason: str


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Believed fixes in the order of their time, and the refused ones."""

    kept: tuple[Fix, ...]
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True)
class Duty:
    """When a unit was on duty last: ``[start, end)``; ``end`` is ``None`` while it still is."""

    start: datetime
    end: datetime | None = None

    def covers(self, time: datetime, *, slack_s: float = AHEAD_S) -> bool:
        """Whether the unit was on duty then, give or take a wrong clock."""
        slack = timedelta(seconds=slack_s)
        return self.start - slack <= time and (self.end is None or time < self.end + slack)


def clean_fixes(
    fixes: Sequence[Fix],
    *,
    rules: FixRules,
    now: datetime,
    duty: Duty | None,
    previous: Fix | None = None,
) -> Cleaned:
    """Sort out what is not believable.

    Parameters
    ----------
    fixes
        One unit's fixes, in any order.
    rules
        Limits from ``config.yaml``.
    now
        The server's time.
    duty
        When the unit was on duty last; nothing is kept from any other time. ``None``: never.
    previous
        The unit's newest fix that is kept already.

    Returns
    -------
    cleaned
        Kept fixes by time and sequence; refused ones by their place in ``fixes``.
    """
    refused: dict[int, str] = {}
    rest: list[tuple[int, Fix]] = []
    for index, fix in enumerate(fixes):
        reason = _reason_alone(fix, now, duty)
        if reason:
            refused[index] = reason
        else:
            rest.append((index, fix))
    rest.sort(key=lambda item: _order(item[1]))
    kept: list[Fix] = []
    # A late batch may lie wholly before the newest fix; only what follows it can be compared.
    last = previous
    for place, (index, fix) in enumerate(rest):
        following = rest[place + 1][1] if place + 1 < len(rest) else None
        reason = _reason_of_jump(fix, last, following, rules)
        if reason:
            refused[index] = reason
            continue
        kept.append(fix)
        if last is None or fix.time >= last.time:
            last = fix
    return Cleaned(tuple(kept), tuple(Refused(i, refused[i]) for i in sorted(refused)))


def _order(fix: Fix) -> tuple[datetime, int]:
    return fix.time, -1 if fix.seq is None else fix.seq


def _on_duty(fix: Fix, _now: datetime, duty: Duty | None) -> str:
    if duty is None or not duty.covers(fix.time):
        return "unit was off duty: positions are kept on duty only"
    return ""


def _time_is_credible(fix: Fix, now: datetime, _duty: Duty | None) -> str:
    ahead_s = (fix.time - now).total_seconds()
    if ahead_s > AHEAD_S:
        return f"time must be at most {AHEAD_S:g} s ahead of the server, got {ahead_s:.0f} s"
    if -ahead_s > OLDEST_S:
        return f"time must be at most {OLDEST_S / 3600:g} h old, got {-ahead_s / 3600:.1f} h"
    return ""


def _place_is_one(fix: Fix, _now: datetime, _duty: Duty | None) -> str:
    if fix.place == NOWHERE:
        return "place is 0, 0, which devices send that have none"
    return ""


def _seq_fits(fix: Fix, _now: datetime, _duty: Duty | None) -> str:
    if fix.seq is not None and not 0 <= fix.seq <= LARGEST_SEQ:
        return f"seq must be in [0, {LARGEST_SEQ}], got {fix.seq}"
    return ""


def _is_accurate(fix: Fix, _now: datetime, _duty: Duty | None) -> str:
    if fix.accuracy_m is not None and fix.accuracy_m > WORST_ACCURACY_M:
        return f"accuracy_m must be at most {WORST_ACCURACY_M:g}, got {fix.accuracy_m:g}"
    return ""


_ALONE: tuple[Callable[[Fix, datetime, Duty | None], str], ...] = (
    _time_is_credible,
    _on_duty,
    _place_is_one,
    _seq_fits,
    _is_accurate,
)
"""Rules that look at one fix, in order; the first that objects names the reason."""


def _reason_alone(fix: Fix, now: datetime, duty: Duty | None) -> str:
    for rule in _ALONE:
        reason = rule(fix, now, duty)
        if reason:
            return reason
    return ""


def _reason_of_jump(fix: Fix, last: Fix | None, following: Fix | None, rules: FixRules) -> str:
    """A jump is refused, unless what follows agrees with it rather than with what was before."""
    if last is None or fix.time < last.time or _reachable(last, fix, rules):
        return ""
    if following is not None and _reachable(fix, following, rules):
        back = _reachable(last, following, rules)
        if not back:
            return ""
    apart_m = last.place.distance_m(fix.place)
    seconds = (fix.time - last.time).total_seconds()
    return (
        f"a jump of {apart_m:.0f} m in {seconds:.0f} s is faster than {rules.max_speed_kmh:g} km/h"
    )


def _reachable(one: Fix, other: Fix, rules: FixRules) -> bool:
    seconds = abs((other.time - one.time).total_seconds())
    slack_m = SLACK_M + (one.accuracy_m or 0.0) + (other.accuracy_m or 0.0)
    return one.place.distance_m(other.place) <= rules.max_speed_kmh / 3.6 * seconds + slack_m
