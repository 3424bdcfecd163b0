"""Compiled ruin and recreate with annealing (after Christiaens and Vanden Berghe 2020, SISR).

Strings of stops around a seed are cut out of a few routes near each other and room is filled
again; the result is kept if it is better, or now and then if it is slightly worse.
"""

import numpy as np

from patrol.routing.compiled import compiled, compiled_lent
from patrol.routing.engine.chance import Chance, below, uniform
from patrol.routing.engine.recreate import MOST_PICKS, Scratch, order_picks, put_back
from patrol.routing.engine.route import (
    Touched,
    cut,
    forget,
    keeps_rules,
    linger,
    pull_forward,
    refresh,
    touch_unit,
)
from patrol.routing.engine.state import (
    ARRIVE,
    AT,
    BEGIN_S,
    BY,
    COLUMNS,
    FINISH_S,
    FROZEN,
    MOST,
    REST,
    REST_S,
    SPOT,
    Data,
    Plan,
)
from patrol.routing.problem import Ints

FAR_DRAWS = 4
"""Places drawn anywhere, to be tried where nobody visits them."""
PRICE_RANGE = 1.5
"""A second of a unit's time costs up to this times what it earns on average."""
STEP_WORK = 200
"""What a step costs beside the places it tries, in places tried."""
LONGEST_STRING = 4
"""Most stops cut from one route at once. Small steps pay: against strings of up to 10 and twice as
many places tried, plans of 500 places were worth 4 % more after 10 s (November 2026)."""
LEAST_NEAR, MOST_NEAR = 2, 21
"""How many places near the seed are offered."""


@compiled_lent
def copy_touched(source: Plan, target: Plan, touched: Touched) -> None:
    """Bring the touched routes and hotspots of one plan over to another."""
    for r in range(touched.counts[0]):
        unit = touched.unit[r]
        for i in range(source.length[unit] + 2):
            for column in range(COLUMNS):
                target.route[unit, i, column] = source.route[unit, i, column]
            target.slope[unit, i] = source.slope[unit, i]
        target.length[unit] = source.length[unit]
    for r in range(touched.counts[1]):
        spot = touched.spot[r]
        for k in range(source.visits[spot]):
            for column in range(3):
                target.visit[spot, k, column] = source.visit[spot, k, column]
        target.visits[spot] = source.visits[spot]
        target.value[spot] = source.value[spot]


@compiled
def copy_all(source: Plan, target: Plan) -> None:
    """Copy a whole plan."""
    target.length[:] = source.length
    target.route[:] = source.route
    target.slope[:] = source.slope
    target.visits[:] = source.visits
    target.visit[:] = source.visit
    target.value[:] = source.value


@compiled_lent
def _seed_stop(data: Data, plan: Plan, chance: Chance) -> tuple[int, int]:
    """A hotspot to ruin around and a time there: one that is visited, or any."""
    spot = below(chance, data.spot.shape[0])
    if plan.visits[spot] > 0 and uniform(chance) < 0.7:
        return spot, plan.visit[spot, below(chance, plan.visits[spot]), AT]
    unit = below(chance, plan.length.size)
    if plan.length[unit] > 0 and uniform(chance) < 0.7:
        i = 1 + below(chance, plan.length[unit])
        if plan.route[unit, i, SPOT] != REST:
            return plan.route[unit, i, SPOT], plan.route[unit, i, ARRIVE]
    return spot, below(chance, data.horizon_s)


@compiled_lent
def _visit_near(plan: Plan, touched: Touched, spot: int, at_s: int) -> int:
    """Of a hotspot's visits in routes not yet cut, the one closest in time; -1 for none."""
    best, best_k = 0, -1
    for k in range(plan.visits[spot]):
        unit = plan.visit[spot, k, BY]
        if unit == FROZEN or touched.unit_is[unit]:
            continue
        apart = abs(plan.visit[spot, k, AT] - at_s)
        if best_k < 0 or apart < best:
            best, best_k = apart, k
    return best_k


@compiled_lent
def _ruin(data: Data, plan: Plan, touched: Touched, scratch: Scratch, seed: tuple[int, int]) -> int:
    """Cut strings near the seed; returns how many hotspots are to be put back."""
    chance = scratch.chance
    longest = 2 + below(chance, LONGEST_STRING - 1)
    routes = 1 + below(chance, 2)
    if uniform(chance) < 0.05:
        routes = 5
    count = 0
    for q in range(data.near.shape[1]):
        spot = data.near[seed[0], q]
        k = _visit_near(plan, touched, spot, seed[1])
        if k < 0:
            continue
        unit, at_s = plan.visit[spot, k, BY], plan.visit[spot, k, AT]
        touch_unit(touched, unit)
        size = min(1 + below(chance, longest), plan.length[unit])
        i = 1
        while plan.route[unit, i, ARRIVE] != at_s or plan.route[unit, i, SPOT] != spot:
            i += 1
        first = max(1, i - below(chance, size))
        last = min(plan.length[unit], first + size - 1)
        for j in range(first, last + 1):
            if plan.route[unit, j, SPOT] != REST and count < MOST_PICKS:
                scratch.picks[count] = plan.route[unit, j, SPOT]
                count += 1
        cut(data, plan, touched, unit, first, last)
        if touched.counts[0] >= routes:
            break
    unit = below(chance, plan.length.size)
    if touched.counts[0] == 0 or _is_idle(data, plan, unit):
        touch_unit(touched, unit)
    return count


@compiled_lent
def _is_idle(data: Data, plan: Plan, unit: int) -> bool:
    """Whether a route has no stop: no ruin finds such a unit by its stops."""
    rests = 1 if data.unit[unit, REST_S] > 0 else 0
    return bool(plan.length[unit] <= rests)


@compiled_lent
def _is_among(picks: Ints, count: int, spot: int) -> bool:
    found = False
    for p in range(count):
        found = found or picks[p] == spot
    return found


@compiled_lent
def _add_neighbors(data: Data, plan: Plan, scratch: Scratch, count: int, seed: int) -> int:
    """Offer places near the seed as well: any may be worth a (further) visit."""
    chance = scratch.chance
    tried = LEAST_NEAR + below(chance, MOST_NEAR - LEAST_NEAR + 1)
    cut = count
    for q in range(min(tried, data.near.shape[1])):
        spot = data.near[seed, q]
        if count >= MOST_PICKS or plan.visits[spot] >= data.spot[spot, MOST]:
            continue
        if data.spot[spot, MOST] == 1 and _is_among(scratch.picks, cut, spot):
            continue
        scratch.picks[count] = spot
        count += 1
    for _ in range(FAR_DRAWS):
        spot = below(chance, data.spot.shape[0])
        if count < MOST_PICKS and plan.visits[spot] == 0:
            scratch.picks[count] = spot
            count += 1
    return count


@compiled_lent
def iterate(data: Data, plan: Plan, touched: Touched, scratch: Scratch, price: float) -> None:
    """One ruin and recreate on ``plan``; ``touched`` says what has changed."""
    chance = scratch.chance
    seed = _seed_stop(data, plan, chance)
    count = _ruin(data, plan, touched, scratch, seed)
    hold = uniform(chance) < 0.5
    for r in range(touched.counts[0]):
        pull_forward(data, plan, touched, touched.unit[r], hold)
    for r in range(touched.counts[0]):
        refresh(data, plan, touched.unit[r])
    count = _add_neighbors(data, plan, scratch, count, seed[0])
    prices = (price * PRICE_RANGE * uniform(chance), 0.02)
    order_picks(data, plan, scratch, count)
    put_back(data, plan, touched, scratch, count, prices)
    for r in range(touched.counts[0]):
        linger(data, plan, touched, touched.unit[r])
        refresh(data, plan, touched.unit[r])


@compiled_lent
def _is_right(data: Data, plan: Plan, touched: Touched) -> bool:
    right = True
    for r in range(touched.counts[0]):
        right = right and keeps_rules(data, plan, touched.unit[r])
    return right


@compiled
def anneal(
    data: Data,
    plans: tuple[Plan, Plan, Plan],
    touched: Touched,
    scratch: Scratch,
    temperature: float,
    until: int,
) -> None:
    """Iterate at one temperature until ``until`` units of work are done.

    ``plans`` are the one worked on, the current one and the best.
    """
    work, current, best = plans
    spent_s = 1.0
    for unit in range(work.length.size):
        spent_s += max(0, data.unit[unit, FINISH_S] - data.unit[unit, BEGIN_S])
    # A new best plan is copied when it is about to be left: most are better still a step later.
    ahead = False
    while scratch.work[0] < until:
        iterate(data, work, touched, scratch, scratch.total[0] / spent_s)
        change = 0.0
        for r in range(touched.counts[1]):
            change += work.value[touched.spot[r]] - current.value[touched.spot[r]]
        scratch.work[1] += 1
        scratch.work[0] += STEP_WORK
        wanted = change >= 0.0 or uniform(scratch.chance) < np.exp(change / temperature)
        if wanted and _is_right(data, work, touched):
            if ahead and change < 0.0:
                copy_all(current, best)
                ahead = False
            copy_touched(work, current, touched)
            scratch.total[0] += change
            scratch.work[2] += 1
            if scratch.total[0] > scratch.total[1] + 1e-9:
                scratch.total[1] = scratch.total[0]
                ahead = True
        else:
            copy_touched(current, work, touched)
        forget(touched)
    if ahead:
        copy_all(current, best)
