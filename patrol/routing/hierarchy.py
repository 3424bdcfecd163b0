"""Contraction hierarchy: prepare a graph once, then answer many-to-many in a blink.

After Geisberger, Sanders, Schultes and Delling (2008): nodes are taken out one by one, the least
important first; where the cheapest way between two neighbors led through the node, a shortcut
takes its place. A search then only ever climbs to more important nodes, a few hundred of them.
Many-to-many keeps, at each node, a bucket of what the targets' searches left there (Knopp et al.
2007).
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from patrol.routing.climb import many_to_many, one_path
from patrol.routing.compiled import compiled, compiled_part
from patrol.routing.heap import heap_add, heap_take
from patrol.routing.search import Ints, Labels, Longs, SearchGraph, grown_costs, grown_ints

SETTLE = 60
"""A witness search gives up after this many nodes; a shortcut too many costs time, not truth."""


@dataclass(frozen=True, slots=True, eq=False)
class Hierarchy:
    """n nodes numbered anew by importance (0 = most important), with arcs that climb only.

    ``up_*``: arcs from a node to more important ones. ``down_*``: arcs *into* a node from more
    important ones. ``*_mid`` is the node a shortcut bypasses, -1 for an arc of the graph itself.
    """

    position: Ints
    """Number here of each node of the graph, shape (n,)."""
    up_ptr: Longs
    up_node: Ints
    up_cost: Longs
    up_mid: Ints
    down_ptr: Longs
    down_node: Ints
    down_cost: Longs
    down_mid: Ints

    @property
    def shortcut_count(self) -> int:
        """Arcs that were added."""
        return int((self.up_mid >= 0).sum() + (self.down_mid >= 0).sum())

    def costs(self, sources: Labels, targets: Labels) -> Longs:
        """Least costs from every source to every target, shape (sources, targets)."""
        return many_to_many(
            (self.up_ptr, self.up_node, self.up_cost),
            (self.down_ptr, self.down_node, self.down_cost),
            (sources.ptr, self.position[sources.node], sources.cost),
            (targets.ptr, self.position[targets.node], targets.cost),
        )

    def path(self, sources: Labels, targets: Labels) -> tuple[Ints, int]:
        """Nodes of the graph on the cheapest way from the one source to the one target, its cost.

        No nodes and ``FAR`` where there is no way.
        """
        positions, cost = one_path(
            (self.up_ptr, self.up_node, self.up_cost),
            (self.down_ptr, self.down_node, self.down_cost),
            (self.up_mid, self.down_mid),
            (self.position[sources.node], sources.cost),
            (self.position[targets.node], targets.cost),
        )
        node_at = np.empty_like(self.position)
        node_at[self.position] = np.arange(len(self.position), dtype=np.int32)
        return node_at[positions], int(cost)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """All arrays by name, ready for one .npz file."""
        return {item.name: getattr(self, item.name) for item in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "Hierarchy":
        """Undo :meth:`to_arrays`; ``KeyError`` where one is missing."""
        return cls(**{item.name: arrays[item.name] for item in fields(cls)})


def make_hierarchy(graph: SearchGraph) -> Hierarchy:
    """Contract all nodes of a graph; about 1 s for 65,000 nodes of a city."""
    n = graph.node_count
    tail = np.repeat(np.arange(n, dtype=np.int32), np.diff(graph.ptr))
    rank, tail, head, cost, mid = _contract(n, tail, graph.head, graph.cost)
    position = (n - 1 - rank).astype(np.int32)
    tail, head = position[tail], position[head]
    mid = np.where(mid >= 0, position[mid], -1).astype(np.int32)
    climbs = head < tail
    up = _rows(n, tail[climbs], head[climbs], cost[climbs], mid[climbs])
    down = _rows(n, head[~climbs], tail[~climbs], cost[~climbs], mid[~climbs])
    return Hierarchy(position, *up, *down)


def _rows(
    n: int, owner: Ints, other: Ints, cost: Longs, mid: Ints
) -> tuple[Longs, Ints, Longs, Ints]:
    order = np.lexsort((other, owner))
    ptr = np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=n)))).astype(np.int64)
    return ptr, other[order], cost[order], mid[order]


class _Arcs(NamedTuple):
    """The graph while it is contracted: lists of arcs by tail and by head, linked by number."""

    tail: Ints
    head: Ints
    cost: Longs
    mid: Ints
    next_out: Ints
    next_in: Ints
    first_out: Ints
    first_in: Ints


class _Work(NamedTuple):
    """Scratch of the witness search."""

    key: Longs
    """Cost so far of nodes stamped with the present run."""
    stamp: Longs
    heap: Ints
    place: Ints
    wanted: Longs
    """Run in which a node is a goal that still needs a shortcut."""
    through: Longs
    """What the way through the node taken out costs to a goal."""
    run: Longs
    """Number of the present run, its greatest cost, its number of goals."""


class _Found(NamedTuple):
    """Shortcuts that taking a node out needs."""

    source: Ints
    goal: Ints
    cost: Longs


@compiled
def _contract(
    n: int, arc_tail: Ints, arc_head: Ints, arc_cost: Longs
) -> tuple[Ints, Ints, Ints, Longs, Ints]:
    """Rank of every node (0 = taken out first), and all arcs with shortcuts."""
    count = len(arc_tail)
    arcs = _linked(n, arc_tail, arc_head, arc_cost)
    work = _Work(
        np.zeros(n, dtype=np.int64),
        np.full(n, -1, dtype=np.int64),
        np.empty(n, dtype=np.int32),
        np.full(n, -1, dtype=np.int32),
        np.zeros(n, dtype=np.int64),
        np.zeros(n, dtype=np.int64),
        np.zeros(3, dtype=np.int64),
    )
    found = _new_found(64)
    level = np.zeros(n, dtype=np.int64)
    rank = np.full(n, -1, dtype=np.int32)
    order = np.empty(n, dtype=np.int32)
    place = np.full(n, -1, dtype=np.int32)
    priority = np.zeros(n, dtype=np.int64)
    size, taken = 0, 0
    for node in range(n):
        # As if no witness were found: too high at first, mended when the node's turn comes.
        ins, outs = _degrees(node, arcs)
        priority[node] = 2 * (ins * outs - min(ins, outs)) - ins - outs
        size = heap_add(order, place, priority, size, node)
    while size > 0:
        node, size = heap_take(order, place, priority, size)
        found = _room(node, arcs, found)
        shortcuts, degree = _simulate(node, arcs, work, found)
        now = 2 * shortcuts - degree + level[node]
        if size > 0 and now > priority[order[0]]:
            priority[node] = now
            size = heap_add(order, place, priority, size, node)
            continue
        rank[node] = taken
        taken += 1
        _unlink(node, arcs)
        arcs = _longer(arcs, count + shortcuts)
        for k in range(shortcuts):
            count = _add_arc(found, k, node, count, arcs)
        _raise_levels(node, arcs, level)
    return rank, arcs.tail[:count], arcs.head[:count], arcs.cost[:count], arcs.mid[:count]


@compiled_part
def _linked(n: int, tail: Ints, head: Ints, cost: Longs) -> _Arcs:
    count = len(tail)
    room = 2 * count + 16
    arcs = _Arcs(
        grown_ints(tail, room),
        grown_ints(head, room),
        grown_costs(cost, room),
        np.full(2 * room, -1, dtype=np.int32),
        np.full(2 * room, -1, dtype=np.int32),
        np.full(2 * room, -1, dtype=np.int32),
        np.full(n, -1, dtype=np.int32),
        np.full(n, -1, dtype=np.int32),
    )
    for e in range(count):
        arcs.next_out[e] = arcs.first_out[tail[e]]
        arcs.first_out[tail[e]] = e
        arcs.next_in[e] = arcs.first_in[head[e]]
        arcs.first_in[head[e]] = e
    return arcs


@compiled_part
def _longer(arcs: _Arcs, need: int) -> _Arcs:
    if need <= len(arcs.tail):
        return arcs
    return _Arcs(
        grown_ints(arcs.tail, need),
        grown_ints(arcs.head, need),
        grown_costs(arcs.cost, need),
        grown_ints(arcs.mid, need),
        grown_ints(arcs.next_out, need),
        grown_ints(arcs.next_in, need),
        arcs.first_out,
        arcs.first_in,
    )


@compiled_part
def _new_found(room: int) -> _Found:
    return _Found(
        np.empty(room, dtype=np.int32),
        np.empty(room, dtype=np.int32),
        np.empty(room, dtype=np.int64),
    )


@compiled_part
def _degrees(node: int, arcs: _Arcs) -> tuple[int, int]:
    """How many arcs lead into a node and out of it."""
    ins, outs = 0, 0
    e = arcs.first_in[node]
    while e >= 0:
        ins += 1
        e = arcs.next_in[e]
    e = arcs.first_out[node]
    while e >= 0:
        outs += 1
        e = arcs.next_out[e]
    return ins, outs


@compiled_part
def _room(node: int, arcs: _Arcs, found: _Found) -> _Found:
    """Room for every shortcut that taking out the node could need."""
    ins, outs = _degrees(node, arcs)
    return found if ins * outs <= len(found.cost) else _new_found(2 * ins * outs)


@compiled_part
def _simulate(node: int, arcs: _Arcs, work: _Work, found: _Found) -> tuple[int, int]:
    """Shortcuts that taking the node out needs, written to ``found``; and its number of arcs."""
    degree, shortcuts = 0, 0
    out = arcs.first_out[node]
    while out >= 0:
        degree += 1
        out = arcs.next_out[out]
    e = arcs.first_in[node]
    while e >= 0:
        degree += 1
        source = arcs.tail[e]
        if _mark_goals(node, e, arcs, work) > 0 and _witness(source, node, arcs, work) > 0:
            out = arcs.first_out[node]
            while out >= 0:
                goal = arcs.head[out]
                if work.wanted[goal] == work.run[0]:
                    found.source[shortcuts] = source
                    found.goal[shortcuts] = goal
                    found.cost[shortcuts] = work.through[goal]
                    shortcuts += 1
                out = arcs.next_out[out]
        e = arcs.next_in[e]
    return shortcuts, degree


@compiled_part
def _mark_goals(node: int, arriving: int, arcs: _Arcs, work: _Work) -> int:
    """Begin a run: note what the way through the node costs to each goal; returns their number."""
    work.run[0] += 1
    count, dearest = 0, 0
    out = arcs.first_out[node]
    while out >= 0:
        goal = arcs.head[out]
        if goal != arcs.tail[arriving]:
            work.wanted[goal] = work.run[0]
            work.through[goal] = arcs.cost[arriving] + arcs.cost[out]
            dearest = max(dearest, int(work.through[goal]))
            count += 1
        out = arcs.next_out[out]
    work.run[1], work.run[2] = dearest, count
    return count


@compiled_part
def _witness(source: int, avoid: int, arcs: _Arcs, work: _Work) -> int:
    """Search ways that avoid the node; goals that need no shortcut are no longer ``wanted``.

    Returns how many goals are left. A search that gives up early costs a shortcut too many, which
    takes time later on and changes no result.
    """
    run, limit, missing = work.run[0], work.run[1], work.run[2]
    work.key[source], work.stamp[source] = 0, run
    # A cost below all others keeps the node from being entered.
    work.key[avoid], work.stamp[avoid] = -1, run
    size = heap_add(work.heap, work.place, work.key, 0, source)
    settled = 0
    while size > 0 and missing > 0 and settled < SETTLE and work.key[work.heap[0]] <= limit:
        node, size = heap_take(work.heap, work.place, work.key, size)
        settled += 1
        e = arcs.first_out[node]
        while e >= 0:
            other = arcs.head[e]
            total = work.key[node] + arcs.cost[e]
            if total <= limit and (work.stamp[other] != run or total < work.key[other]):
                work.stamp[other] = run
                work.key[other] = total
                size = heap_add(work.heap, work.place, work.key, size, other)
                if work.wanted[other] == run and total <= work.through[other]:
                    work.wanted[other] = 0
                    missing -= 1
            e = arcs.next_out[e]
    for k in range(size):
        work.place[work.heap[k]] = -1
    return int(missing)


@compiled_part
def _unlink(node: int, arcs: _Arcs) -> None:
    """Take the node's arcs out of its neighbors' lists; its own lists stay."""
    e = arcs.first_out[node]
    while e >= 0:
        _drop(e, arcs.head[e], arcs.first_in, arcs.next_in)
        e = arcs.next_out[e]
    e = arcs.first_in[node]
    while e >= 0:
        _drop(e, arcs.tail[e], arcs.first_out, arcs.next_out)
        e = arcs.next_in[e]


@compiled_part
def _drop(arc: int, owner: int, first: Ints, following: Ints) -> None:
    if first[owner] == arc:
        first[owner] = following[arc]
        return
    e = first[owner]
    while following[e] != arc:
        e = following[e]
    following[e] = following[arc]


@compiled_part
def _add_arc(found: _Found, k: int, through: int, count: int, arcs: _Arcs) -> int:
    """Add a shortcut, or make the arc that is there cheaper; returns the number of arcs."""
    source, goal, total = found.source[k], found.goal[k], found.cost[k]
    e = arcs.first_out[source]
    while e >= 0:
        if arcs.head[e] == goal:
            if total < arcs.cost[e]:
                arcs.cost[e] = total
                arcs.mid[e] = through
            return count
        e = arcs.next_out[e]
    arcs.tail[count] = source
    arcs.head[count] = goal
    arcs.cost[count] = total
    arcs.mid[count] = through
    arcs.next_out[count] = arcs.first_out[source]
    arcs.first_out[source] = count
    arcs.next_in[count] = arcs.first_in[goal]
    arcs.first_in[goal] = count
    return count + 1


@compiled_part
def _raise_levels(node: int, arcs: _Arcs, level: Longs) -> None:
    """Neighbors of a node taken out lie at least one level higher."""
    e = arcs.first_out[node]
    while e >= 0:
        level[arcs.head[e]] = max(level[arcs.head[e]], level[node] + 1)
        e = arcs.next_out[e]
    e = arcs.first_in[node]
    while e >= 0:
        level[arcs.tail[e]] = max(level[arcs.tail[e]], level[node] + 1)
        e = arcs.next_in[e]
