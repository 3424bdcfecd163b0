"""Contraction hierarchy: prepare a graph once, then answer many-to-many in a blink.

After Geisberger, Sanders, Schultes and Delling (2008): nodes are taken out one by one, the least
important first; where the cheapest way between two neighbors led through the node, a shortcut
takes its place. A search then only ever climbs to more important nodes, a few hundred of them.
Many-to-many keeps, at each node, a bucket of what the targets' searches left there (Knopp et al.
2007).
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patrol.routing.climb import many_to_many, one_path
from patrol.routing.contract import contract
from patrol.routing.search import Ints, Labels, Longs, SearchGraph


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
    dearest = np.argsort(-graph.cost, kind="stable")
    rank, tail, head, cost, mid = contract(
        n, tail[dearest], graph.head[dearest], graph.cost[dearest]
    )
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
