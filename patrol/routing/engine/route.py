"""Compiled changes of one unit's route: cut, insert, delay, pull forward; times stay feasible."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from patrol.routing.compiled import compiled_lent, compiled_small
from patrol.routing.engine.cover import (
    add_visit,
    closes_at,
    drop_visit,
    find_visit,
    free_from,
    next_visit_s,
    opens_at,
    value_with,
    weight_at,
)
from patrol.routing.engine.leg import leave_by_s, reach_s
from patrol.routing.engine.state import (
    ARRIVE,
    AT,
    COLUMNS,
    COVER,
    DEPART,
    END,
    FINISH_S,
    GAP_S,
    HOLD,
    LATE,
    LAYER,
    OPTION,
    PLACE,
    PROFILE,
    REST,
    REST_LAST_S,
    REST_OPEN_S,
    REST_S,
    SPOT,
    UNTIL_S,
    WHERE,
    Data,
    Plan,
)
from patrol.routing.problem import Ints

Flags = NDArray[np.bool_]


class Touched(NamedTuple):
    """Which routes and hotspots an iteration has changed, to accept or undo only those.

    ``counts`` holds the number of units, then of hotspots.
    """

    unit_is: Flags
    unit: Ints
    spot_is: Flags
    spot: Ints
    counts: Ints


def make_touched(units: int, hotspots: int) -> Touched:
    """Nothing touched yet."""
    return Touched(
        np.zeros(units, np.bool_),
        np.zeros(units, np.int32),
        np.zeros(hotspots, np.bool_),
        np.zeros(hotspots, np.int32),
        np.zeros(2, np.int32),
    )


@compiled_lent
def touch_unit(touched: Touched, unit: int) -> None:
    """Note that a route changes."""
    if not touched.unit_is[unit]:
        touched.unit_is[unit] = True
        touched.unit[touched.counts[0]] = unit
        touched.counts[0] += 1


@compiled_lent
def touch_spot(touched: Touched, spot: int) -> None:
    """Note that a hotspot's visits change."""
    if not touched.spot_is[spot]:
        touched.spot_is[spot] = True
        touched.spot[touched.counts[1]] = spot
        touched.counts[1] += 1


@compiled_lent
def forget(touched: Touched) -> None:
    """Start a new iteration."""
    for i in range(touched.counts[0]):
        touched.unit_is[touched.unit[i]] = False
    for i in range(touched.counts[1]):
        touched.spot_is[touched.spot[i]] = False
    touched.counts[0] = 0
    touched.counts[1] = 0


@compiled_lent
def retime(data: Data, plan: Plan, touched: Touched, unit: int, i: int, at_s: int) -> None:
    """Move stop ``i`` of a route to another arrival; the hotspot's list and value follow."""
    spot = plan.route[unit, i, SPOT]
    option = plan.route[unit, i, OPTION]
    touch_spot(touched, spot)
    drop_visit(plan, spot, unit, plan.route[unit, i, ARRIVE])
    add_visit(plan, spot, unit, at_s, data.stay[spot, option, 1])
    plan.value[spot] = value_with(data, plan, spot, -1, -1, 0)
    plan.route[unit, i, ARRIVE] = at_s
    plan.route[unit, i, DEPART] = at_s + data.stay[spot, option, 0]


@compiled_lent
def cut(data: Data, plan: Plan, touched: Touched, unit: int, first: int, last: int) -> None:
    """Take the stops ``first..last`` out of a route; the rest among them stays."""
    kept = first
    n = plan.length[unit]
    for i in range(first, n + 2):
        if i <= last and plan.route[unit, i, SPOT] != REST:
            spot = plan.route[unit, i, SPOT]
            touch_spot(touched, spot)
            drop_visit(plan, spot, unit, plan.route[unit, i, ARRIVE])
            plan.value[spot] = value_with(data, plan, spot, -1, -1, 0)
            continue
        _copy(plan, unit, i, kept)
        kept += 1
    plan.length[unit] = kept - 2


@compiled_lent
def _copy(plan: Plan, unit: int, source: int, target: int) -> None:
    if source == target:
        return
    for column in range(COLUMNS):
        plan.route[unit, target, column] = plan.route[unit, source, column]
    plan.slope[unit, target] = plan.slope[unit, source]


@compiled_small
def _reached(data: Data, plan: Plan, unit: int, i: int, j: int) -> int:
    """When the place of row ``j`` of a route is reached from row ``i``."""
    place, goal = plan.route[unit, i, PLACE], plan.route[unit, j, PLACE]
    return reach_s(data, unit, place, goal, plan.route[unit, i, DEPART])


@compiled_lent
def pull_forward(data: Data, plan: Plan, touched: Touched, unit: int, hold: bool) -> None:
    """Let every stop begin as early as it can after a cut, so that the room lies in one piece.

    Moving forward breaks no least gap to a later visit, and waiting for an earlier one ends at the
    latest at the old time, so this cannot fail. ``hold`` keeps waits that were chosen for value.
    """
    i = 1
    while i <= plan.length[unit]:
        if plan.route[unit, i, SPOT] == REST:
            if _rest_later(data, plan, unit, i):
                continue
            plan.route[unit, i, PLACE] = plan.route[unit, i - 1, PLACE]
            plan.route[unit, i, ARRIVE] = max(
                plan.route[unit, i - 1, DEPART], data.unit[unit, REST_OPEN_S]
            )
            plan.route[unit, i, DEPART] = plan.route[unit, i, ARRIVE] + data.unit[unit, REST_S]
        else:
            if not hold:
                plan.route[unit, i, HOLD] = 0
            at = _reached(data, plan, unit, i - 1, i)
            at = max(at, plan.route[unit, i, HOLD])
            old = plan.route[unit, i, ARRIVE]
            at = free_from(data, plan, plan.route[unit, i, SPOT], unit, old, at)
            if at != old:
                retime(data, plan, touched, unit, i, at)
        i += 1


@compiled_lent
def _rest_later(data: Data, plan: Plan, unit: int, i: int) -> bool:
    """Swap a rest that would have to wait with the stop behind it, where that is in time."""
    if plan.route[unit, i - 1, DEPART] >= data.unit[unit, REST_OPEN_S] or i >= plan.length[unit]:
        return False
    spot = plan.route[unit, i + 1, SPOT]
    at = _reached(data, plan, unit, i - 1, i + 1)
    # A wait chosen for value is kept, and would push the rest out of its window.
    at = max(at, plan.route[unit, i + 1, HOLD])
    at = free_from(data, plan, spot, unit, plan.route[unit, i + 1, ARRIVE], at)
    dwell = data.stay[spot, plan.route[unit, i + 1, OPTION], 0]
    if at > plan.route[unit, i + 1, ARRIVE] or at + dwell > data.unit[unit, REST_OPEN_S]:
        return False
    end = plan.length[unit] + 2
    _copy(plan, unit, i, end)
    _copy(plan, unit, i + 1, i)
    _copy(plan, unit, end, i + 1)
    return True


@compiled_lent
def refresh(data: Data, plan: Plan, unit: int) -> None:
    """Latest arrivals and value per second of delay, from the end of the route to its start."""
    n, entry = plan.length[unit], data.unit[unit, PROFILE]
    until, travel = data.band[entry, UNTIL_S], data.travel[data.band[entry, LAYER]]
    plan.route[unit, n + 1, PLACE] = data.unit[unit, END]
    plan.route[unit, n + 1, ARRIVE] = _reached(data, plan, unit, n, n + 1)
    plan.route[unit, n + 1, LATE] = data.unit[unit, FINISH_S]
    plan.slope[unit, n + 1] = 0.0
    for i in range(n, 0, -1):
        place, goal = plan.route[unit, i, PLACE], plan.route[unit, i + 1, PLACE]
        stay = plan.route[unit, i, DEPART] - plan.route[unit, i, ARRIVE]
        late = plan.route[unit, i + 1, LATE] - travel[place, goal]
        reach = plan.route[unit, i, DEPART] + travel[place, goal]
        if max(plan.route[unit, i + 1, LATE], reach) >= until:
            late = leave_by_s(data, unit, place, goal, plan.route[unit, i + 1, LATE])
            reach = _reached(data, plan, unit, i, i + 1)
        late -= stay
        waits = plan.route[unit, i + 1, ARRIVE] - reach
        plan.slope[unit, i] = 0.0 if waits > 0 else plan.slope[unit, i + 1]
        if plan.route[unit, i, SPOT] == REST:
            plan.route[unit, i, LATE] = min(late, data.unit[unit, REST_LAST_S])
            continue
        spot, arrive = plan.route[unit, i, SPOT], plan.route[unit, i, ARRIVE]
        late = min(late, closes_at(data, spot, arrive))
        plan.route[unit, i, LATE] = min(
            late, next_visit_s(plan, spot, arrive) - data.spot[spot, GAP_S]
        )
        if data.worth[spot, 0] > 0.0:
            k = find_visit(plan, spot, unit, arrive)
            plan.slope[unit, i] += _delay_slope(data, plan, spot, k)


@compiled_lent
def _delay_slope(data: Data, plan: Plan, spot: int, k: int) -> float:
    """Change of a hotspot's value per second that its visit ``k`` comes later."""
    begin = plan.visit[spot, k, AT]
    end = begin + plan.visit[spot, k, COVER]
    slope = 0.0
    if k + 1 >= plan.visits[spot] or end < plan.visit[spot, k + 1, AT]:
        slope += weight_at(data, spot, end)
    if k == 0 or plan.visit[spot, k - 1, AT] + plan.visit[spot, k - 1, COVER] <= begin:
        slope -= weight_at(data, spot, begin)
    return slope


@compiled_lent
def _delay_fits(data: Data, plan: Plan, unit: int, i: int, at_s: int) -> bool:
    """Whether stop ``i`` may begin at ``at_s`` and all behind it follow; exact."""
    n = plan.length[unit]
    place = plan.route[unit, i, PLACE]
    while i <= n and at_s > plan.route[unit, i, ARRIVE]:
        if plan.route[unit, i, SPOT] == REST:
            if at_s > data.unit[unit, REST_LAST_S]:
                return False
            depart = at_s + data.unit[unit, REST_S]
        else:
            spot, old = plan.route[unit, i, SPOT], plan.route[unit, i, ARRIVE]
            if at_s > closes_at(data, spot, old):
                return False
            if at_s > next_visit_s(plan, spot, old) - data.spot[spot, GAP_S]:
                return False
            depart = at_s + data.stay[spot, plan.route[unit, i, OPTION], 0]
            place = plan.route[unit, i, PLACE]
        at_s = reach_s(data, unit, place, plan.route[unit, i + 1, PLACE], depart)
        i += 1
        if i <= n and plan.route[unit, i, SPOT] == REST:
            at_s = depart
    return bool(i <= n or at_s <= data.unit[unit, FINISH_S])


@compiled_lent
def insert(
    data: Data, plan: Plan, touched: Touched, unit: int, after: int, visit: tuple[int, int, int]
) -> bool:
    """Put (hotspot, option, arrival) behind index ``after`` and delay what follows.

    Returns ``False`` and changes nothing where a least gap elsewhere would break.
    """
    spot, option, at_s = visit
    place = data.spot[spot, WHERE]
    depart = at_s + data.stay[spot, option, 0]
    n = plan.length[unit]
    behind, rest_at = after + 1, -1
    reach = depart
    if behind <= n and plan.route[unit, behind, SPOT] == REST:
        rest_at = max(depart, plan.route[unit, behind, ARRIVE])
        if rest_at > data.unit[unit, REST_LAST_S]:
            return False
        reach = rest_at + data.unit[unit, REST_S]
        behind += 1
    reach = reach_s(data, unit, place, plan.route[unit, behind, PLACE], reach)
    if n + 4 > plan.route.shape[1] or plan.visits[spot] >= plan.visit.shape[1]:
        return False
    if not _delay_fits(data, plan, unit, behind, reach):
        return False
    for i in range(n + 1, after, -1):
        _copy(plan, unit, i, i + 1)
    plan.length[unit] = n + 1
    i = after + 1
    plan.route[unit, i, SPOT] = spot
    plan.route[unit, i, OPTION] = option
    plan.route[unit, i, PLACE] = place
    plan.route[unit, i, ARRIVE] = at_s
    plan.route[unit, i, DEPART] = depart
    plan.route[unit, i, HOLD] = 0
    touch_spot(touched, spot)
    add_visit(plan, spot, unit, at_s, data.stay[spot, option, 1])
    plan.value[spot] = value_with(data, plan, spot, -1, -1, 0)
    push_back(data, plan, touched, unit, i + 1)
    return True


@compiled_lent
def push_back(data: Data, plan: Plan, touched: Touched, unit: int, first: int) -> None:
    """Delay stops from ``first`` on until the route is in time again."""
    for i in range(first, plan.length[unit] + 1):
        if plan.route[unit, i, SPOT] == REST:
            plan.route[unit, i, PLACE] = plan.route[unit, i - 1, PLACE]
            if plan.route[unit, i, ARRIVE] < plan.route[unit, i - 1, DEPART]:
                plan.route[unit, i, ARRIVE] = plan.route[unit, i - 1, DEPART]
            plan.route[unit, i, DEPART] = plan.route[unit, i, ARRIVE] + data.unit[unit, REST_S]
            continue
        at = _reached(data, plan, unit, i - 1, i)
        if at <= plan.route[unit, i, ARRIVE]:
            return
        retime(data, plan, touched, unit, i, at)


@compiled_lent
def keeps_rules(data: Data, plan: Plan, unit: int) -> bool:
    """Whether a route with stops is in time everywhere and keeps windows and least gaps.

    Cutting a stop can make the way between its neighbors longer than the way through it was, or
    leave none: a walk may be within the longest leg only by way of the stop, and ways that were
    closed for a time obey no triangle inequality.
    """
    n, stops = plan.length[unit], 0
    for i in range(1, n + 1):
        ready, arrive = plan.route[unit, i - 1, DEPART], plan.route[unit, i, ARRIVE]
        if plan.route[unit, i, SPOT] == REST:
            first = max(ready, data.unit[unit, REST_OPEN_S])
            if arrive < first or arrive > data.unit[unit, REST_LAST_S]:
                return False
            continue
        stops += 1
        ready = _reached(data, plan, unit, i - 1, i)
        if arrive < ready or not _visit_is_right(
            data, plan, unit, plan.route[unit, i, SPOT], arrive
        ):
            return False
    place, leave = plan.route[unit, n, PLACE], plan.route[unit, n, DEPART]
    back = reach_s(data, unit, place, data.unit[unit, END], leave)
    return bool(stops == 0 or back <= data.unit[unit, FINISH_S])


@compiled_lent
def _visit_is_right(data: Data, plan: Plan, unit: int, spot: int, arrive: int) -> bool:
    k, gap = find_visit(plan, spot, unit, arrive), data.spot[spot, GAP_S]
    if k < 0 or opens_at(data, spot, arrive) != arrive:
        return False
    if k > 0 and arrive - plan.visit[spot, k - 1, AT] < gap:
        return False
    return bool(k + 1 >= plan.visits[spot] or plan.visit[spot, k + 1, AT] - arrive >= gap)


@compiled_lent
def linger(data: Data, plan: Plan, touched: Touched, unit: int) -> None:
    """Use waiting time: begin stops later where that covers more, delaying nothing behind."""
    for i in range(plan.length[unit], 0, -1):
        if plan.route[unit, i, SPOT] == REST:
            continue
        spot, old = plan.route[unit, i, SPOT], plan.route[unit, i, ARRIVE]
        if data.worth[spot, 0] <= 0.0:
            continue
        by = plan.route[unit, i + 1, ARRIVE]
        if i == plan.length[unit]:
            by = data.unit[unit, FINISH_S]
        place, goal = plan.route[unit, i, PLACE], plan.route[unit, i + 1, PLACE]
        limit = old - plan.route[unit, i, DEPART] + leave_by_s(data, unit, place, goal, by)
        limit = min(limit, closes_at(data, spot, old))
        limit = min(limit, next_visit_s(plan, spot, old) - data.spot[spot, GAP_S])
        if limit <= old:
            continue
        k = find_visit(plan, spot, unit, old)
        cover = plan.visit[spot, k, COVER]
        best, best_s = plan.value[spot] + 1e-9, old
        quiet = limit
        if k > 0:
            quiet = plan.visit[spot, k - 1, AT] + plan.visit[spot, k - 1, COVER]
        tight = next_visit_s(plan, spot, old) - cover
        for at in (limit, quiet, tight):
            if old < at <= limit:
                value = value_with(data, plan, spot, k, at, cover)
                if value > best:
                    best, best_s = value, at
        if best_s != old:
            retime(data, plan, touched, unit, i, best_s)
            plan.route[unit, i, HOLD] = best_s
