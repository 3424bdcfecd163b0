"""One way through a hierarchy: a climb from each end, and shortcuts unpacked; compiled."""

import numpy as np

from patrol.routing.compiled import compiled, compiled_part
from patrol.routing.search import FAR, Ints, Longs, grown_ints

Rows = tuple[Longs, Ints, Longs]
"""Arcs by owner: (ptr, node, cost)."""


@compiled_part
def _climb(rows: Rows, start_node: Ints, start_cost: Longs) -> tuple[Longs, Ints]:
    """Costs and parents of everything above the start nodes (-1: a start, -2: not reached).

    Arcs lead to smaller numbers only, so the numbers are the order in which costs are final.
    """
    ptr, head, cost = rows
    n = len(ptr) - 1
    key = np.full(n, FAR, dtype=np.int64)
    parent = np.full(n, -2, dtype=np.int32)
    for k in range(len(start_node)):
        if start_cost[k] < key[start_node[k]]:
            key[start_node[k]] = start_cost[k]
            parent[start_node[k]] = -1
    for v in range(n - 1, -1, -1):
        if key[v] < FAR:
            for e in range(ptr[v], ptr[v + 1]):
                if key[v] + cost[e] < key[head[e]]:
                    key[head[e]] = key[v] + cost[e]
                    parent[head[e]] = v
    return key, parent


@compiled_part
def _mid_of(rows: Rows, mid: Ints, owner: int, other: int) -> int:
    """The bypassed node of the arc between a node and a more important one."""
    ptr, head, _ = rows
    found = -1
    for e in range(ptr[owner], ptr[owner + 1]):
        if head[e] == other:
            found = mid[e]
    return found


@compiled
def one_path(
    up: Rows,
    down: Rows,
    mids: tuple[Ints, Ints],
    source: tuple[Ints, Longs],
    target: tuple[Ints, Longs],
) -> tuple[Ints, int]:
    """Nodes on the cheapest way, all shortcuts unpacked, and its cost; none and FAR if no way."""
    ahead, ahead_parent = _climb(up, source[0], source[1])
    back, back_parent = _climb(down, target[0], target[1])
    total = ahead + back
    top = int(np.argmin(total))
    if total[top] >= FAR:
        return np.empty(0, dtype=np.int32), FAR
    # The climb from the source is found backwards, the descent to the target forwards.
    rough = np.empty(64, dtype=np.int32)
    count, node = 0, top
    while node >= 0:
        rough = grown_ints(rough, count + 1)
        rough[count] = node
        count += 1
        node = ahead_parent[node]
    rough[:count] = rough[:count][::-1].copy()
    node = back_parent[top]
    while node >= 0:
        rough = grown_ints(rough, count + 1)
        rough[count] = node
        count += 1
        node = back_parent[node]
    return _unpacked(up, down, mids, rough[:count]), total[top]


@compiled_part
def _unpacked(up: Rows, down: Rows, mids: tuple[Ints, Ints], rough: Ints) -> Ints:
    """Replace every shortcut of a way by what it stands for."""
    nodes = np.empty(256, dtype=np.int32)
    nodes[0] = rough[0]
    count = 1
    # Nodes still to be reached, the next one on top.
    ahead = rough[:0:-1].copy()
    size = len(ahead)
    while size > 0:
        here, goal = nodes[count - 1], ahead[size - 1]
        if goal < here:
            mid = _mid_of(up, mids[0], here, goal)
        else:
            mid = _mid_of(down, mids[1], goal, here)
        if mid >= 0:
            ahead = grown_ints(ahead, size + 1)
            ahead[size] = mid
            size += 1
            continue
        size -= 1
        nodes = grown_ints(nodes, count + 1)
        nodes[count] = goal
        count += 1
    return nodes[:count].copy()
