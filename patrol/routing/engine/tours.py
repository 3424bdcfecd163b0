"""Compiled routes of team orienteering: points go in and out, and ways are shortened.

One mode, one visit per point, a length limit per route. Routes are rows of an array together with
the lengths of their legs, so that the cheapest place of a point is found in one pass over a row.
"""

from typing import NamedTuple

import numpy as np

from patrol.routing.compiled import compiled_inline, compiled_part
from patrol.routing.problem import Floats, Ints

FREE = -1
"""Route of a point that no route visits."""
CLOSED = -2
"""Route of a point that no route can reach within the limit."""
FAR = 1e30
SLACK = 1e-9
"""Tolerance of the length limit; checkers commonly allow 1e-6."""
SHORTER = -1e-9
"""Change of length that counts as one: less is rounding."""
LONGEST_STRING = 3
"""Most points that are moved along a route in one piece."""


class Field(NamedTuple):
    """An instance: n points, then the start and the end of all m routes.

    ``way`` has shape (n + 2, n + 2) and is symmetric; ``near`` has the points by distance, each
    itself first, shape (n, n). ``spacing`` is the mean distance to the closest other point,
    ``mean`` the mean score of a point, ``price`` the score that a unit of length is worth.
    """

    way: Floats
    score: Floats
    near: Ints
    points: int
    routes: int
    limit: float
    spacing: float
    mean: float
    price: float


class Tours(NamedTuple):
    """Routes: ``stop`` holds start, points, end by route, ``leg`` the lengths between them.

    ``size`` counts the points of each route, ``route`` says where each point is; ``total`` holds
    score and length.
    """

    stop: Ints
    leg: Floats
    size: Ints
    route: Ints
    length: Floats
    total: Floats


def make_tours(field: Field) -> Tours:
    """Empty routes; points that cannot be reached within the limit are closed."""
    n, m = field.points, field.routes
    direct = float(field.way[n, n + 1])
    stop, leg = np.zeros((m, n + 2), np.int32), np.zeros((m, n + 2))
    stop[:, 0], stop[:, 1], leg[:, 0] = n, n + 1, direct
    route = np.full(n, FREE, np.int32)
    route[field.way[n, :n] + field.way[:n, n + 1] > field.limit + SLACK] = CLOSED
    total = np.array([0.0, m * direct])
    return Tours(stop, leg, np.zeros(m, np.int32), route, np.full(m, direct), total)


@compiled_part
def copy_tours(source: Tours, target: Tours, touched: Ints, everything: bool) -> None:
    """Bring the touched routes, or all, of one plan over to another."""
    for r in range(source.size.size):
        if touched[r] or everything:
            for k in range(source.size[r] + 2):
                target.stop[r, k] = source.stop[r, k]
                target.leg[r, k] = source.leg[r, k]
            target.size[r] = source.size[r]
            target.length[r] = source.length[r]
    for point in range(source.route.size):
        target.route[point] = source.route[point]
    target.total[0] = source.total[0]
    target.total[1] = source.total[1]


@compiled_part
def measure_tours(tours: Tours) -> None:
    """Sum the lengths anew, so that rounding cannot pile up."""
    tours.total[1] = 0.0
    for r in range(tours.size.size):
        length = 0.0
        for k in range(tours.size[r] + 1):
            length += tours.leg[r, k]
        tours.length[r] = length
        tours.total[1] += length


@compiled_inline
def cheapest_place(field: Field, tours: Tours, point: int, r: int) -> tuple[float, int]:
    """Added length and index to put a point behind in a route."""
    # One assignment each: as a tuple of arrays this takes twice the time in numba.
    way = field.way[point]
    stop = tours.stop[r]
    leg = tours.leg[r]
    best, place = FAR, -1
    there = way[stop[0]]
    for k in range(tours.size[r] + 1):
        onward = way[stop[k + 1]]
        cost = there + onward - leg[k]
        if cost < best:
            best, place = cost, k
        there = onward
    return best, place


@compiled_inline
def put_in(field: Field, tours: Tours, point: int, r: int, behind: int) -> None:
    """Put a free point into a route behind an index."""
    stop, leg = tours.stop[r], tours.leg[r]
    n = tours.size[r]
    for k in range(n + 1, behind, -1):
        stop[k + 1] = stop[k]
        leg[k + 1] = leg[k]
    there, onward = field.way[stop[behind], point], field.way[point, stop[behind + 2]]
    added = there + onward - leg[behind]
    stop[behind + 1] = point
    leg[behind], leg[behind + 1] = there, onward
    tours.size[r] = n + 1
    tours.route[point] = r
    tours.length[r] += added
    tours.total[1] += added
    tours.total[0] += field.score[point]


@compiled_part
def take_out(field: Field, tours: Tours, fresh: Ints, r: int, first: int, last: int) -> None:
    """Take the points at ``first..last`` out of a route and mark them as fresh."""
    stop, leg = tours.stop[r], tours.leg[r]
    n = tours.size[r]
    gone = 0.0
    for k in range(first - 1, last + 1):
        gone += leg[k]
    for k in range(first, last + 1):
        tours.route[stop[k]] = FREE
        fresh[stop[k]] = 1
        tours.total[0] -= field.score[stop[k]]
    count = last - first + 1
    for k in range(last + 1, n + 2):
        stop[k - count] = stop[k]
        leg[k - count] = leg[k]
    leg[first - 1] = field.way[stop[first - 1], stop[first]]
    tours.size[r] = n - count
    tours.length[r] += leg[first - 1] - gone
    tours.total[1] += leg[first - 1] - gone


@compiled_part
def find_stop(tours: Tours, point: int) -> int:
    """Index of a visited point in its route."""
    stop = tours.stop[tours.route[point]]
    k = 1
    while stop[k] != point:
        k += 1
    return k


@compiled_part
def shorten(field: Field, tours: Tours, r: int, held: Ints) -> bool:
    """2-opt and or-opt on one route until neither helps; says whether it got shorter."""
    stop, way, count = tours.stop[r], field.way, int(tours.size[r])
    if count < 2:
        return False
    shorter, improved = False, True
    while improved:
        improved = _uncross(way, stop, count) or _move_string(way, stop, count, held)
        shorter = shorter or improved
    if shorter:
        length = 0.0
        for k in range(count + 1):
            tours.leg[r, k] = way[stop[k], stop[k + 1]]
            length += tours.leg[r, k]
        tours.total[1] += length - tours.length[r]
        tours.length[r] = length
    return shorter


@compiled_part
def _uncross(way: Floats, stop: Ints, count: int) -> bool:
    """Turn round what lies between two legs, wherever that is shorter (2-opt)."""
    improved = False
    for i in range(count):
        a, b = stop[i], stop[i + 1]
        ab = way[a, b]
        for j in range(i + 2, count + 1):
            c, d = stop[j], stop[j + 1]
            if way[a, c] + way[b, d] - ab - way[c, d] < SHORTER:
                low, high = i + 1, j
                while low < high:
                    stop[low], stop[high] = stop[high], stop[low]
                    low += 1
                    high -= 1
                improved = True
                b = stop[i + 1]
                ab = way[a, b]
    return improved


@compiled_part
def _move_string(way: Floats, stop: Ints, count: int, held: Ints) -> bool:
    """Move the first string of 1-3 points that fits better elsewhere, turned or not (or-opt)."""
    for size in range(1, LONGEST_STRING + 1):
        for i in range(1, count - size + 2):
            first, last = stop[i], stop[i + size - 1]
            from_first, from_last = way[first], way[last]
            saved = from_first[stop[i - 1]] + from_last[stop[i + size]]
            saved -= way[stop[i - 1], stop[i + size]]
            if saved <= -SHORTER:
                continue
            for j in range(count + 1):
                if j >= i - 1 and j <= i + size - 1:
                    continue
                plain, turned = from_first[stop[j]], from_last[stop[j]]
                if min(plain, turned) >= saved:
                    continue
                leg = way[stop[j], stop[j + 1]]
                plain += from_last[stop[j + 1]] - leg
                turned += from_first[stop[j + 1]] - leg
                if min(plain, turned) - saved < SHORTER:
                    _move(stop, (i, size, j), turned < plain, held)
                    return True
    return False


@compiled_part
def _move(stop: Ints, string: tuple[int, int, int], turn: bool, held: Ints) -> None:
    """Move ``size`` stops from index ``i`` on behind index ``j``, turned round or not."""
    i, size, j = string
    for k in range(size):
        held[k] = stop[i + size - 1 - k] if turn else stop[i + k]
    if j < i:
        for k in range(i - 1, j, -1):
            stop[k + size] = stop[k]
        start = j + 1
    else:
        for k in range(i + size, j + 1):
            stop[k - size] = stop[k]
        start = j - size + 1
    for k in range(size):
        stop[start + k] = held[k]
