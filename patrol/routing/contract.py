"""Taking the nodes of a graph out one by one in a given order, and what it then costs; compiled.

The preparing half of :mod:`patrol.routing.hierarchy`. When a node is taken out, all its remaining
neighbors are joined with each other; so the arcs depend on the order alone, no search has to show
that one is needed, and costs are filled in afterwards by looking at triangles: first from the node
taken out first to the last, then back, where arcs that are no cheapest way turn out and are left.

Nodes are numbered by importance, 0 = taken out last. A *row* of a node holds its more important
neighbors in rising order.
"""

from typing import NamedTuple

import numpy as np

from patrol.routing.compiled import compiled, compiled_part
from patrol.routing.search import FAR, Ints, Longs, grown_ints

Row = tuple[Longs, Ints, Longs, Ints]
"""Arcs that were kept, by the less important of their nodes: (ptr, node, cost, mid)."""


class _Costs(NamedTuple):
    """Cost of each arc in both directions, and the node it bypasses (-1: an arc of the graph)."""

    up: Longs
    down: Longs
    up_mid: Ints
    down_mid: Ints


class _Below(NamedTuple):
    """Less important neighbors of each node in rising order, and the arc that leads there."""

    ptr: Longs
    node: Ints
    arc: Ints


@compiled
def eliminate(ptr: Longs, node: Ints) -> tuple[Longs, Ints]:
    """Join neighbors while nodes are taken out, the last first.

    Parameters
    ----------
    ptr, node
        Neighbors of each node, whichever way an arc leads, ``ptr[v]:ptr[v + 1]``.

    Returns
    -------
    ptr, node
        Rows: the more important neighbors a node has when it is taken out.
    """
    n = len(ptr) - 1
    stop = np.zeros(n + 1, dtype=np.int64)
    above = np.empty(len(node) + 16, dtype=np.int32)
    seen = np.full(n, -1, dtype=np.int32)
    # Who was taken out before hands its neighbors to the least important of them: lists by number.
    heir_of, next_of = np.full(n, -1, dtype=np.int32), np.full(n, -1, dtype=np.int32)
    for v in range(n - 1, -1, -1):
        count = stop[v + 1]
        seen[v] = v
        above = grown_ints(above, count + ptr[v + 1] - ptr[v])
        for e in range(ptr[v], ptr[v + 1]):
            if node[e] < v and seen[node[e]] != v:
                seen[node[e]] = v
                above[count] = node[e]
                count += 1
        gone = heir_of[v]
        while gone >= 0:
            above = grown_ints(above, count + stop[gone] - stop[gone + 1])
            for e in range(stop[gone + 1], stop[gone]):
                if seen[above[e]] != v:
                    seen[above[e]] = v
                    above[count] = above[e]
                    count += 1
            gone = next_of[gone]
        stop[v] = count
        heir = -1
        for e in range(stop[v + 1], count):
            heir = max(heir, above[e])
        if heir >= 0:
            next_of[v], heir_of[heir] = heir_of[heir], v
    return _sorted_rows(n, stop, above)


@compiled_part
def _sorted_rows(n: int, stop: Longs, above: Ints) -> tuple[Longs, Ints]:
    """Rows in order of nodes, each in rising order: turned round twice, which sorts them."""
    ptr = np.zeros(n + 1, dtype=np.int64)
    below_ptr = np.zeros(n + 1, dtype=np.int64)
    for v in range(n):
        ptr[v + 1] = ptr[v] + stop[v] - stop[v + 1]
        for e in range(stop[v + 1], stop[v]):
            below_ptr[above[e] + 1] += 1
    for v in range(n):
        below_ptr[v + 1] += below_ptr[v]
    below = np.empty(stop[0], dtype=np.int32)
    fill = below_ptr[:-1].copy()
    for v in range(n):
        for e in range(stop[v + 1], stop[v]):
            below[fill[above[e]]] = v
            fill[above[e]] += 1
    node = np.empty(stop[0], dtype=np.int32)
    fill = ptr[:-1].copy()
    for v in range(n):
        for e in range(below_ptr[v], below_ptr[v + 1]):
            node[fill[below[e]]] = v
            fill[below[e]] += 1
    return ptr, node


@compiled
def customize(
    graph: tuple[Longs, Ints, Longs], position: Ints, ptr: Longs, node: Ints
) -> tuple[Row, Row]:
    """Find what every arc costs, and keep those that are a cheapest way between their ends.

    Parameters
    ----------
    graph
        Arcs of the graph by tail, as it numbers its nodes: (ptr, head, cost).
    position
        Importance of each of its nodes.
    ptr, node
        Rows as of :func:`eliminate`.

    Returns
    -------
    up, down
        Arcs from a node to more important ones, and into a node from more important ones.
    """
    costs = _given(graph, position, ptr, node)
    _go_up(ptr, node, _below(ptr, node), costs)
    up, down = costs.up.copy(), costs.down.copy()
    _go_down(ptr, node, up, down)
    return (
        _kept(ptr, node, costs.up, up, costs.up_mid),
        _kept(ptr, node, costs.down, down, costs.down_mid),
    )


@compiled_part
def _given(graph: tuple[Longs, Ints, Longs], position: Ints, ptr: Longs, node: Ints) -> _Costs:
    """Costs of the graph's own arcs, ``FAR`` for all others."""
    arc_ptr, arc_head, arc_cost = graph
    costs = _Costs(
        np.full(len(node), FAR, dtype=np.int64),
        np.full(len(node), FAR, dtype=np.int64),
        np.full(len(node), -1, dtype=np.int32),
        np.full(len(node), -1, dtype=np.int32),
    )
    for tail in range(len(arc_ptr) - 1):
        here = position[tail]
        for e in range(arc_ptr[tail], arc_ptr[tail + 1]):
            there = position[arc_head[e]]
            low, high = ptr[max(here, there)], ptr[max(here, there) + 1]
            while low < high:
                middle = (low + high) // 2
                if node[middle] < min(here, there):
                    low = middle + 1
                else:
                    high = middle
            if there < here:
                costs.up[low] = min(costs.up[low], arc_cost[e])
            else:
                costs.down[low] = min(costs.down[low], arc_cost[e])
    return costs


@compiled_part
def _below(ptr: Longs, node: Ints) -> _Below:
    n = len(ptr) - 1
    below_ptr = np.zeros(n + 1, dtype=np.int64)
    for e in range(len(node)):
        below_ptr[node[e] + 1] += 1
    for v in range(n):
        below_ptr[v + 1] += below_ptr[v]
    below = _Below(
        below_ptr, np.empty(len(node), dtype=np.int32), np.empty(len(node), dtype=np.int32)
    )
    fill = below_ptr[:-1].copy()
    for v in range(n):
        for e in range(ptr[v], ptr[v + 1]):
            below.node[fill[node[e]]] = v
            below.arc[fill[node[e]]] = e
            fill[node[e]] += 1
    return below


@compiled_part
def _go_up(ptr: Longs, node: Ints, below: _Below, costs: _Costs) -> None:
    """Lower arcs to what a way through less important nodes costs, the least important first."""
    up, down, up_mid, down_mid = costs
    arc_to = np.zeros(len(ptr) - 1, dtype=np.int64)
    for v in range(len(ptr) - 2, -1, -1):
        for e in range(ptr[v], ptr[v + 1]):
            arc_to[node[e]] = e
        for k in range(below.ptr[v], below.ptr[v + 1]):
            mid, own = below.node[k], below.arc[k]
            from_v, to_v = down[own], up[own]
            # What is more important than v in the row of a node below is in v's row as well.
            for e in range(ptr[mid], own):
                arc = arc_to[node[e]]
                if from_v + up[e] < up[arc]:
                    up[arc], up_mid[arc] = from_v + up[e], mid
                if down[e] + to_v < down[arc]:
                    down[arc], down_mid[arc] = down[e] + to_v, mid


@compiled_part
def _go_down(ptr: Longs, node: Ints, up: Longs, down: Longs) -> None:
    """Lower arcs to what the cheapest way of all costs, the most important first."""
    arc_to = np.full(len(ptr) - 1, -1, dtype=np.int64)
    for v in range(len(ptr) - 1):
        for e in range(ptr[v], ptr[v + 1]):
            arc_to[node[e]] = e
        for e in range(ptr[v], ptr[v + 1]):
            for f in range(ptr[node[e]], ptr[node[e] + 1]):
                other = arc_to[node[f]]
                if other >= 0:
                    # v, node[e] and the more important node[f] are joined with each other.
                    up[other] = min(up[other], up[e] + up[f])
                    down[other] = min(down[other], down[f] + down[e])
                    up[e] = min(up[e], up[other] + down[f])
                    down[e] = min(down[e], up[f] + down[other])
        for e in range(ptr[v], ptr[v + 1]):
            arc_to[node[e]] = -1


@compiled_part
def _kept(ptr: Longs, node: Ints, cost: Longs, least: Longs, mid: Ints) -> Row:
    """Arcs that cost no more than any other way.

    Equals stay: what a kept arc bypasses is then kept as well, and ways can be unpacked.
    """
    new_ptr = np.zeros(len(ptr), dtype=np.int64)
    count = 0
    for v in range(len(ptr) - 1):
        for e in range(ptr[v], ptr[v + 1]):
            count += cost[e] == least[e] and cost[e] < FAR
        new_ptr[v + 1] = count
    new_node, new_mid = np.empty(count, dtype=np.int32), np.empty(count, dtype=np.int32)
    new_cost = np.empty(count, dtype=np.int64)
    count = 0
    for e in range(len(node)):
        if cost[e] == least[e] and cost[e] < FAR:
            new_node[count], new_cost[count], new_mid[count] = node[e], cost[e], mid[e]
            count += 1
    return new_ptr, new_node, new_cost, new_mid
