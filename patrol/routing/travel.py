"""Travel of one mode: where a place hangs on to the streets, times, lengths and ways."""

import hashlib
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from patrol.config.schema import Band, Routing
from patrol.model.errors import InputError
from patrol.model.unit import Mode
from patrol.routing.geometry import way_line
from patrol.routing.hierarchy import Hierarchy, make_frame
from patrol.routing.modegraph import Ends, ModeGraph, make_mode_graph
from patrol.routing.search import (
    FAR,
    LENGTH_BITS,
    Floats,
    Ints,
    Labels,
    Longs,
    SearchGraph,
    arcs_between,
    dijkstra_path,
    dijkstra_rows,
    pack_costs,
    unpack_costs,
)
from patrol.routing.speeds import make_pace
from patrol.routing.streets import StreetNetwork
from patrol.routing.turns import TURN_COSTS

SNAP_M = 250.0
"""Farthest a place may lie from a street of the mode; what lies farther is unreachable."""
FEW = 4
"""So many searches are cheaper without a hierarchy than preparing one."""
VERSION = 3
"""Part of the key of kept hierarchies; to be raised whenever they are made differently."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Snapped:
    """Places on the streets of a mode, q of them; arrays of shape (q,)."""

    segment: Ints
    """Segment, -1 where no street of the mode is near: such a place is unreachable."""
    share: Floats
    """How far along the segment's line, in [0, 1]."""
    off_m: Floats
    """Meters from the place to its street, ``inf`` where there is none."""

    def __post_init__(self) -> None:
        if not len(self.segment) == len(self.share) == len(self.off_m):
            raise InputError(
                "snapped places need one segment, share and off_m each, "
                f"got {len(self.segment)}, {len(self.share)}, {len(self.off_m)}"
            )

    def __len__(self) -> int:
        return len(self.segment)

    @property
    def reachable(self) -> NDArray[np.bool_]:
        """Which places lie on a street of the mode."""
        return self.segment >= 0

    def take(self, which: NDArray[np.integer[Any]] | list[int] | slice) -> "Snapped":
        """Some of the places."""
        return Snapped(self.segment[which], self.share[which], self.off_m[which])

    def one(self, index: int) -> "Snapped":
        """One place, as needed by :meth:`TravelGraph.path`."""
        return self.take(slice(index, index + 1))


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """A way from one place to another."""

    line: Floats
    """(lon, lat) rows, at least two, shape (p, 2)."""
    segments: Ints
    """Segments in the order they are used, shape (k,)."""
    forward: NDArray[np.bool_]
    """Whether each is used along its line, shape (k,)."""
    lengths_m: Floats
    """Meters used of each; the first and the last may be used in part, shape (k,)."""
    distance_m: float
    travel_s: float


class TravelGraph:
    """Times and ways of one mode on one network.

    Anything between places that both are on its streets is reachable: places are put on the
    largest part of the mode's streets in which every street leads to every other.
    """

    def __init__(self, network: StreetNetwork, mode: Mode, graph: ModeGraph, key: str) -> None:
        self.network = network
        self.mode = mode
        self.key = key
        """Changes with anything that is searched; names kept hierarchies."""
        self._graph = graph
        self._hierarchy: Hierarchy | None = None
        self._lock = threading.Lock()

    @property
    def segment_usable(self) -> NDArray[np.bool_]:
        """Segments on which the mode's units can be and come back from, shape (m,)."""
        usable = self._graph.usable
        return usable[0::2] | usable[1::2]

    @property
    def node_count(self) -> int:
        """Nodes that are searched."""
        return self._graph.graph.node_count

    @property
    def hierarchy(self) -> Hierarchy:
        """The prepared hierarchy; made at first use, which takes a moment."""
        with self._lock:
            if self._hierarchy is None:
                log.info("%s: preparing travel times on %d nodes", self.mode, self.node_count)
                graph = self._graph.graph
                # Graphs that differ in speeds alone have their arcs in common.
                frame = self.network.once(
                    ("frame", array_key(graph.ptr, graph.head)), lambda: make_frame(graph)
                )
                self._hierarchy = frame.hierarchy(graph)
            return self._hierarchy

    @property
    def prepared(self) -> bool:
        """Whether the hierarchy is there already."""
        return self._hierarchy is not None

    def adopt_hierarchy(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Use a hierarchy that was kept under this graph's ``key``.

        Raises
        ------
        InputError
            If it lacks a part or is of another graph.
        """
        try:
            hierarchy = Hierarchy.from_arrays(arrays)
        except KeyError as error:
            raise InputError(f"kept hierarchy {self.key} lacks {error}") from error
        if len(hierarchy.position) != self.node_count:
            raise InputError(
                f"kept hierarchy {self.key} has {len(hierarchy.position)} nodes, "
                f"the graph {self.node_count}"
            )
        with self._lock:
            self._hierarchy = hierarchy

    def snap(
        self, lon: Floats | float, lat: Floats | float, *, within_m: float = SNAP_M
    ) -> Snapped:
        """Put places on the nearest street that the mode can use and leave again.

        Parameters
        ----------
        lon, lat
            Degrees, numbers or arrays of shape (q,).
        within_m
            Farthest a street may lie.
        """
        lon = np.atleast_1d(np.asarray(lon, dtype=np.float64))
        lat = np.atleast_1d(np.asarray(lat, dtype=np.float64))
        segment, off_m = self.network.nearest_of(
            lon, lat, within_m=within_m, keep=self.segment_usable, key=self.key
        )
        share = np.zeros(len(segment))
        known = np.flatnonzero(segment >= 0)
        if len(known):
            points = shapely.points(*self.network.projection.to_xy_m(lon[known], lat[known]))
            lines = self.network.lines_m()[segment[known]]
            share[known] = shapely.line_locate_point(lines, points, normalized=True)
        return Snapped(segment, np.nan_to_num(share).clip(0, 1), off_m)

    def snap_segments(self, segment: Ints, share: Floats | float = 0.5) -> Snapped:
        """Put places on segments that are known; unreachable where the mode cannot use them."""
        segment = np.asarray(segment, dtype=np.int32)
        usable = (segment >= 0) & self.segment_usable[segment]
        return Snapped(
            np.where(usable, segment, -1).astype(np.int32),
            np.broadcast_to(np.asarray(share, dtype=np.float64), segment.shape).copy(),
            np.where(usable, 0.0, np.inf),
        )

    def times(self, sources: Snapped, targets: Snapped) -> tuple[Floats, Floats]:
        """Quickest times and their lengths from every source to every target.

        Returns
        -------
        seconds, meters
            Shape (sources, targets); ``inf`` where one of the two is unreachable. Rounded to a
            millisecond and a decimeter per street segment.
        """
        return unpack_costs(self.costs(sources, targets))

    def costs(self, sources: Snapped, targets: Snapped) -> Longs:
        """The same as packed costs (:mod:`patrol.routing.search`), exact."""
        leave, enter = self.labels(sources, targets)
        if self.prepared or min(len(sources), len(targets)) > FEW:
            costs = self.hierarchy.costs(leave, enter)
        else:
            costs = self._plain(leave, enter)
        row, column, direct, _ = self._direct(sources, targets)
        np.minimum.at(costs, (row, column), direct)
        return costs

    @property
    def search_graph(self) -> SearchGraph:
        """What is searched, for comparison with other programs."""
        return self._graph.graph

    def labels(self, sources: Snapped, targets: Snapped) -> tuple[Labels, Labels]:
        """Where searches begin and end for these places."""
        leave, _ = self._labels(sources, self._graph.exits, leaving=True)
        enter, _ = self._labels(targets, self._graph.entries, leaving=False)
        return leave, enter

    def path(self, source: Snapped, target: Snapped) -> Path:
        """The quickest way from one place to another.

        Raises
        ------
        InputError
            If one of the two is unreachable for the mode.
        """
        if not (source.reachable.all() and target.reachable.all()):
            raise InputError(f"no street open to mode {self.mode} near start or end of the way")
        leave, left = self._labels(source, self._graph.exits, leaving=True)
        enter, entered = self._labels(target, self._graph.entries, leaving=False)
        _, _, direct, direction = self._direct(source, target)
        nodes, cost = self._way(leave, enter)
        if len(direct) and direct.min() <= cost:
            best = int(direct.argmin())
            directed = np.array([2 * source.segment[0] + direction[best]])
            cost = int(direct[best])
        else:
            first = _label_at(leave, left, nodes[0])
            last = _label_at(enter, entered, nodes[-1])
            graph = self._graph.graph
            steps = self._graph.step[arcs_between(graph.ptr, graph.head, nodes)]
            directed = np.concatenate(([first], steps, [last]))
        return self._make_path(directed, source, target, cost)

    def _way(self, leave: Labels, enter: Labels) -> tuple[Ints, int]:
        if self.prepared:
            return self.hierarchy.path(leave, enter)
        graph = self._graph.graph
        nodes, cost = dijkstra_path(
            (graph.ptr, graph.head, graph.cost),
            (leave.ptr, leave.node, leave.cost),
            (enter.ptr, enter.node, enter.cost),
        )
        return nodes, int(cost)

    def _plain(self, leave: Labels, enter: Labels) -> Longs:
        graph = self._graph.graph
        rows = (graph.ptr, graph.head, graph.cost)
        sources = (leave.ptr, leave.node, leave.cost)
        targets = (enter.ptr, enter.node, enter.cost)
        if len(leave) <= len(enter):
            return dijkstra_rows(rows, sources, targets)
        back = graph.reversed()
        costs = dijkstra_rows((back.ptr, back.head, back.cost), targets, sources)
        return np.ascontiguousarray(costs.T)

    def _labels(self, places: Snapped, ends: Ends, *, leaving: bool) -> tuple[Labels, Ints]:
        """Labels through which places reach the graph, and the directed segment of each."""
        segment = np.repeat(np.maximum(places.segment, 0).astype(np.int64), 2)
        directed = 2 * segment + np.tile([0, 1], len(places))
        along = np.repeat(places.share, 2)
        along[1::2] = 1 - along[1::2]
        part = 1 - along if leaving else along
        keep = np.repeat(places.reachable, 2)
        keep[keep] &= self._graph.usable[directed[keep]]
        ptr = np.concatenate(([0], np.cumsum(keep.reshape(-1, 2).sum(axis=1))))
        directed, part = directed[keep], part[keep]
        return ends.labels(directed.astype(np.int32), self._partial(directed, part), ptr)

    def _partial(self, directed: Longs, part: Floats) -> Longs:
        cost = self._graph.cost[directed]
        seconds, meters = unpack_costs(cost)
        partial = pack_costs(seconds * part, meters * part)
        return np.where(part <= 0, 0, np.where(part >= 1, cost, partial))

    def _direct(self, sources: Snapped, targets: Snapped) -> tuple[Longs, Longs, Longs, Longs]:
        """Pairs on one segment that need no crossing: row, column, cost, direction 0 or 1."""
        order = np.argsort(targets.segment, kind="stable")
        held = targets.segment[order]
        first = np.searchsorted(held, sources.segment, side="left")
        count = np.searchsorted(held, sources.segment, side="right") - first
        count[~sources.reachable] = 0
        stop = np.cumsum(count)
        at = np.repeat(first - stop + count, count) + np.arange(stop[-1] if len(stop) else 0)
        row, column = np.repeat(np.arange(len(sources)), count), order[at]
        moved = targets.share[column] - sources.share[row]
        direction = (moved < 0).astype(np.int64)
        directed = 2 * sources.segment[row].astype(np.int64) + direction
        usable = self._graph.usable[directed] | (moved == 0)
        row, column, directed = row[usable], column[usable], directed[usable]
        return row, column, self._partial(directed, np.abs(moved[usable])), directed & 1

    def _make_path(self, directed: Longs, source: Snapped, target: Snapped, cost: int) -> Path:
        segments, along = directed // 2, directed % 2 == 0
        low, high = np.zeros(len(directed)), np.ones(len(directed))
        low[0] = source.share[0] if along[0] else 1 - source.share[0]
        high[-1] = target.share[0] if along[-1] else 1 - target.share[0]
        # A place right at a crossing may hang on a street that the way does not use.
        used = slice(int(low[0] >= 1), len(directed) - int(high[-1] <= 0))
        if used.start < used.stop:
            segments, along, low, high = segments[used], along[used], low[used], high[used]
        lengths_m = self.network.seg_length_m[segments] * (high - low)
        return Path(
            line=way_line(self.network, segments, along, low[0], high[-1]),
            segments=segments.astype(np.int32),
            forward=along,
            lengths_m=lengths_m,
            distance_m=float(lengths_m.sum()),
            travel_s=(cost >> LENGTH_BITS) / 1_000,
        )


def _label_at(labels: Labels, directed: Ints, node: int) -> int:
    """The directed segment of the cheapest label at a node."""
    cost = np.where(labels.node == node, labels.cost, FAR)
    return int(directed[int(cost.argmin())])


def make_graph(
    network: StreetNetwork, mode: Mode, routing: Routing, band: Band | None = None
) -> TravelGraph:
    """The travel graph of a mode with the configured speeds; one network keeps one of each kind.

    A ``band`` that changes nothing for the mode, or the same as another, gives the same graph.
    """
    pace = make_pace(network, mode, routing, band)
    costs = TURN_COSTS[mode]

    def build() -> TravelGraph:
        graph = make_mode_graph(network, mode, pace, costs)
        return TravelGraph(network, mode, graph, graph_key(graph.graph))

    return network.once(("travel", mode, pace.digest, costs), build)


def graph_key(graph: SearchGraph) -> str:
    """Sixteen hex digits that change with anything a hierarchy of the graph depends on.

    So a street closed to cars leaves the hierarchies of the other modes as they are.
    """
    return array_key(graph.ptr, graph.head, graph.cost)


def array_key(*arrays: NDArray[Any]) -> str:
    """Sixteen hex digits that change with any of the arrays."""
    total = hashlib.sha256(f"{VERSION}".encode())
    for array in arrays:
        total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()[:16]
