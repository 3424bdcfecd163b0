"""The graph that is searched: arcs with one exact cost each, and plain Dijkstra on it.

Costs are integers that hold a time and a length at once: ``milliseconds << 24 | decimeters``. Sums
and comparisons are exact, the least sum is the quickest way and, among equally quick ones, the
shortest. Lengths up to 1,677 km fit; times up to 149 h stay exact even as 64-bit floats, so that
SciPy can be compared bit by bit.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.routing.compiled import compiled, compiled_part
from patrol.routing.heap import heap_add, heap_take

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]

LENGTH_BITS = 24
FAR = 2**61
"""Cost of what cannot be reached; far above any sum, and two of them do not overflow.

numba keeps compiled functions by the file they stand in: after changing a constant that other
files use, their caches in ``__pycache__`` must go.
"""


def pack_costs(seconds: Floats, meters: Floats) -> Longs:
    """Costs of arcs; at least a millisecond each, so that no way is free."""
    ms = np.maximum(np.rint(seconds * 1_000), 1).astype(np.int64)
    return (ms << LENGTH_BITS) + np.rint(meters * 10).astype(np.int64)


def pack_delays(seconds: Floats) -> Longs:
    """Costs of time lost on the spot."""
    return np.rint(seconds * 1_000).astype(np.int64) << LENGTH_BITS


def unpack_costs(costs: Longs) -> tuple[Floats, Floats]:
    """Seconds and meters of sums of costs; ``inf`` where :data:`FAR`."""
    seconds = (costs >> LENGTH_BITS) / 1_000
    meters = (costs & ((1 << LENGTH_BITS) - 1)) / 10
    far = costs >= FAR
    return np.where(far, np.inf, seconds), np.where(far, np.inf, meters)


@dataclass(frozen=True, slots=True, eq=False)
class SearchGraph:
    """Arcs in rows by tail: node v's arcs are ``ptr[v]:ptr[v + 1]``; n nodes, a arcs."""

    ptr: Longs
    head: Ints
    cost: Longs
    origin: Ints
    """Which of the arcs given each one is, shape (a,)."""

    @property
    def node_count(self) -> int:
        """Number of nodes."""
        return len(self.ptr) - 1

    @classmethod
    def from_arcs(
        cls, node_count: int, tail: Ints | Longs, head: Ints | Longs, cost: Longs
    ) -> "SearchGraph":
        """Sort arcs into rows; of several from one node to another the cheapest is kept."""
        order = np.lexsort((cost, head, tail))
        tail, head, cost = tail[order], head[order], cost[order]
        first = np.ones(len(tail), dtype=bool)
        first[1:] = (np.diff(tail) != 0) | (np.diff(head) != 0)
        first &= tail != head
        ptr = np.concatenate(([0], np.cumsum(np.bincount(tail[first], minlength=node_count))))
        return cls(
            ptr.astype(np.int64),
            head[first].astype(np.int32),
            cost[first],
            order[first].astype(np.int32),
        )

    def reversed(self) -> "SearchGraph":
        """The graph with every arc turned round."""
        tail = np.repeat(np.arange(self.node_count, dtype=np.int32), np.diff(self.ptr))
        return SearchGraph.from_arcs(self.node_count, self.head, tail, self.cost)


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """Where searches begin or end: place i has nodes ``ptr[i]:ptr[i + 1]``, each with a cost."""

    ptr: Longs
    node: Ints
    cost: Longs

    def __len__(self) -> int:
        return len(self.ptr) - 1


@compiled_part
def grown_costs(array: Longs, need: int) -> Longs:
    """The array, or a copy with room for ``need`` values and as many again."""
    if need <= len(array):
        return array
    longer = np.empty(2 * need, dtype=np.int64)
    longer[: len(array)] = array
    return longer


@compiled_part
def grown_ints(array: Ints, need: int) -> Ints:
    """As :func:`grown_costs` for 32-bit integers."""
    if need <= len(array):
        return array
    longer = np.empty(2 * need, dtype=np.int32)
    longer[: len(array)] = array
    return longer


@compiled
def dijkstra_rows(
    graph: tuple[Longs, Ints, Longs],
    sources: tuple[Longs, Ints, Longs],
    targets: tuple[Longs, Ints, Longs],
) -> Longs:
    """Least costs from every source to every target, one full search a source.

    Each argument is (ptr, node or head, cost). A search ends when all nodes of all targets are
    settled. Returns costs of shape (sources, targets), ``FAR`` where there is no way.
    """
    ptr, head, cost = graph
    source_ptr, source_node, source_cost = sources
    target_ptr, target_node, target_cost = targets
    n = len(ptr) - 1
    wanted = np.zeros(n, dtype=np.uint8)
    for k in range(len(target_node)):
        wanted[target_node[k]] = 1
    wanted_count = wanted.astype(np.int64).sum()
    key = np.full(n, FAR, dtype=np.int64)
    place = np.full(n, -1, dtype=np.int32)
    heap = np.empty(n, dtype=np.int32)
    result = np.full((len(source_ptr) - 1, len(target_ptr) - 1), FAR, dtype=np.int64)
    for row in range(len(source_ptr) - 1):
        key[:] = FAR
        place[:] = -1
        size = 0
        for k in range(source_ptr[row], source_ptr[row + 1]):
            if source_cost[k] < key[source_node[k]]:
                key[source_node[k]] = source_cost[k]
                size = heap_add(heap, place, key, size, source_node[k])
        missing = wanted_count
        while size > 0 and missing > 0:
            node, size = heap_take(heap, place, key, size)
            missing -= wanted[node]
            for e in range(ptr[node], ptr[node + 1]):
                other = key[node] + cost[e]
                if other < key[head[e]]:
                    key[head[e]] = other
                    size = heap_add(heap, place, key, size, head[e])
        for column in range(len(target_ptr) - 1):
            for k in range(target_ptr[column], target_ptr[column + 1]):
                total = key[target_node[k]] + target_cost[k]
                if total < result[row, column]:
                    result[row, column] = total
    return result


@compiled
def dijkstra_path(
    graph: tuple[Longs, Ints, Longs],
    sources: tuple[Longs, Ints, Longs],
    targets: tuple[Longs, Ints, Longs],
) -> tuple[Ints, int]:
    """Nodes of the cheapest way from the first source to the first target, and its cost.

    Both are (ptr, node, cost) with one place each. No way: no nodes and ``FAR``.
    """
    ptr, head, cost = graph
    n = len(ptr) - 1
    key = np.full(n, FAR, dtype=np.int64)
    place = np.full(n, -1, dtype=np.int32)
    heap = np.empty(n, dtype=np.int32)
    parent = np.full(n, -1, dtype=np.int32)
    rest = np.full(n, FAR, dtype=np.int64)
    for k in range(len(targets[1])):
        rest[targets[1][k]] = min(rest[targets[1][k]], targets[2][k])
    size = 0
    for k in range(len(sources[1])):
        if sources[2][k] < key[sources[1][k]]:
            key[sources[1][k]] = sources[2][k]
            size = heap_add(heap, place, key, size, sources[1][k])
    best, best_node = FAR, -1
    while size > 0 and key[heap[0]] < best:
        node, size = heap_take(heap, place, key, size)
        if key[node] + rest[node] < best:
            best, best_node = key[node] + rest[node], node
        for e in range(ptr[node], ptr[node + 1]):
            other = key[node] + cost[e]
            if other < key[head[e]]:
                key[head[e]] = other
                parent[head[e]] = node
                size = heap_add(heap, place, key, size, head[e])
    count = 0
    node = best_node
    while node >= 0:
        count += 1
        node = parent[node]
    nodes = np.empty(count, dtype=np.int32)
    node = best_node
    while node >= 0:
        count -= 1
        nodes[count] = node
        node = parent[node]
    return nodes, best


@compiled
def arcs_between(ptr: Longs, head: Ints, nodes: Ints) -> Longs:
    """The arc from each node of a way to the next; the graph has at most one a pair."""
    arcs = np.full(max(len(nodes) - 1, 0), -1, dtype=np.int64)
    for k in range(len(arcs)):
        for e in range(ptr[nodes[k]], ptr[nodes[k] + 1]):
            if head[e] == nodes[k + 1]:
                arcs[k] = e
                break
    return arcs
