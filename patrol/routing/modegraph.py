"""The graph of one mode: what may be used, what it costs, and how places hang on to it.

A directed segment has number ``2 s`` along segment s's line and ``2 s + 1`` against it. A crossing
where it matters where one comes from, because a turn is forbidden or costs time, is *busy*: there a
node of the graph is a directed segment "at its end". Everywhere else it is the crossing itself,
which keeps the graph small. Places reach the graph through :class:`Ends`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from patrol.model.unit import Mode
from patrol.routing.search import (
    Floats,
    Ints,
    Labels,
    Longs,
    SearchGraph,
    pack_costs,
    pack_delays,
)
from patrol.routing.speeds import Pace
from patrol.routing.streets import MODE_ACCESS, StreetNetwork
from patrol.routing.turns import TurnCosts, busy_nodes, make_turns, node_delay_s

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """Nodes through which directed segment d is left or entered: rows ``ptr[d]:ptr[d + 1]``.

    ``cost`` is what is paid between the segment's end and the node.
    """

    ptr: Longs
    node: Ints
    cost: Longs

    def labels(self, directed: Ints, cost: Longs, ptr: Longs) -> tuple[Labels, Ints]:
        """Labels of places: place i's directed segments are ``ptr[i]:ptr[i + 1]``, each at a cost.

        Also returns the directed segment of every label.
        """
        counts = self.ptr[directed + 1] - self.ptr[directed]
        stop = np.cumsum(counts)
        total = int(stop[-1]) if len(stop) else 0
        row = np.repeat(self.ptr[directed] - stop + counts, counts) + np.arange(total)
        labels = Labels(
            np.concatenate(([0], stop))[ptr].astype(np.int64),
            self.node[row],
            self.cost[row] + np.repeat(cost, counts),
        )
        return labels, np.repeat(directed, counts)


@dataclass(frozen=True, slots=True, eq=False)
class ModeGraph:
    """The mode's largest part in which every place reaches every other."""

    graph: SearchGraph
    usable: Flags
    """Directed segments in that part, shape (2 m,)."""
    seconds: Floats
    """Time along each directed segment, shape (2 m,)."""
    cost: Longs
    """The same packed with its length, shape (2 m,)."""
    exits: Ends
    entries: Ends
    step: Ints
    """Directed segment that each arc of the graph goes along (its last one), shape (a,)."""


def make_mode_graph(
    network: StreetNetwork, mode: Mode, pace: Pace, costs: TurnCosts | None
) -> ModeGraph:
    """Build the graph of a mode; ``costs`` are those of turns, ``None`` where turning is free."""
    allowed = _allowed(network, mode)
    tail, head = _directed_ends(network, mode)
    count = network.node_count + 2 * network.segment_count
    seconds = pace.seconds
    cost = pack_costs(seconds, np.repeat(network.seg_length_m, 2))
    delay = _delay_costs(network, mode, head)
    busy = np.zeros(count, dtype=bool)
    if costs is not None:
        busy[: network.node_count] = busy_nodes(network, mode, allowed)
    # Where each directed segment arrives: at a crossing, or at an end of its own.
    arrival = np.where(busy[head], count + np.arange(len(head)), head)
    quiet = np.flatnonzero(allowed & ~busy[tail])
    turns = _no_turns()
    if costs is not None:
        turns = make_turns(network, mode, allowed, (tail, head), busy, costs)
    before, after, lost_s = turns
    turn_cost = pack_delays(lost_s) + delay[before]
    # What stands at a crossing is paid on arrival where it is quiet, with the turn where busy.
    delay = np.where(busy[head], 0, delay)
    arcs = _Arcs(
        tail=np.concatenate((tail[quiet], arrival[before])),
        head=np.concatenate((arrival[quiet], arrival[after])),
        cost=np.concatenate((cost[quiet] + delay[quiet], turn_cost + cost[after] + delay[after])),
        step=np.concatenate((quiet, after)),
        entry_cost=np.concatenate((np.zeros(len(quiet), dtype=np.int64), turn_cost)),
    )
    return _largest(arcs, arrival, delay, cost, seconds)


def _allowed(network: StreetNetwork, mode: Mode) -> Flags:
    both = np.empty(2 * network.segment_count, dtype=bool)
    forward, back = MODE_ACCESS[mode]
    both[0::2] = (network.seg_access & int(forward)) != 0
    both[1::2] = (network.seg_access & int(back)) != 0
    return both


def _directed_ends(network: StreetNetwork, mode: Mode) -> tuple[Longs, Longs]:
    """First and last node of every directed segment.

    A node that is closed to the mode is a node of its own for each segment that ends there: it can
    be reached from every side and passed from none.
    """
    n, m = network.node_count, network.segment_count
    ends = np.empty((m, 2), dtype=np.int64)
    ends[:, 0], ends[:, 1] = network.seg_from, network.seg_to
    closed = (network.node_closed & int(MODE_ACCESS[mode][0])) != 0
    own = n + np.arange(2 * m).reshape(m, 2)
    ends = np.where(closed[ends], own, ends)
    tail, head = np.empty(2 * m, dtype=np.int64), np.empty(2 * m, dtype=np.int64)
    tail[0::2], head[0::2] = ends[:, 0], ends[:, 1]
    tail[1::2], head[1::2] = ends[:, 1], ends[:, 0]
    return tail, head


def _delay_costs(network: StreetNetwork, mode: Mode, head: Longs) -> Longs:
    """What is lost at the end of each directed segment; nothing where it is closed anyway."""
    delay_s = np.zeros(network.node_count + 2 * network.segment_count)
    delay_s[: network.node_count] = node_delay_s(network.node_flag, mode)
    return pack_delays(delay_s[head])


@dataclass(frozen=True, slots=True, eq=False)
class _Arcs:
    """Arcs before numbering: each goes along one directed segment, its ``step``."""

    tail: Longs
    head: Longs
    cost: Longs
    step: Longs
    entry_cost: Longs
    """What is paid before the step begins."""


def _no_turns() -> tuple[Ints, Ints, Floats]:
    return np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0)


def _largest(arcs: _Arcs, arrival: Longs, delay: Longs, cost: Longs, seconds: Floats) -> ModeGraph:
    """Keep and number the part in which everything reaches everything."""
    count = int(max(arrival.max(initial=-1), arcs.tail.max(initial=-1))) + 1
    part = _largest_part(count, arcs.tail, arcs.head)
    kept = np.flatnonzero(part[arcs.tail] & part[arcs.head])
    tail, head, step = arcs.tail[kept], arcs.head[kept], arcs.step[kept]
    number = np.cumsum(part) - 1
    graph = SearchGraph.from_arcs(int(part.sum()), number[tail], number[head], arcs.cost[kept])
    usable = np.zeros(len(arrival), dtype=bool)
    usable[step] = True
    order = np.argsort(step, kind="stable")
    ptr = np.concatenate(([0], np.cumsum(np.bincount(step, minlength=len(arrival)))))
    return ModeGraph(
        graph=graph,
        usable=usable,
        seconds=seconds,
        cost=cost,
        exits=_single(usable, number[arrival], delay),
        entries=Ends(ptr, number[tail][order].astype(np.int32), arcs.entry_cost[kept][order]),
        step=step[graph.origin].astype(np.int32),
    )


def _largest_part(count: int, tail: Longs | Ints, head: Longs | Ints) -> Flags:
    """Nodes of the largest strongly connected part, shape (count,)."""
    if not len(tail):
        return np.zeros(count, dtype=bool)
    ones = np.ones(len(tail), dtype=np.int8)
    matrix = csr_array((ones, (tail, head)), shape=(count, count))
    _, label = connected_components(matrix, directed=True, connection="strong")
    sizes = np.bincount(label)
    # Where no node leads back to itself there is no part to speak of.
    largest: Flags = (label == sizes.argmax()) & (sizes.max() > 1)
    return largest


def _single(usable: Flags, node: Longs, cost: Longs) -> Ends:
    """Ends with one node for each usable directed segment and none for the others."""
    ptr = np.concatenate(([0], np.cumsum(usable))).astype(np.int64)
    return Ends(ptr, node[usable].astype(np.int32), cost[usable])
