"""Taking the nodes of a graph out one by one, with the shortcuts that then are needed; compiled.

The preparing half of :mod:`patrol.routing.hierarchy`. Nearly all its time goes into witness
searches late on, where nodes have dozens of arcs, so the arcs out of a node are kept with the
cheapest first (a search stops at the first that is too dear) and cost, head and next arc lie side
by side (one access to memory an arc instead of three). On a 90,000-node graph that took 60 % of
the time away.
"""

from typing import NamedTuple

import numpy as np

from patrol.routing.compiled import compiled, compiled_part
from patrol.routing.heap import heap_add, heap_take
from patrol.routing.search import FAR, Ints, Longs, grown_costs, grown_ints

SETTLE = 60
"""A witness search gives up after this many nodes; a shortcut too many costs time, not truth."""
_HEAP = 4_096
"""And where so many nodes wait."""
_WORD = 32
_LOW = (1 << _WORD) - 1


class _Arcs(NamedTuple):
    """The graph while it is contracted: lists of arcs by tail and by head, linked by number."""

    tail: Ints
    mid: Ints
    out: Longs
    """Arc e's cost at ``2 e``, at ``2 e + 1`` its head above 32 bits of the next arc plus 1."""
    next_in: Ints
    first_out: Ints
    first_in: Ints


class _Work(NamedTuple):
    """Scratch of the witness search."""

    key: Longs
    """Cost so far, ``FAR`` between searches."""
    touched: Ints
    """Nodes whose key is to be set back."""
    heap_key: Longs
    heap_node: Ints
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
def contract(
    n: int, arc_tail: Ints, arc_head: Ints, arc_cost: Longs
) -> tuple[Ints, Ints, Ints, Longs, Ints]:
    """Contract all of ``n`` nodes.

    Parameters
    ----------
    n
        Number of nodes.
    arc_tail, arc_head, arc_cost
        The graph's arcs, the dearest first.

    Returns
    -------
    rank, tail, head, cost, mid
        When each node was taken out (0 = first), shape (n,); all arcs with shortcuts, and the node
        that each bypasses, -1 for an arc of the graph itself.
    """
    count = len(arc_tail)
    arcs = _linked(n, arc_tail, arc_head, arc_cost)
    work = _new_work(n)
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
    cost, head = arcs.out[0 : 2 * count : 2].copy(), arcs.out[1 : 2 * count : 2] >> _WORD
    return rank, arcs.tail[:count], head.astype(np.int32), cost, arcs.mid[:count]


@compiled_part
def _new_work(n: int) -> _Work:
    return _Work(
        np.full(n, FAR, dtype=np.int64),
        np.empty(n + 2, dtype=np.int32),
        np.empty(_HEAP, dtype=np.int64),
        np.empty(_HEAP, dtype=np.int32),
        np.zeros(n, dtype=np.int64),
        np.zeros(n, dtype=np.int64),
        np.zeros(3, dtype=np.int64),
    )


@compiled_part
def _new_found(room: int) -> _Found:
    return _Found(
        np.empty(room, dtype=np.int32),
        np.empty(room, dtype=np.int32),
        np.empty(room, dtype=np.int64),
    )


@compiled_part
def _head(out: Longs, arc: int) -> int:
    return int(out[2 * arc + 1] >> _WORD)


@compiled_part
def _next(out: Longs, arc: int) -> int:
    return int(out[2 * arc + 1] & _LOW) - 1


@compiled_part
def _set_next(out: Longs, arc: int, following: int) -> None:
    out[2 * arc + 1] = (out[2 * arc + 1] & ~_LOW) | (following + 1)


@compiled_part
def _linked(n: int, tail: Ints, head: Ints, cost: Longs) -> _Arcs:
    count = len(tail)
    room = 2 * count + 16
    arcs = _Arcs(
        grown_ints(tail, room),
        np.full(2 * room, -1, dtype=np.int32),
        np.empty(4 * room, dtype=np.int64),
        np.full(2 * room, -1, dtype=np.int32),
        np.full(n, -1, dtype=np.int32),
        np.full(n, -1, dtype=np.int32),
    )
    # The dearest come first, and each goes before those that are there.
    for e in range(count):
        arcs.out[2 * e] = cost[e]
        arcs.out[2 * e + 1] = (np.int64(head[e]) << _WORD) | (arcs.first_out[tail[e]] + 1)
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
        grown_ints(arcs.mid, need),
        grown_costs(arcs.out, 2 * need),
        grown_ints(arcs.next_in, need),
        arcs.first_out,
        arcs.first_in,
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
        e = _next(arcs.out, e)
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
        out = _next(arcs.out, out)
    e = arcs.first_in[node]
    while e >= 0:
        degree += 1
        source = arcs.tail[e]
        if _mark_goals(node, e, arcs, work) > 0 and _witness(source, node, arcs, work) > 0:
            out = arcs.first_out[node]
            while out >= 0:
                goal = _head(arcs.out, out)
                if work.wanted[goal] == work.run[0]:
                    found.source[shortcuts] = source
                    found.goal[shortcuts] = goal
                    found.cost[shortcuts] = work.through[goal]
                    shortcuts += 1
                out = _next(arcs.out, out)
        e = arcs.next_in[e]
    return shortcuts, degree


@compiled_part
def _mark_goals(node: int, arriving: int, arcs: _Arcs, work: _Work) -> int:
    """Begin a run: note what the way through the node costs to each goal; returns their number."""
    work.run[0] += 1
    count, dearest = 0, 0
    out = arcs.first_out[node]
    while out >= 0:
        goal = _head(arcs.out, out)
        if goal != arcs.tail[arriving]:
            work.wanted[goal] = work.run[0]
            work.through[goal] = arcs.out[2 * arriving] + arcs.out[2 * out]
            # The last one is the dearest.
            dearest = work.through[goal]
            count += 1
        out = _next(arcs.out, out)
    work.run[1], work.run[2] = dearest, count
    return count


@compiled_part
def _witness(source: int, avoid: int, arcs: _Arcs, work: _Work) -> int:
    """Search ways that avoid the node; goals that need no shortcut are no longer ``wanted``.

    Returns how many goals are left. A search that gives up early costs a shortcut too many, which
    takes time later on and changes no result.
    """
    run, limit, missing = work.run[0], work.run[1], work.run[2]
    key, out, touched = work.key, arcs.out, work.touched
    # A cost below all others keeps the node from being entered.
    key[source], key[avoid] = 0, -1
    touched[0], touched[1] = source, avoid
    marks, settled = 2, 0
    size = _push(work, 0, 0, source)
    while size > 0 and missing > 0 and settled < SETTLE:
        here, node = work.heap_key[0], work.heap_node[0]
        size = _pop(work, size)
        if here > key[node]:
            continue  # Reached cheaper since it was put there.
        settled += 1
        e = arcs.first_out[node]
        while e >= 0:
            total = here + out[2 * e]
            if total > limit or size >= _HEAP:
                break
            word = out[2 * e + 1]
            other = word >> _WORD
            if total < key[other]:
                if key[other] == FAR:
                    touched[marks] = other
                    marks += 1
                key[other] = total
                # Not where even the cheapest arc onwards would be too dear.
                first = arcs.first_out[other]
                if first >= 0 and total + out[2 * first] <= limit:
                    size = _push(work, size, total, other)
                if work.wanted[other] == run and total <= work.through[other]:
                    work.wanted[other] = 0
                    missing -= 1
            e = (word & _LOW) - 1
    for k in range(marks):
        key[touched[k]] = FAR
    return int(missing)


@compiled_part
def _push(work: _Work, size: int, cost: int, node: int) -> int:
    """Put a node on the heap of the witness search; returns its new size."""
    keys, nodes = work.heap_key, work.heap_node
    at = size
    while at > 0:
        above = (at - 1) >> 1
        if keys[above] <= cost:
            break
        keys[at], nodes[at] = keys[above], nodes[above]
        at = above
    keys[at], nodes[at] = cost, node
    return size + 1


@compiled_part
def _pop(work: _Work, size: int) -> int:
    """Take the cheapest off; returns the heap's new size."""
    keys, nodes = work.heap_key, work.heap_node
    size -= 1
    cost, node = keys[size], nodes[size]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= cost:
            break
        keys[at], nodes[at] = keys[child], nodes[child]
        at = child
    keys[at], nodes[at] = cost, node
    return size


@compiled_part
def _unlink(node: int, arcs: _Arcs) -> None:
    """Take the node's arcs out of its neighbors' lists; its own lists stay."""
    e = arcs.first_out[node]
    while e >= 0:
        owner = _head(arcs.out, e)
        if arcs.first_in[owner] == e:
            arcs.first_in[owner] = arcs.next_in[e]
        else:
            before = arcs.first_in[owner]
            while arcs.next_in[before] != e:
                before = arcs.next_in[before]
            arcs.next_in[before] = arcs.next_in[e]
        e = _next(arcs.out, e)
    e = arcs.first_in[node]
    while e >= 0:
        _drop_out(e, arcs)
        e = arcs.next_in[e]


@compiled_part
def _drop_out(arc: int, arcs: _Arcs) -> None:
    """Take an arc out of the list of its tail."""
    owner = arcs.tail[arc]
    if arcs.first_out[owner] == arc:
        arcs.first_out[owner] = _next(arcs.out, arc)
        return
    before = arcs.first_out[owner]
    while _next(arcs.out, before) != arc:
        before = _next(arcs.out, before)
    _set_next(arcs.out, before, _next(arcs.out, arc))


@compiled_part
def _put_out(arc: int, arcs: _Arcs) -> None:
    """Put an arc into the list of its tail, behind all that are cheaper."""
    owner, cost = arcs.tail[arc], arcs.out[2 * arc]
    before, at = -1, arcs.first_out[owner]
    while at >= 0 and arcs.out[2 * at] < cost:
        before, at = at, _next(arcs.out, at)
    _set_next(arcs.out, arc, at)
    if before < 0:
        arcs.first_out[owner] = arc
    else:
        _set_next(arcs.out, before, arc)


@compiled_part
def _add_arc(found: _Found, k: int, through: int, count: int, arcs: _Arcs) -> int:
    """Add a shortcut, or make the arc that is there cheaper; returns the number of arcs."""
    source, goal, total = found.source[k], found.goal[k], found.cost[k]
    e = arcs.first_out[source]
    while e >= 0 and _head(arcs.out, e) != goal:
        e = _next(arcs.out, e)
    if e >= 0:
        if total < arcs.out[2 * e]:
            _drop_out(e, arcs)
            arcs.out[2 * e] = total
            arcs.mid[e] = through
            _put_out(e, arcs)
        return count
    arcs.tail[count] = source
    arcs.mid[count] = through
    arcs.out[2 * count] = total
    arcs.out[2 * count + 1] = np.int64(goal) << _WORD
    _put_out(count, arcs)
    arcs.next_in[count] = arcs.first_in[goal]
    arcs.first_in[goal] = count
    return count + 1


@compiled_part
def _raise_levels(node: int, arcs: _Arcs, level: Longs) -> None:
    """Neighbors of a node taken out lie at least one level higher."""
    e = arcs.first_out[node]
    while e >= 0:
        head = _head(arcs.out, e)
        level[head] = max(level[head], level[node] + 1)
        e = _next(arcs.out, e)
    e = arcs.first_in[node]
    while e >= 0:
        level[arcs.tail[e]] = max(level[arcs.tail[e]], level[node] + 1)
        e = arcs.next_in[e]
