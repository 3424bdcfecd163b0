"""Compiled value of cover at one hotspot, and the sorted list of its visits."""

from patrol.routing.compiled import compiled_lent, compiled_small
from patrol.routing.engine.state import (
    AT,
    BY,
    COVER,
    DUTY_END,
    DUTY_FIRST,
    GAP_S,
    WINDOW_END,
    WINDOW_FIRST,
    Data,
    Plan,
)

NEVER_S = 1_000_000_000
"""Time that no shift reaches."""


@compiled_small
def weight_until(data: Data, hotspot: int, at_s: int) -> float:
    """Weight x hours from the origin to ``at_s``, clipped to the horizon."""
    if at_s <= 0:
        return 0.0
    if at_s >= data.horizon_s:
        return float(data.worth[hotspot, 0])
    slot = at_s // data.slot_s
    low = data.cumulative[hotspot, slot]
    part = (at_s - slot * data.slot_s) / data.slot_s
    return float(low + part * (data.cumulative[hotspot, slot + 1] - low))


@compiled_small
def weight_at(data: Data, hotspot: int, at_s: int) -> float:
    """Weight x hours per second at a moment; 0 outside the horizon."""
    if at_s < 0 or at_s >= data.horizon_s:
        return 0.0
    slot = at_s // data.slot_s
    rise = data.cumulative[hotspot, slot + 1] - data.cumulative[hotspot, slot]
    return float(rise / data.slot_s)


@compiled_lent
def value_with(data: Data, plan: Plan, hotspot: int, skip: int, at_s: int, cover_s: int) -> float:
    """Value of a hotspot without its visit ``skip`` (-1: with all) and with one more.

    ``at_s`` is the arrival of the further visit, negative for none.
    """
    value = 0.0
    count = plan.visits[hotspot]
    pending = at_s >= 0
    if data.worth[hotspot, 0] > 0.0:
        reached = 0
        k = 0
        while k < count or pending:
            if k == skip:
                k += 1
                continue
            if pending and (k >= count or at_s < plan.visit[hotspot, k, AT]):
                begin = at_s
                end = at_s + cover_s
                pending = False
            else:
                begin = plan.visit[hotspot, k, AT]
                end = begin + plan.visit[hotspot, k, COVER]
                k += 1
            begin = max(begin, reached)
            if end > begin:
                value += weight_until(data, hotspot, end) - weight_until(data, hotspot, begin)
                reached = end
    for j in range(data.spot[hotspot, DUTY_FIRST], data.spot[hotspot, DUTY_END]):
        met = at_s >= data.duty[j, 0] and at_s < data.duty[j, 1]
        k = 0
        while k < count and not met:
            arrive = plan.visit[hotspot, k, AT]
            if k != skip and arrive >= data.duty[j, 0] and arrive < data.duty[j, 1]:
                met = True
            k += 1
        if met:
            value += data.price[j]
    return value


@compiled_small
def gain_with(data: Data, plan: Plan, hotspot: int, at_s: int, cover_s: int) -> float:
    """What one more visit adds to a hotspot's value: its cover where no other visit covers.

    The same as the difference of :func:`value_with`, but it looks at neighbors in time alone.
    """
    gain = 0.0
    count = plan.visits[hotspot]
    if data.worth[hotspot, 0] > 0.0:
        begin, end, k = at_s, at_s + cover_s, 0
        while k < count and plan.visit[hotspot, k, AT] <= at_s:
            begin = max(begin, plan.visit[hotspot, k, AT] + plan.visit[hotspot, k, COVER])
            k += 1
        while begin < end:
            until = end
            if k < count:
                until = min(end, plan.visit[hotspot, k, AT])
            if until > begin:
                gain += weight_until(data, hotspot, until) - weight_until(data, hotspot, begin)
            if until == end:
                break
            begin = max(begin, plan.visit[hotspot, k, AT] + plan.visit[hotspot, k, COVER])
            k += 1
    for j in range(data.spot[hotspot, DUTY_FIRST], data.spot[hotspot, DUTY_END]):
        if data.duty[j, 0] <= at_s < data.duty[j, 1]:
            met = False
            for k in range(count):
                arrive = plan.visit[hotspot, k, AT]
                met = met or data.duty[j, 0] <= arrive < data.duty[j, 1]
            if not met:
                gain += data.price[j]
    return gain


@compiled_small
def find_visit(plan: Plan, hotspot: int, unit: int, arrive_s: int) -> int:
    """Index of a unit's visit in the hotspot's list."""
    for k in range(plan.visits[hotspot]):
        if plan.visit[hotspot, k, AT] == arrive_s and plan.visit[hotspot, k, BY] == unit:
            return k
    return -1


@compiled_lent
def add_visit(plan: Plan, hotspot: int, unit: int, arrive_s: int, cover_s: int) -> None:
    """Put a visit into the hotspot's list, sorted by time."""
    k = plan.visits[hotspot]
    while k > 0 and plan.visit[hotspot, k - 1, AT] > arrive_s:
        plan.visit[hotspot, k, AT] = plan.visit[hotspot, k - 1, AT]
        plan.visit[hotspot, k, COVER] = plan.visit[hotspot, k - 1, COVER]
        plan.visit[hotspot, k, BY] = plan.visit[hotspot, k - 1, BY]
        k -= 1
    plan.visit[hotspot, k, AT] = arrive_s
    plan.visit[hotspot, k, COVER] = cover_s
    plan.visit[hotspot, k, BY] = unit
    plan.visits[hotspot] += 1


@compiled_lent
def drop_visit(plan: Plan, hotspot: int, unit: int, arrive_s: int) -> None:
    """Take a unit's visit out of the hotspot's list."""
    k = find_visit(plan, hotspot, unit, arrive_s)
    plan.visits[hotspot] -= 1
    for i in range(k, plan.visits[hotspot]):
        plan.visit[hotspot, i, AT] = plan.visit[hotspot, i + 1, AT]
        plan.visit[hotspot, i, COVER] = plan.visit[hotspot, i + 1, COVER]
        plan.visit[hotspot, i, BY] = plan.visit[hotspot, i + 1, BY]


@compiled_small
def opens_at(data: Data, hotspot: int, at_s: int) -> int:
    """Earliest arrival allowed by the hotspot's windows from ``at_s`` on; NEVER_S for none."""
    first = data.spot[hotspot, WINDOW_FIRST]
    last = data.spot[hotspot, WINDOW_END]
    if first == last:
        return at_s
    for w in range(first, last):
        if at_s < data.window[w, 1]:
            return max(at_s, int(data.window[w, 0]))
    return NEVER_S


@compiled_small
def arrivals(data: Data, hotspot: int) -> tuple[int, int]:
    """First and last arrival that some window of the hotspot allows."""
    first = data.spot[hotspot, WINDOW_FIRST]
    last = data.spot[hotspot, WINDOW_END]
    if first == last:
        return 0, NEVER_S
    return int(data.window[first, 0]), int(data.window[last - 1, 1] - 1)


@compiled_small
def closes_at(data: Data, hotspot: int, at_s: int) -> int:
    """Last arrival in the window that ``at_s`` lies in; NEVER_S where there are no windows."""
    first = data.spot[hotspot, WINDOW_FIRST]
    last = data.spot[hotspot, WINDOW_END]
    for w in range(first, last):
        if at_s < data.window[w, 1]:
            return int(data.window[w, 1] - 1)
    return NEVER_S


@compiled_small
def free_from(data: Data, plan: Plan, hotspot: int, unit: int, own_s: int, at_s: int) -> int:
    """Earliest arrival from ``at_s`` on that keeps windows and least gaps; NEVER_S for none.

    The unit's own visit at ``own_s`` (negative: none) does not count.
    """
    gap = data.spot[hotspot, GAP_S]
    at = opens_at(data, hotspot, at_s)
    for k in range(plan.visits[hotspot]):
        other = plan.visit[hotspot, k, AT]
        if plan.visit[hotspot, k, BY] == unit and other == own_s:
            continue
        if other - gap < at and at < other + gap:
            at = opens_at(data, hotspot, other + gap)
    return at


@compiled_small
def next_visit_s(plan: Plan, hotspot: int, at_s: int) -> int:
    """Arrival of the first visit later than ``at_s``; NEVER_S for none."""
    for k in range(plan.visits[hotspot]):
        if plan.visit[hotspot, k, AT] > at_s:
            return int(plan.visit[hotspot, k, AT])
    return NEVER_S
