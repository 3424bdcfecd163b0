"""Compiled pool of good routes, and the best team of routes in it that share no point.

A search forgets good routes of plans it has left behind. Put together, they are often better than
any plan it came by: a set packing, solved here by branch and bound over routes sorted by score.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from patrol.routing.compiled import compiled, compiled_part
from patrol.routing.engine.tours import FREE, Field, Tours, measure_tours
from patrol.routing.problem import Floats, Ints

Words = NDArray[np.uint64]

POOL_ROUTES = 2_048
"""Routes kept; the oldest goes first."""
TABLE_SLOTS = 8_192
"""Slots to find a route by its key; a power of two, several times as many as routes."""
MOST_PROBES = 64
"""Slots looked at before a route counts as new."""


class Pool(NamedTuple):
    """Routes: points in order, their number, score, length, set as bits, and key.

    ``key`` is the exclusive or of the keys ``of_point``; ``table`` finds a route by it. ``kept``
    holds how many routes were ever kept.
    """

    stop: Ints
    size: Ints
    score: Floats
    length: Floats
    bits: Words
    key: Words
    table: Ints
    of_point: Words
    kept: Ints


def make_pool(points: int, seed: int) -> Pool:
    """An empty pool."""
    rng = np.random.default_rng(seed)
    words = (points + 63) // 64
    return Pool(
        stop=np.zeros((POOL_ROUTES, points), np.int32),
        size=np.zeros(POOL_ROUTES, np.int32),
        score=np.zeros(POOL_ROUTES),
        length=np.zeros(POOL_ROUTES),
        bits=np.zeros((POOL_ROUTES, words), np.uint64),
        key=np.zeros(POOL_ROUTES, np.uint64),
        table=np.full(TABLE_SLOTS, FREE, np.int32),
        of_point=rng.integers(1, 2**63, points, dtype=np.uint64),
        kept=np.zeros(1, np.int32),
    )


@compiled
def keep_routes(field: Field, tours: Tours, touched: Ints, pool: Pool) -> None:
    """Bring touched routes into the pool; of routes with the same points the shortest stays."""
    for r in range(field.routes):
        if not touched[r] or tours.size[r] == 0:
            continue
        key = np.uint64(0)
        for k in range(1, tours.size[r] + 1):
            key ^= pool.of_point[tours.stop[r, k]]
        slot = _find(pool, key)
        index = pool.table[slot] if slot >= 0 else FREE
        if index < 0:
            index = pool.kept[0] % POOL_ROUTES
            _store(field, tours, r, pool, index, key)
            # A route that was overwritten leaves its slot behind: it then holds another key.
            if slot >= 0:
                pool.table[slot] = index
            pool.kept[0] += 1
            if index == POOL_ROUTES - 1:
                _sort_in(pool)
        elif tours.length[r] < pool.length[index]:
            _store(field, tours, r, pool, index, key)


@compiled_part
def _find(pool: Pool, key: np.uint64) -> int:
    """The slot of a route, or the empty one where it would be; -1 where neither is near."""
    slot = np.int64(key & np.uint64(TABLE_SLOTS - 1))  # int() would stay unsigned here.
    for _ in range(MOST_PROBES):
        index = pool.table[slot]
        if index < 0 or pool.key[index] == key:
            return int(slot)
        slot = (slot + 1) & (TABLE_SLOTS - 1)
    return -1


@compiled_part
def _store(field: Field, tours: Tours, r: int, pool: Pool, index: int, key: np.uint64) -> None:
    score = 0.0
    for word in range(pool.bits.shape[1]):
        pool.bits[index, word] = np.uint64(0)
    for k in range(tours.size[r]):
        point = tours.stop[r, k + 1]
        score += field.score[point]
        pool.stop[index, k] = point
        pool.bits[index, point >> 6] |= np.uint64(1) << np.uint64(point & 63)
    pool.size[index] = tours.size[r]
    pool.score[index] = score
    pool.length[index] = tours.length[r]
    pool.key[index] = key


@compiled_part
def _sort_in(pool: Pool) -> None:
    """Fill the table anew, without what was overwritten."""
    for slot in range(TABLE_SLOTS):
        pool.table[slot] = FREE
    for index in range(POOL_ROUTES):
        slot = _find(pool, pool.key[index])
        if slot >= 0:
            pool.table[slot] = index


@compiled_part
def best_team(field: Field, pool: Pool, goal: float, most_nodes: int) -> Ints:
    """Routes of the pool without a common point that score more than ``goal``; -1 fills up.

    Depth first over routes by falling score; a branch ends where as many of the next route as are
    still missing would not pass the best. ``most_nodes`` ends it early.
    """
    count = min(pool.kept[0], POOL_ROUTES)
    order = np.argsort(-pool.score[:count])
    m, words = field.routes, pool.bits.shape[1]
    at, pick = np.zeros(m + 1, np.int64), np.full(m, FREE, np.int32)
    used, got = np.zeros((m + 1, words), np.uint64), np.zeros(m + 1)
    depth, nodes = 0, 0
    while depth >= 0:
        i = at[depth]
        if (
            i >= count
            or nodes >= most_nodes
            or got[depth] + (m - depth) * pool.score[order[i]] <= goal + 1e-9
        ):
            depth -= 1
            if depth >= 0:
                at[depth] += 1
            continue
        nodes += 1
        row = pool.bits[order[i]]
        common = np.uint64(0)
        for word in range(words):
            common |= used[depth, word] & row[word]
        if common != np.uint64(0):
            at[depth] += 1
            continue
        got[depth + 1] = got[depth] + pool.score[order[i]]
        if got[depth + 1] > goal + 1e-9:
            goal = got[depth + 1]
            for d in range(m):
                pick[d] = order[at[d]] if d <= depth else FREE
        if depth + 1 == m:
            at[depth] += 1
            continue
        for word in range(words):
            used[depth + 1, word] = used[depth, word] | row[word]
        at[depth + 1] = i + 1
        depth += 1
    return pick


@compiled_part
def load_team(field: Field, pool: Pool, pick: Ints, tours: Tours) -> None:
    """Make a plan of routes of the pool."""
    for point in range(field.points):
        if tours.route[point] >= 0:
            tours.route[point] = FREE
    tours.total[0] = 0.0
    for r in range(field.routes):
        n = pool.size[pick[r]] if pick[r] >= 0 else 0
        for k in range(n):
            point = pool.stop[pick[r], k]
            tours.stop[r, k + 1] = point
            tours.route[point] = r
            tours.total[0] += field.score[point]
        tours.stop[r, n + 1] = field.points + 1
        tours.size[r] = n
        for k in range(n + 1):
            tours.leg[r, k] = field.way[tours.stop[r, k], tours.stop[r, k + 1]]
    measure_tours(tours)
