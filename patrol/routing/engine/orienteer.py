"""Compiled search for team orienteering: the ground on which engines are compared in public.

Ruin and recreate with annealing; what looks promising is shortened and filled again. Good routes go
to a pool, out of which the best team is put together now and then.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from patrol.routing.compiled import compiled, compiled_inline, compiled_part
from patrol.routing.engine.chance import Chance, below, make_chance, uniform
from patrol.routing.engine.packing import Pool, best_team, keep_routes, load_team
from patrol.routing.engine.tours import (
    FAR,
    FREE,
    SLACK,
    Field,
    Tours,
    cheapest_place,
    copy_tours,
    find_stop,
    measure_tours,
    put_in,
    shorten,
    take_out,
)
from patrol.routing.problem import Floats, Ints

SCATTER_SHARE, REBUILD_SHARE = 0.25, 0.1
"""How often points here and there are taken out, and how often a route is built from nothing."""
MOST_GOALS = 3
"""Most points drawn anywhere that a route built from nothing begins with."""
POWER = (0.3, 1.2)
"""Least power of the detour in a point's rank, and how much may come on top."""
NOISE = 1.5
"""Greatest noise in the logarithm of a point's rank."""
NO_DETOUR = 0.05
"""Detour, as a share of the spacing, that is added to all, so that none is free."""
PROMISING = (2.0, 1.0)
"""How much worse than the current plan a plan is still polished: mean scores and temperatures."""
POOL_SHARE = 0.95
"""Routes of plans at least this good, compared with the best, go to the pool."""
MOST_ROUNDS = 20
"""Most rounds of shortening and filling."""


class Memory(NamedTuple):
    """Work space: points to put in and their keys, points just taken out, routes that changed.

    ``worth`` has the logarithms of the scores, ``held`` is room for strings,
    ``steps`` counts iterations.
    """

    worth: Floats
    picks: Ints
    keys: Floats
    fresh: Ints
    touched: Ints
    held: Ints
    chance: Chance
    steps: NDArray[np.int64]


def make_memory(field: Field, seed: int) -> Memory:
    """Work space of a search."""
    return Memory(
        worth=np.log(np.maximum(field.score[: field.points], 1e-9)),
        picks=np.zeros(field.points, np.int32),
        keys=np.zeros(field.points),
        fresh=np.zeros(field.points, np.int32),
        touched=np.zeros(field.routes, np.int32),
        held=np.zeros(8, np.int32),
        chance=make_chance(seed),
        steps=np.zeros(1, np.int64),
    )


@compiled_part
def _ruin(field: Field, tours: Tours, memory: Memory, strength: int) -> None:
    """Make room: strings around a point, points here and there, or a whole route."""
    chance = memory.chance
    empty = tours.total[0] <= 0.0
    for r in range(field.routes):
        memory.touched[r] = 1 if empty else 0
    for point in range(field.points):
        memory.fresh[point] = 0
    if uniform(chance) < SCATTER_SHARE:
        for _ in range(1 + below(chance, strength)):
            point = below(chance, field.points)
            r = tours.route[point]
            if r >= 0:
                k = find_stop(tours, point)
                memory.touched[r] = 1
                take_out(field, tours, memory.fresh, r, k, k)
    elif uniform(chance) < REBUILD_SHARE:
        _begin_anew(field, tours, memory)
    else:
        _cut_strings(field, tours, memory, strength)


@compiled_part
def _begin_anew(field: Field, tours: Tours, memory: Memory) -> None:
    """Clear a route and let it go to points drawn anywhere: regions that no detour reaches."""
    chance = memory.chance
    r = below(chance, field.routes)
    memory.touched[r] = 1
    if tours.size[r] > 0:
        take_out(field, tours, memory.fresh, r, 1, tours.size[r])
    for _ in range(1 + below(chance, MOST_GOALS)):
        point = below(chance, field.points)
        if tours.route[point] == FREE:
            cost, place = cheapest_place(field, tours, point, r)
            if tours.length[r] + cost <= field.limit + SLACK:
                put_in(field, tours, point, r, place)


@compiled_part
def _cut_strings(field: Field, tours: Tours, memory: Memory, strength: int) -> None:
    chance = memory.chance
    seed = below(chance, field.points)
    routes = 1 + below(chance, field.routes)
    for q in range(field.near.shape[1]):
        point = field.near[seed, q]
        r = tours.route[point]
        if r < 0 or memory.touched[r]:
            continue
        memory.touched[r] = 1
        size = min(1 + below(chance, strength), tours.size[r])
        first = max(1, find_stop(tours, point) - below(chance, size))
        last = min(tours.size[r], first + size - 1)
        take_out(field, tours, memory.fresh, r, first, last)
        routes -= 1
        if routes == 0:
            return


@compiled_inline
def _best_route(
    field: Field, tours: Tours, memory: Memory, point: int, everywhere: bool
) -> tuple[float, int, int]:
    """Least detour to a point that fits, its route and place.

    What was free before fits, if at all, only where something was taken out.
    """
    low, route, place = FAR, FREE, -1
    for r in range(field.routes):
        if everywhere or memory.touched[r] or memory.fresh[point]:
            cost, k = cheapest_place(field, tours, point, r)
            if cost < low and tours.length[r] + cost <= field.limit + SLACK:
                low, route, place = cost, r, k
    return low, route, place


@compiled_part
def _fill(
    field: Field, tours: Tours, memory: Memory, rank: tuple[float, float], everywhere: bool
) -> None:
    """Put free points in, each at its cheapest place, much score for little detour first.

    ``rank`` is the power of the detour and the noise.
    """
    count = 0
    for point in range(field.points):
        if tours.route[point] != FREE:
            continue
        low, _, _ = _best_route(field, tours, memory, point, everywhere)
        if low >= FAR:
            continue
        key = rank[0] * np.log(max(low, 0.0) + NO_DETOUR * field.spacing)
        key += rank[1] * uniform(memory.chance) - memory.worth[point]
        q = count
        while q > 0 and memory.keys[q - 1] > key:
            memory.keys[q], memory.picks[q] = memory.keys[q - 1], memory.picks[q - 1]
            q -= 1
        memory.keys[q], memory.picks[q] = key, point
        count += 1
    for q in range(count):
        point = memory.picks[q]
        _, r, place = _best_route(field, tours, memory, point, everywhere)
        if r >= 0:
            put_in(field, tours, point, r, place)
            memory.touched[r] = 1


@compiled_part
def _exchange(field: Field, tours: Tours, memory: Memory) -> bool:
    """Swap a point of a touched route for a free one: more score, or as much by a shorter way."""
    for r in range(field.routes):
        if not memory.touched[r]:
            continue
        for k in range(1, tours.size[r] + 1):
            a, old, b = tours.stop[r, k - 1], tours.stop[r, k], tours.stop[r, k + 1]
            direct = field.way[a, b]
            saved = tours.leg[r, k - 1] + tours.leg[r, k] - direct
            room = field.limit + SLACK - tours.length[r] + saved
            for new in range(field.points):
                if tours.route[new] != FREE or field.score[new] < field.score[old]:
                    continue
                cost = field.way[a, new] + field.way[new, b] - direct
                if cost <= room and (field.score[new] > field.score[old] or cost < saved - 1e-9):
                    take_out(field, tours, memory.fresh, r, k, k)
                    put_in(field, tours, new, r, k - 1)
                    return True
    return False


@compiled_part
def _polish(field: Field, tours: Tours, memory: Memory, rank: tuple[float, float]) -> None:
    """Shorten what changed and use the room, until neither brings anything."""
    for _ in range(MOST_ROUNDS):
        score = tours.total[0]
        shorter = False
        for r in range(field.routes):
            if memory.touched[r] and shorten(field, tours, r, memory.held):
                shorter = True
        if shorter:
            _fill(field, tours, memory, rank, True)
        exchanged = _exchange(field, tours, memory)
        if exchanged:
            _fill(field, tours, memory, rank, True)
        if tours.total[0] <= score + 1e-9 and not exchanged:
            return


@compiled_part
def _gain(field: Field, new: Tours, old: Tours) -> float:
    """Score gained, length at its small price."""
    return float(new.total[0] - old.total[0] - field.price * (new.total[1] - old.total[1]))


@compiled
def orienteer(
    field: Field,
    tours: tuple[Tours, Tours, Tours],
    memory: Memory,
    pool: Pool,
    heat: float,
    steps: int,
    strength: int,
) -> None:
    """Do ``steps`` iterations at a temperature; ``strength`` points at most leave a route.

    ``tours`` are the ones worked on, the current ones and the best.
    """
    work, current, best = tours
    chance = memory.chance
    hopeless = -PROMISING[0] * field.mean - PROMISING[1] * heat
    for _ in range(steps):
        _ruin(field, work, memory, strength)
        rank = (POWER[0] + POWER[1] * uniform(chance), NOISE * uniform(chance))
        _fill(field, work, memory, rank, False)
        memory.steps[0] += 1
        gain = _gain(field, work, current)
        if gain > hopeless:
            _polish(field, work, memory, rank)
            gain = _gain(field, work, current)
        if gain < 0.0 and uniform(chance) >= np.exp(gain / heat):
            copy_tours(current, work, memory.touched, False)
            continue
        measure_tours(work)
        if work.total[0] >= POOL_SHARE * best.total[0]:
            keep_routes(field, work, memory.touched, pool)
        copy_tours(work, current, memory.touched, False)
        _keep_best(current, best, memory)


@compiled_part
def _keep_best(tours: Tours, best: Tours, memory: Memory) -> None:
    ahead = tours.total[0] - best.total[0]
    if ahead > 1e-9 or (ahead > -1e-9 and tours.total[1] < best.total[1] - 1e-9):
        copy_tours(tours, best, memory.touched, True)


@compiled
def recombine(
    field: Field, tours: tuple[Tours, Tours, Tours], memory: Memory, pool: Pool, most_nodes: int
) -> bool:
    """Go on from the best team of the pool where it is better than the best plan."""
    work, current, best = tours
    pick = best_team(field, pool, best.total[0], most_nodes)
    if pick[0] < 0:
        return False
    load_team(field, pool, pick, work)
    for r in range(field.routes):
        memory.touched[r] = 1
    _fill(field, work, memory, (1.0, 0.0), True)
    _polish(field, work, memory, (1.0, 0.0))
    measure_tours(work)
    keep_routes(field, work, memory.touched, pool)
    copy_tours(work, current, memory.touched, True)
    _keep_best(current, best, memory)
    return True
