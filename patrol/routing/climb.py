"""Searches that climb a contraction hierarchy: many-to-many by buckets, and one path unpacked."""

import numpy as np

from patrol.routing.compiled import compiled, compiled_part
from patrol.routing.heap import heap_add, heap_take
from patrol.routing.search import FAR, Ints, Longs, grown_costs, grown_ints

Rows = tuple[Longs, Ints, Longs]
"""Arcs by owner: (ptr, node, cost)."""
Scratch = tuple[Longs, Ints, Ints, Ints, Longs]
"""Costs, heap, places in it, and what a search settled: nodes and costs."""


@compiled_part
def _scratch(n: int) -> Scratch:
    return (
        np.full(n, FAR, dtype=np.int64),
        np.empty(n, dtype=np.int32),
        np.full(n, -1, dtype=np.int32),
        np.empty(n, dtype=np.int32),
        np.empty(n, dtype=np.int64),
    )


@compiled_part
def _climb(rows: Rows, against: Rows, start_node: Ints, start_cost: Longs, scratch: Scratch) -> int:
    """Climb from the start nodes; returns how many useful nodes were settled.

    A node that is reached cheaper from above (``against``) cannot lie on a cheapest way here: its
    search stalls. Leaves ``scratch`` clean but for the list of what was settled.
    """
    ptr, head, cost = rows
    back_ptr, back_head, back_cost = against
    key, heap, place, settled, settled_cost = scratch
    # Nodes touched are settled or stalled; the back of the list holds the stalled ones.
    useful, stalled = 0, len(settled)
    size = 0
    for k in range(len(start_node)):
        if start_cost[k] < key[start_node[k]]:
            key[start_node[k]] = start_cost[k]
            size = heap_add(heap, place, key, size, start_node[k])
    while size > 0:
        node, size = heap_take(heap, place, key, size)
        here = key[node]
        stall = False
        for e in range(back_ptr[node], back_ptr[node + 1]):
            if key[back_head[e]] + back_cost[e] < here:
                stall = True
                break
        if stall:
            stalled -= 1
            settled[stalled] = node
            continue
        settled[useful] = node
        settled_cost[useful] = here
        useful += 1
        for e in range(ptr[node], ptr[node + 1]):
            total = here + cost[e]
            if total < key[head[e]]:
                key[head[e]] = total
                size = heap_add(heap, place, key, size, head[e])
    for k in range(useful):
        key[settled[k]] = FAR
    for k in range(stalled, len(settled)):
        key[settled[k]] = FAR
    return useful


@compiled
def many_to_many(up: Rows, down: Rows, sources: Rows, targets: Rows) -> Longs:
    """Least costs between all places; places are (ptr, node, cost) rows of start labels."""
    n = len(up[0]) - 1
    source_ptr, source_node, source_cost = sources
    target_ptr, target_node, target_cost = targets
    scratch = _scratch(n)
    settled, settled_cost = scratch[3], scratch[4]
    bucket_node = np.empty(1_024, dtype=np.int32)
    bucket_target = np.empty(1_024, dtype=np.int32)
    bucket_cost = np.empty(1_024, dtype=np.int64)
    count = 0
    for target in range(len(target_ptr) - 1):
        part = slice(target_ptr[target], target_ptr[target + 1])
        useful = _climb(down, up, target_node[part], target_cost[part], scratch)
        bucket_node = grown_ints(bucket_node, count + useful)
        bucket_target = grown_ints(bucket_target, count + useful)
        bucket_cost = grown_costs(bucket_cost, count + useful)
        for k in range(useful):
            bucket_node[count] = settled[k]
            bucket_target[count] = target
            bucket_cost[count] = settled_cost[k]
            count += 1
    ptr = np.zeros(n + 1, dtype=np.int64)
    for k in range(count):
        ptr[bucket_node[k] + 1] += 1
    for node in range(n):
        ptr[node + 1] += ptr[node]
    fill = ptr[:-1].copy()
    at_target = np.empty(count, dtype=np.int32)
    at_cost = np.empty(count, dtype=np.int64)
    for k in range(count):
        at = fill[bucket_node[k]]
        fill[bucket_node[k]] += 1
        at_target[at] = bucket_target[k]
        at_cost[at] = bucket_cost[k]
    result = np.full((len(source_ptr) - 1, len(target_ptr) - 1), FAR, dtype=np.int64)
    for source in range(len(source_ptr) - 1):
        part = slice(source_ptr[source], source_ptr[source + 1])
        useful = _climb(up, down, source_node[part], source_cost[part], scratch)
        row = result[source]
        for k in range(useful):
            here = settled_cost[k]
            for at in range(ptr[settled[k]], ptr[settled[k] + 1]):
                total = here + at_cost[at]
                if total < row[at_target[at]]:
                    row[at_target[at]] = total
    return result


@compiled_part
def _climb_all(rows: Rows, start_node: Ints, start_cost: Longs) -> tuple[Longs, Ints]:
    """Costs and parents of everything above the start nodes (-1: a start, -2: not reached)."""
    ptr, head, cost = rows
    n = len(ptr) - 1
    key, heap, place, _, _ = _scratch(n)
    parent = np.full(n, -2, dtype=np.int32)
    size = 0
    for k in range(len(start_node)):
        if start_cost[k] < key[start_node[k]]:
            key[start_node[k]] = start_cost[k]
            parent[start_node[k]] = -1
            size = heap_add(heap, place, key, size, start_node[k])
    while size > 0:
        node, size = heap_take(heap, place, key, size)
        for e in range(ptr[node], ptr[node + 1]):
            total = key[node] + cost[e]
            if total < key[head[e]]:
                key[head[e]] = total
                parent[head[e]] = node
                size = heap_add(heap, place, key, size, head[e])
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
    ahead, ahead_parent = _climb_all(up, source[0], source[1])
    back, back_parent = _climb_all(down, target[0], target[1])
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
