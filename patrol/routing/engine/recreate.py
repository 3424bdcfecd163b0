"""Compiled building of routes: the first plan, and putting stops back where they pay most."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from patrol.routing.compiled import compiled, compiled_lent, compiled_small
from patrol.routing.engine.chance import Chance, make_chance, uniform
from patrol.routing.engine.cover import NEVER_S, arrivals, free_from, gain_with, value_with
from patrol.routing.engine.leg import reach_s
from patrol.routing.engine.route import Touched, insert, refresh
from patrol.routing.engine.state import (
    ARRIVE,
    AT,
    BEGIN_S,
    COVER,
    DEPART,
    EDGE,
    FINISH_S,
    LATE,
    LAYER,
    MOST,
    PLACE,
    PROFILE,
    REST,
    REST_LAST_S,
    REST_OPEN_S,
    REST_S,
    SPOT,
    START,
    WHERE,
    Data,
    Plan,
)
from patrol.routing.problem import Floats, Ints

MOST_PICKS = 256
"""Most hotspots tried again in one iteration."""
LONGEST_WAIT_S = 1_800
"""Longest time a unit is made to wait at a place for its window, its gap or more cover."""


_FindPlace = Callable[
    ["Data", "Plan", "Touched", "Scratch", tuple[int, int], tuple[float, float]],
    tuple[float, int, int, int],
]


class Scratch(NamedTuple):
    """Memory of the search: hotspots to put back and their keys, counters, random numbers.

    ``work`` holds positions tried, iterations, accepted ones; ``total`` the values of the current
    and the best plan.
    """

    picks: Ints
    keys: Floats
    work: NDArray[np.int64]
    total: Floats
    chance: Chance


def make_scratch(seed: int) -> Scratch:
    """Empty memory."""
    return Scratch(
        np.zeros(MOST_PICKS, np.int32),
        np.zeros(MOST_PICKS, np.float64),
        np.zeros(3, np.int64),
        np.zeros(2, np.float64),
        make_chance(seed),
    )


@compiled
def start_routes(data: Data, plan: Plan) -> None:
    """Routes with nothing but the rest, for units that have one."""
    for unit in range(plan.length.size):
        plan.route[unit, 0, SPOT] = EDGE
        plan.route[unit, 1, SPOT] = EDGE
        if data.unit[unit, REST_S] > 0:
            plan.length[unit] = 1
            plan.route[unit, 1, SPOT] = REST
            plan.route[unit, 2, SPOT] = EDGE
            plan.route[unit, 1, PLACE] = data.unit[unit, START]
            plan.route[unit, 1, ARRIVE] = max(
                data.unit[unit, BEGIN_S], data.unit[unit, REST_OPEN_S]
            )
            plan.route[unit, 1, DEPART] = plan.route[unit, 1, ARRIVE] + data.unit[unit, REST_S]
    for spot in range(plan.visits.size):
        plan.value[spot] = value_with(data, plan, spot, -1, -1, 0)
    for unit in range(plan.length.size):
        refresh(data, plan, unit)


@compiled
def keep_stops(
    data: Data, plan: Plan, touched: Touched, unit: int, visits: Ints, rest_s: int
) -> None:
    """Bring stops of an earlier plan in, at their old times or as soon after as can be.

    ``visits`` has a row (hotspot, option, arrival) per stop, in order; those that begin before
    ``rest_s`` go before the rest. What no longer fits is left out.
    """
    for v in range(visits.shape[0]):
        spot, option, old_s = visits[v, 0], visits[v, 1], visits[v, 2]
        n = plan.length[unit]
        after = n
        if n > 0 and plan.route[unit, n, SPOT] == REST and old_s < rest_s:
            after = n - 1
        if not data.allowed[unit, spot] or plan.visits[spot] >= data.spot[spot, MOST]:
            continue
        place, goal = plan.route[unit, after, PLACE], data.spot[spot, WHERE]
        reach = reach_s(data, unit, place, goal, plan.route[unit, after, DEPART])
        at = free_from(data, plan, spot, unit, -1, max(reach, old_s))
        if _fits(data, plan, unit, after, spot, at + data.stay[spot, option, 0]):
            insert(data, plan, touched, unit, after, (spot, option, at))
            refresh(data, plan, unit)


@compiled
def first_plan(data: Data, plan: Plan, touched: Touched, work: NDArray[np.int64]) -> None:
    """Fill the routes in the order of time: the unit free first goes where a minute pays most."""
    units = plan.length.size
    done = np.zeros(units, np.bool_)
    tail = np.zeros(units, np.int32)
    for _ in range(units * plan.route.shape[1]):
        unit = -1
        for u in range(units):
            if not done[u] and (
                unit < 0 or plan.route[u, tail[u], DEPART] < plan.route[unit, tail[unit], DEPART]
            ):
                unit = u
        if unit < 0:
            return
        behind = tail[unit] + 1
        if (
            behind <= plan.length[unit]
            and plan.route[unit, behind, SPOT] == REST
            and plan.route[unit, tail[unit], DEPART] >= data.unit[unit, REST_OPEN_S]
        ):
            tail[unit] = behind
            continue
        visit = _best_next(data, plan, unit, tail[unit], work)
        if visit[0] >= 0 and insert(data, plan, touched, unit, tail[unit], visit):
            tail[unit] += 1
            refresh(data, plan, unit)
        elif behind <= plan.length[unit]:
            tail[unit] = behind
        else:
            done[unit] = True


@compiled_lent
def _best_next(
    data: Data, plan: Plan, unit: int, tail: int, work: NDArray[np.int64]
) -> tuple[int, int, int]:
    """Hotspot, option and arrival that pay most per second behind the last stop."""
    now, place = plan.route[unit, tail, DEPART], plan.route[unit, tail, PLACE]
    middle = data.stay.shape[1] // 2
    best, best_spot, best_at = 0.0, -1, 0
    for spot in range(data.spot.shape[0]):
        if not data.allowed[unit, spot] or data.worth[spot, 1] - plan.value[spot] <= 0.0:
            continue
        reach = reach_s(data, unit, place, data.spot[spot, WHERE], now)
        at = reach
        first, last = arrivals(data, spot)
        if at > last or at + LONGEST_WAIT_S < first:
            continue
        spent = at + data.stay[spot, middle, 0] - now
        if (data.worth[spot, 1] - plan.value[spot]) / spent <= best or at >= data.unit[
            unit, FINISH_S
        ]:
            continue
        if plan.visits[spot] >= data.spot[spot, MOST]:
            continue
        at = free_from(data, plan, spot, unit, -1, at)
        if at - reach > LONGEST_WAIT_S:
            continue
        spent = at + data.stay[spot, middle, 0] - now
        if not _fits(data, plan, unit, tail, spot, at + data.stay[spot, middle, 0]):
            continue
        work[0] += 1
        gain = gain_with(data, plan, spot, at, data.stay[spot, middle, 1])
        if gain / spent > best:
            best, best_spot, best_at = gain / spent, spot, at
    return best_spot, middle, best_at


@compiled_lent
def _fits(data: Data, plan: Plan, unit: int, after: int, spot: int, depart: int) -> bool:
    """Whether a stop that ends at ``depart`` leaves what follows in time; O(1)."""
    behind = after + 1
    if behind <= plan.length[unit] and plan.route[unit, behind, SPOT] == REST:
        depart = max(depart, plan.route[unit, behind, ARRIVE])
        if depart > data.unit[unit, REST_LAST_S]:
            return False
        depart += data.unit[unit, REST_S]
        behind += 1
    place, goal = data.spot[spot, WHERE], plan.route[unit, behind, PLACE]
    reach = reach_s(data, unit, place, goal, depart)
    return reach <= int(plan.route[unit, behind, LATE])


@compiled_small
def _delay(
    data: Data, plan: Plan, unit: int, after: int, way: tuple[int, Ints, bool], depart: int
) -> int:
    """Seconds by which what follows comes later; NEVER_S where it would be too late.

    ``way`` is the stop's place, the times from there to each other in the first traffic band, and
    whether there are more bands.
    """
    goal, onward, banded = way
    behind = after + 1
    if behind <= plan.length[unit] and plan.route[unit, behind, SPOT] == REST:
        depart = max(depart, plan.route[unit, behind, ARRIVE])
        if depart > data.unit[unit, REST_LAST_S]:
            return NEVER_S
        depart += data.unit[unit, REST_S]
        behind += 1
    reach = depart + onward[plan.route[unit, behind, PLACE]]
    if banded:
        reach = reach_s(data, unit, goal, plan.route[unit, behind, PLACE], depart)
    if reach > plan.route[unit, behind, LATE]:
        return NEVER_S
    return max(0, int(reach - plan.route[unit, behind, ARRIVE]))


@compiled_lent
def _try_waiting(
    data: Data,
    plan: Plan,
    where: tuple[int, int, int],
    pick: tuple[int, int],
    at: int,
    price: float,
    found: tuple[float, int, int, int],
) -> tuple[float, int, int, int]:
    """The same place, but waiting until the cover of the visit before has ended."""
    spot, option = pick
    quiet = 0
    for k in range(plan.visits[spot]):
        if plan.visit[spot, k, AT] < at:
            quiet = max(quiet, plan.visit[spot, k, AT] + plan.visit[spot, k, COVER])
    if quiet <= at or quiet - at > LONGEST_WAIT_S:
        return found
    later = free_from(data, plan, spot, where[0], -1, quiet)
    if later - at > LONGEST_WAIT_S:
        return found
    stay = data.stay[spot, option, 0]
    goal = data.spot[spot, WHERE]
    onward = data.travel[data.band[data.unit[where[0], PROFILE], LAYER], goal]
    way = (goal, onward, data.banded)
    delay = _delay(data, plan, where[0], where[1], way, later + stay)
    if delay >= NEVER_S:
        return found
    gain = gain_with(data, plan, spot, later, data.stay[spot, option, 1])
    score = gain + (plan.slope[where[0], where[2]] - price) * delay
    if score > found[0]:
        return (score, where[0], where[1], later)
    return found


def _make_find_place(*, banded: bool) -> _FindPlace:  # noqa: C901, PLR0915
    """The search for a place, compiled for shifts of one traffic band or of several.

    Written once and compiled twice: with a look at the bands inside, shifts of one band took 12 %
    longer (November 2026).
    """

    # One function on purpose: split in two, the second compiled into the first, the search took 20
    # to 35 % fewer steps a second (November 2026).
    @compiled_lent
    def find_place(  # noqa: C901, PLR0915
        data: Data,
        plan: Plan,
        touched: Touched,
        scratch: Scratch,
        pick: tuple[int, int],
        price: tuple[float, float],
    ) -> tuple[float, int, int, int]:
        """Best place for (hotspot, option) in the touched routes.

        ``price`` is what a second of a unit's time costs and the chance that a place is skipped.
        Returns score, unit, index to insert behind and arrival; a unit of -1 where no place pays.
        """
        spot, option = pick
        goal = data.spot[spot, WHERE]
        stay, cover = data.stay[spot, option, 0], data.stay[spot, option, 1]
        first, last = arrivals(data, spot)
        room = data.worth[spot, 1] - plan.value[spot]
        found = (0.0, -1, -1, -1)
        for r in range(touched.counts[0]):
            unit = touched.unit[r]
            if not data.allowed[unit, spot]:
                continue
            layer, length = data.band[data.unit[unit, PROFILE], LAYER], plan.length[unit]
            onward, toward = data.travel[layer, goal], data.toward[layer, goal]
            end = min(last, plan.route[unit, length + 1, LATE] - stay)
            for after in range(length + 1):
                ready = plan.route[unit, after, DEPART]
                if ready > end:
                    break
                # Without a look at the way: most places of a full route end here.
                if max(ready, first) + stay > plan.route[unit, after + 1, LATE]:
                    continue
                reach = max(first, ready + toward[plan.route[unit, after, PLACE]])
                if banded:
                    place = plan.route[unit, after, PLACE]
                    reach = max(first, reach_s(data, unit, place, goal, ready))
                if reach > end:
                    continue
                scratch.work[0] += 1
                behind = after + 1
                delay = _delay(data, plan, unit, after, (goal, onward, banded), reach + stay)
                if delay >= NEVER_S:
                    continue
                if behind <= length and plan.route[unit, behind, SPOT] == REST:
                    behind += 1
                slope = plan.slope[unit, behind]
                most = room - price[0] * delay + max(0.0, slope) * delay
                if most <= found[0] or uniform(scratch.chance) < price[1]:
                    continue
                at = free_from(data, plan, spot, unit, -1, reach)
                if at != reach:
                    if at - reach > LONGEST_WAIT_S:
                        continue
                    delay = _delay(data, plan, unit, after, (goal, onward, banded), at + stay)
                    if delay >= NEVER_S:
                        continue
                score = gain_with(data, plan, spot, at, cover) + (slope - price[0]) * delay
                if score > found[0]:
                    found = (score, unit, after, at)
                if plan.visits[spot] > 0:
                    where = (unit, after, behind)
                    found = _try_waiting(data, plan, where, (spot, option), at, price[0], found)
        return found

    return find_place


find_usual_place = _make_find_place(banded=False)
find_banded_place = _make_find_place(banded=True)


@compiled_small
def _find_place(
    data: Data,
    plan: Plan,
    touched: Touched,
    scratch: Scratch,
    pick: tuple[int, int],
    price: tuple[float, float],
) -> tuple[float, int, int, int]:
    if data.banded:
        return find_banded_place(data, plan, touched, scratch, pick, price)
    return find_usual_place(data, plan, touched, scratch, pick, price)


@compiled_lent
def put_back(
    data: Data,
    plan: Plan,
    touched: Touched,
    scratch: Scratch,
    count: int,
    price: tuple[float, float],
) -> None:
    """Insert the first ``count`` picks in order where they pay most, in touched routes."""
    options = data.stay.shape[1]
    for p in range(count):
        spot = scratch.picks[p]
        if (
            plan.visits[spot] >= data.spot[spot, MOST]
            or data.worth[spot, 1] - plan.value[spot] <= 0.0
        ):
            continue
        option = int(uniform(scratch.chance) * options)
        found = _find_place(data, plan, touched, scratch, (spot, option), price)
        if found[1] >= 0:
            insert(data, plan, touched, found[1], found[2], (spot, option, found[3]))
            refresh(data, plan, found[1])


@compiled_lent
def order_picks(data: Data, plan: Plan, scratch: Scratch, count: int) -> None:
    """Sort picks by a key drawn anew each time: much uncovered weight first, more or less."""
    picks, keys, chance = scratch.picks, scratch.keys, scratch.chance
    spread = (0.2, 0.6, 1.5)[int(uniform(chance) * 3)]
    for p in range(count):
        spot = picks[p]
        room = data.worth[spot, 1] - plan.value[spot]
        if plan.visits[spot] >= data.spot[spot, MOST]:
            room = 0.0
        keys[p] = -np.log(max(1e-9, room)) + spread * (uniform(chance) + uniform(chance))
    for p in range(1, count):
        key, spot = keys[p], picks[p]
        q = p
        while q > 0 and keys[q - 1] > key:
            keys[q], picks[q] = keys[q - 1], picks[q - 1]
            q -= 1
        keys[q], picks[q] = key, spot
