"""Compiled search for team orienteering: the ground on which engines are compared in public.

One mode, one visit per point, a length limit per route. Routes are linked lists, so that a point
goes in or out in O(1); the cheapest place of every free point in every route is kept up to date.
Ruin and recreate with annealing, then shortening of the routes that changed.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from patrol.routing.compiled import compiled, compiled_part
from patrol.routing.engine.chance import Chance, below, make_chance, uniform
from patrol.routing.problem import Floats, Ints

FREE = -1
"""Route of a point that no route visits."""
CLOSED = -2
"""Route of a point that no route can reach within the limit."""
FAR = 1e30
LENGTH_PRICE = 0.02
"""Score that a unit of length is worth while comparing plans of about equal score."""
SLACK = 1e-9
"""Tolerance of the length limit; checkers commonly allow 1e-6."""


class Field(NamedTuple):
    """An instance: n points, then a start and an end of each of m routes.

    ``way`` has shape (n + 2 m, n + 2 m), ``near`` the other points by distance, shape (n, n - 1).
    """

    way: Floats
    score: Floats
    near: Ints
    points: int
    routes: int
    limit: float


class Tours(NamedTuple):
    """Routes as linked lists over all nodes; ``total`` holds score and length."""

    after: Ints
    before: Ints
    route: Ints
    length: Floats
    total: Floats


class Memory(NamedTuple):
    """Work space: cheapest cost and place (predecessor) per point and route, orders, random state.

    ``steps`` counts iterations.
    """

    cost: Floats
    place: Ints
    order: Ints
    touched: Ints
    chance: Chance
    steps: NDArray[np.int64]


def make_tours(field: Field) -> Tours:
    """Empty routes; points that cannot be reached in time are closed."""
    nodes = field.points + 2 * field.routes
    after, before = np.full(nodes, -1, np.int32), np.full(nodes, -1, np.int32)
    route = np.full(nodes, FREE, np.int32)
    length = np.zeros(field.routes)
    for r in range(field.routes):
        start, end = field.points + 2 * r, field.points + 2 * r + 1
        after[start], before[end] = end, start
        route[start] = route[end] = r
        length[r] = field.way[start, end]
    start, end = field.points, field.points + 1
    reach = field.way[start, : field.points] + field.way[: field.points, end]
    route[: field.points][reach > field.limit + SLACK] = CLOSED
    return Tours(after, before, route, length, np.array([0.0, length.sum()]))


def make_memory(field: Field, seed: int) -> Memory:
    """Work space of a search."""
    nodes = field.points + 2 * field.routes
    return Memory(
        cost=np.zeros((field.points, field.routes)),
        place=np.zeros((field.points, field.routes), np.int32),
        order=np.zeros(nodes, np.int32),
        touched=np.zeros(field.routes, np.int32),
        chance=make_chance(seed),
        steps=np.zeros(1, np.int64),
    )


@compiled_part
def _copy(source: Tours, target: Tours) -> None:
    for i in range(source.after.size):
        target.after[i] = source.after[i]
        target.before[i] = source.before[i]
        target.route[i] = source.route[i]
    for r in range(source.length.size):
        target.length[r] = source.length[r]
    target.total[0] = source.total[0]
    target.total[1] = source.total[1]


@compiled_part
def _take_out(field: Field, tours: Tours, point: int) -> None:
    a, b, r = tours.before[point], tours.after[point], tours.route[point]
    saved = field.way[a, point] + field.way[point, b] - field.way[a, b]
    tours.after[a], tours.before[b] = b, a
    tours.route[point] = FREE
    tours.length[r] -= saved
    tours.total[1] -= saved
    tours.total[0] -= field.score[point]


@compiled_part
def _put_in(field: Field, tours: Tours, point: int, a: int) -> None:
    b, r = tours.after[a], tours.route[a]
    added = field.way[a, point] + field.way[point, b] - field.way[a, b]
    tours.after[a], tours.before[b] = point, point
    tours.before[point], tours.after[point] = a, b
    tours.route[point] = r
    tours.length[r] += added
    tours.total[1] += added
    tours.total[0] += field.score[point]


@compiled_part
def _scan(field: Field, tours: Tours, memory: Memory, point: int, r: int) -> None:
    """Find the cheapest place of a point in a route."""
    best, place = FAR, -1
    a = field.points + 2 * r
    end = a + 1
    while a != end:
        b = tours.after[a]
        cost = field.way[a, point] + field.way[point, b] - field.way[a, b]
        if cost < best:
            best, place = cost, a
        a = b
    memory.cost[point, r] = best
    memory.place[point, r] = place


@compiled_part
def _update(field: Field, tours: Tours, memory: Memory, point: int, r: int, x: int) -> None:
    """The same after ``x`` went into the route: only two places are new and one is gone."""
    a, b = tours.before[x], tours.after[x]
    if memory.place[point, r] == a:
        _scan(field, tours, memory, point, r)
        return
    cost = field.way[a, point] + field.way[point, x] - field.way[a, x]
    if cost < memory.cost[point, r]:
        memory.cost[point, r] = cost
        memory.place[point, r] = a
    cost = field.way[x, point] + field.way[point, b] - field.way[x, b]
    if cost < memory.cost[point, r]:
        memory.cost[point, r] = cost
        memory.place[point, r] = x


@compiled_part
def _best_free(
    field: Field, tours: Tours, memory: Memory, power: float, noise: float
) -> tuple[int, int]:
    """The free point with the best score per detour, and the route it fits; (-1, -1) for none."""
    best, best_point, best_r = 0.0, -1, -1
    for point in range(field.points):
        if tours.route[point] != FREE:
            continue
        low, low_r = FAR, -1
        for r in range(field.routes):
            cost = memory.cost[point, r]
            if cost < low and tours.length[r] + cost <= field.limit + SLACK:
                low, low_r = cost, r
        if low_r < 0:
            continue
        rank = field.score[point] / (max(low, 0.0) + 0.05) ** power
        rank *= 1.0 + noise * uniform(memory.chance)
        if rank > best:
            best, best_point, best_r = rank, point, low_r
    return best_point, best_r


@compiled_part
def _fill(field: Field, tours: Tours, memory: Memory, power: float, noise: float) -> None:
    """Put in free points, best score per detour first, until nothing fits."""
    for point in range(field.points):
        if tours.route[point] == FREE:
            for r in range(field.routes):
                _scan(field, tours, memory, point, r)
    while True:
        best, r = _best_free(field, tours, memory, power, noise)
        if best < 0:
            return
        _put_in(field, tours, best, memory.place[best, r])
        memory.touched[r] = 1
        for point in range(field.points):
            if tours.route[point] == FREE:
                _update(field, tours, memory, point, r, best)


@compiled_part
def _shorten(field: Field, tours: Tours, memory: Memory, r: int) -> bool:
    """2-opt and or-opt on one route until neither helps; says whether it got shorter."""
    order = memory.order
    count = 0
    node = field.points + 2 * r
    end = node + 1
    while node != end:
        order[count] = node
        count += 1
        node = tours.after[node]
    order[count] = end
    way = field.way
    gained = 0.0
    improved = True
    while improved:
        improved = False
        for i in range(count - 1):
            a, b = order[i], order[i + 1]
            ab = way[a, b]
            for j in range(i + 2, count):
                c, d = order[j], order[j + 1]
                change = way[a, c] + way[b, d] - ab - way[c, d]
                if change < -1e-9:
                    low, high = i + 1, j
                    while low < high:
                        order[low], order[high] = order[high], order[low]
                        low += 1
                        high -= 1
                    gained -= change
                    improved = True
                    b = order[i + 1]
                    ab = way[a, b]
        if not improved:
            change = _or_opt(way, order, count)
            if change < 0.0:
                gained -= change
                improved = True
    if gained <= 0.0:
        return False
    for i in range(count):
        tours.after[order[i]] = order[i + 1]
        tours.before[order[i + 1]] = order[i]
    tours.length[r] -= gained
    tours.total[1] -= gained
    return True


@compiled_part
def _or_opt(way: Floats, order: Ints, count: int) -> float:
    """Move the first string of 1-3 points that fits better elsewhere; the change of length."""
    for size in range(1, 4):
        for i in range(1, count - size + 1):
            first, last = order[i], order[i + size - 1]
            p, q = order[i - 1], order[i + size]
            saved = way[p, first] + way[last, q] - way[p, q]
            if saved <= 1e-9:
                continue
            for j in range(count):
                if j >= i - 1 and j <= i + size - 1:
                    continue
                a, b = order[j], order[j + 1]
                plain = way[a, first] + way[last, b] - way[a, b]
                turned = way[a, last] + way[first, b] - way[a, b]
                if min(plain, turned) - saved < -1e-9:
                    _move(order, i, size, j, turned < plain)
                    return float(min(plain, turned) - saved)
    return 0.0


@compiled_part
def _move(order: Ints, i: int, size: int, j: int, turn: bool) -> None:
    """Move ``order[i : i + size]`` behind index ``j``, turned round or not."""
    held = order[i : i + size].copy()
    if turn:
        held = held[::-1].copy()
    if j < i:
        for k in range(i - 1, j, -1):
            order[k + size] = order[k]
        start = j + 1
    else:
        for k in range(i + size, j + 1):
            order[k - size] = order[k]
        start = j - size + 1
    for k in range(size):
        order[start + k] = held[k]


@compiled_part
def _ruin(field: Field, tours: Tours, memory: Memory, strength: int) -> None:
    """Take strings around a random point out of some routes, or points here and there."""
    chance = memory.chance
    seed = below(chance, field.points)
    for r in range(field.routes):
        memory.touched[r] = 0
    if uniform(chance) < 0.25:
        for _ in range(1 + below(chance, strength)):
            point = below(chance, field.points)
            if tours.route[point] >= 0:
                memory.touched[tours.route[point]] = 1
                _take_out(field, tours, point)
        return
    routes = 1 + below(chance, field.routes)
    done = 0
    for q in range(field.near.shape[1]):
        point = field.near[seed, q]
        r = tours.route[point]
        if r < 0 or memory.touched[r]:
            continue
        memory.touched[r] = 1
        size = 1 + below(chance, strength)
        back = below(chance, size)
        node = point
        while back > 0 and tours.before[node] < field.points:
            node = tours.before[node]
            back -= 1
        while size > 0 and node < field.points:
            following = tours.after[node]
            _take_out(field, tours, node)
            node = following
            size -= 1
        done += 1
        if done >= routes:
            return


@compiled_part
def _exchange(field: Field, tours: Tours, memory: Memory) -> bool:
    """Swap one visited point for a free one of more score, or of the same and a shorter way."""
    for x in range(field.points):
        r = tours.route[x]
        if r < 0:
            continue
        a, b = tours.before[x], tours.after[x]
        saved = field.way[a, x] + field.way[x, b] - field.way[a, b]
        room = field.limit + SLACK - tours.length[r] + saved
        for y in range(field.points):
            if tours.route[y] != FREE or field.score[y] < field.score[x]:
                continue
            direct = field.way[a, y] + field.way[y, b] - field.way[a, b]
            cost, place = direct, int(a)
            elsewhere = int(memory.place[y, r])
            if memory.cost[y, r] < direct and elsewhere != place and elsewhere != x:
                cost, place = memory.cost[y, r], elsewhere
            if cost > room:
                continue
            if field.score[y] > field.score[x] or cost < saved - 1e-9:
                _take_out(field, tours, x)
                _put_in(field, tours, y, place)
                memory.touched[r] = 1
                return True
    return False


@compiled_part
def _polish(field: Field, tours: Tours, memory: Memory, power: float, noise: float) -> None:
    """Shorten what changed and use the room, until neither brings anything."""
    exchanged = False
    for _ in range(20):
        shorter = exchanged
        for r in range(field.routes):
            if memory.touched[r]:
                memory.touched[r] = 0
                if _shorten(field, tours, memory, r):
                    shorter = True
        score = tours.total[0]
        if shorter:
            _fill(field, tours, memory, power, noise)
        exchanged = _exchange(field, tours, memory)
        if tours.total[0] == score and not exchanged:
            return


@compiled
def orienteer(
    field: Field,
    tours: tuple[Tours, Tours, Tours],
    memory: Memory,
    heat: tuple[float, float],
    steps: int,
    strength: int,
) -> None:
    """Do ``steps`` iterations while the temperature goes from ``heat[0]`` to ``heat[1]``.

    ``tours`` are the ones worked on, the current ones and the best.
    """
    work, current, best = tours
    chance = memory.chance
    for step in range(steps):
        temperature = heat[0] * (heat[1] / heat[0]) ** (step / steps)
        _ruin(field, work, memory, strength)
        power = 0.3 + 1.2 * uniform(chance)
        noise = 1.5 * uniform(chance)
        _fill(field, work, memory, power, noise)
        _polish(field, work, memory, power, noise)
        memory.steps[0] += 1
        change = work.total[0] - current.total[0]
        change -= LENGTH_PRICE * (work.total[1] - current.total[1])
        if change >= 0.0 or uniform(chance) < np.exp(change / temperature):
            _copy(work, current)
            if current.total[0] > best.total[0] + 1e-9 or (
                current.total[0] > best.total[0] - 1e-9 and current.total[1] < best.total[1] - 1e-9
            ):
                _copy(current, best)
        else:
            _copy(current, work)


@compiled
def restart(tours: tuple[Tours, Tours, Tours]) -> None:
    """Go on from the best."""
    _copy(tours[2], tours[1])
    _copy(tours[2], tours[0])
