"""Compiled times of one leg: arrival by departure, and the latest departure by arrival.

The same rule as :class:`patrol.routing.problem.Travel`. Most shifts have one traffic band, and most
legs lie in the first one. So these look there alone, and call what knows the others only past its
end; of one band, nobody ever gets there.
"""

from patrol.routing.compiled import compiled_lent, compiled_small
from patrol.routing.engine.state import FOREVER_S, LAYER, PROFILE, UNTIL_S, Data
from patrol.routing.problem import Ints


@compiled_small
def reach_s(data: Data, unit: int, start: int, goal: int, leave_s: int) -> int:
    """When a unit that may leave at ``leave_s`` is there."""
    entry = data.unit[unit, PROFILE]
    at = leave_s + data.travel[data.band[entry, LAYER], start, goal]
    if at >= data.band[entry, UNTIL_S]:
        at = reach_later_s(data.travel, data.band, entry, start, goal, leave_s)
    return int(at)


@compiled_small
def leave_by_s(data: Data, unit: int, start: int, goal: int, by_s: int) -> int:
    """When a unit has to leave at the latest to be there by ``by_s``."""
    entry = data.unit[unit, PROFILE]
    at = by_s - data.travel[data.band[entry, LAYER], start, goal]
    if by_s >= data.band[entry, UNTIL_S]:
        at = leave_later_by_s(data.travel, data.band, entry, start, goal, by_s)
    return int(at)


@compiled_lent
def reach_later_s(travel: Ints, band: Ints, entry: int, start: int, goal: int, leave_s: int) -> int:
    """Arrival where the first band may be over: set out at once, or as a later band begins."""
    while leave_s >= band[entry, UNTIL_S] and band[entry, UNTIL_S] < FOREVER_S:
        entry += 1
    at = leave_s + travel[band[entry, LAYER], start, goal]
    while at > band[entry, UNTIL_S] and band[entry, UNTIL_S] < FOREVER_S:
        begin = band[entry, UNTIL_S]
        entry += 1
        at = min(at, begin + travel[band[entry, LAYER], start, goal])
    return int(at)


@compiled_lent
def leave_later_by_s(travel: Ints, band: Ints, entry: int, start: int, goal: int, by_s: int) -> int:
    """Latest departure where a later band may have begun: in the last one that is in time."""
    latest = by_s - travel[band[entry, LAYER], start, goal]
    while by_s >= band[entry, UNTIL_S] and band[entry, UNTIL_S] < FOREVER_S:
        begin = band[entry, UNTIL_S]
        latest = min(latest, begin - 1)
        entry += 1
        later = by_s - travel[band[entry, LAYER], start, goal]
        if later >= begin:
            latest = later
    return int(latest)
