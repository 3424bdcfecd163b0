"""Laws of travel on random streets: exact against SciPy, triangle inequality, asymmetry kept."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from patrol.config.schema import Routing
from patrol.model.unit import Mode
from patrol.routing.hierarchy import make_frame, make_hierarchy
from patrol.routing.search import (
    FAR,
    Labels,
    SearchGraph,
    dijkstra_path,
    dijkstra_rows,
    pack_costs,
    unpack_costs,
)
from patrol.routing.streets import Access, StreetNetwork
from patrol.routing.travel import make_graph
from tests.networks import ALL, network, way

Longs = NDArray[np.int64]


def _labels(nodes: Longs, cost: Longs | None = None) -> Labels:
    return Labels(
        np.arange(len(nodes) + 1, dtype=np.int64),
        nodes.astype(np.int32),
        np.zeros(len(nodes), dtype=np.int64) if cost is None else cost,
    )


@st.composite
def graphs(draw: st.DrawFn) -> SearchGraph:
    """A random directed graph, often in several pieces, with ties and parallel arcs."""
    seed = draw(st.integers(0, 2**32 - 1))
    n = draw(st.integers(1, 60))
    arcs = draw(st.integers(0, 4)) * n
    rng = np.random.default_rng(seed)
    seconds = rng.integers(1, draw(st.sampled_from([3, 1_000])), arcs).astype(float)
    meters = rng.integers(0, 500, arcs).astype(float)
    tail, head = rng.integers(0, n, arcs), rng.integers(0, n, arcs)
    return SearchGraph.from_arcs(n, tail, head, pack_costs(seconds, meters))


def _by_scipy(graph: SearchGraph) -> Longs:
    n = graph.node_count
    matrix = csr_array((graph.cost.astype(float), graph.head, graph.ptr), shape=(n, n))
    costs = dijkstra(matrix)
    return np.where(np.isinf(costs), FAR, costs).astype(np.int64)


@settings(max_examples=10)
@given(st.integers(33, 100), st.integers(0, 2**32 - 1))
def test_more_sources_than_one_sweep_takes_are_all_answered(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    arcs = rng.integers(0, 40, (3, 160))
    graph = SearchGraph.from_arcs(40, arcs[0], arcs[1], (arcs[2] + 1) << 24)
    sources, targets = rng.integers(0, 40, count), rng.integers(0, 40, 3)
    got = make_hierarchy(graph).costs(_labels(sources), _labels(targets))
    np.testing.assert_array_equal(got, _by_scipy(graph)[np.ix_(sources, targets)])


@given(graphs())
def test_hierarchy_and_plain_search_equal_scipy_to_the_last_bit(graph: SearchGraph) -> None:
    everywhere = _labels(np.arange(graph.node_count))
    expected = _by_scipy(graph)
    np.testing.assert_array_equal(make_hierarchy(graph).costs(everywhere, everywhere), expected)
    rows = (graph.ptr, graph.head, graph.cost)
    places = (everywhere.ptr, everywhere.node, everywhere.cost)
    np.testing.assert_array_equal(dijkstra_rows(rows, places, places), expected)


@given(graphs(), st.integers(0, 2**32 - 1))
def test_one_frame_serves_graphs_that_differ_in_costs_alone(graph: SearchGraph, seed: int) -> None:
    frame = make_frame(graph)
    cost = np.random.default_rng(seed).permutation(graph.cost)
    other = SearchGraph(graph.ptr, graph.head, cost, graph.origin)
    everywhere = _labels(np.arange(graph.node_count))
    got = frame.hierarchy(other).costs(everywhere, everywhere)
    np.testing.assert_array_equal(got, _by_scipy(other))


@given(graphs(), st.integers(0, 2**32 - 1))
def test_unpacked_ways_are_real_ways_of_the_promised_cost(graph: SearchGraph, seed: int) -> None:
    hierarchy = make_hierarchy(graph)
    expected = _by_scipy(graph)
    rng = np.random.default_rng(seed)
    for start, end in rng.integers(0, graph.node_count, (8, 2)):
        source, target = _labels(np.array([start])), _labels(np.array([end]))
        rows = (graph.ptr, graph.head, graph.cost)
        plain = dijkstra_path(
            rows, (source.ptr, source.node, source.cost), (target.ptr, target.node, target.cost)
        )
        for nodes, cost in (hierarchy.path(source, target), plain):
            assert cost == expected[start, end]
            if cost < FAR:
                assert (nodes[0], nodes[-1]) == (start, end)
                assert _length(graph, nodes) == cost
            else:
                assert not len(nodes)


def _length(graph: SearchGraph, nodes: NDArray[np.int32]) -> int:
    total = 0
    for tail, head in itertools.pairwise(nodes):
        row = slice(int(graph.ptr[tail]), int(graph.ptr[tail + 1]))
        (arc,) = np.flatnonzero(graph.head[row] == head)
        total += int(graph.cost[row][arc])
    return total


@given(graphs(), st.integers(0, 2**32 - 1))
def test_several_labels_of_a_place_count_as_the_best_of_them(graph: SearchGraph, seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = graph.node_count
    node = rng.integers(0, n, 6).astype(np.int32)
    cost = rng.integers(0, 2**30, 6)
    places = Labels(np.array([0, 2, 2, 6], dtype=np.int64), node, cost)
    full = _by_scipy(graph)
    got = make_hierarchy(graph).costs(places, places)
    for i in range(3):
        for j in range(3):
            ways = [
                full[node[a], node[b]] + cost[a] + cost[b]
                for a in range(places.ptr[i], places.ptr[i + 1])
                for b in range(places.ptr[j], places.ptr[j + 1])
                if full[node[a], node[b]] < FAR
            ]
            assert got[i, j] == min(ways, default=FAR)


@given(st.lists(st.floats(0.001, 1e5), min_size=1, max_size=20))
def test_costs_hold_time_and_length_at_once(values: list[float]) -> None:
    numbers = np.array(values)
    seconds, meters = unpack_costs(pack_costs(numbers, numbers))
    np.testing.assert_allclose(seconds, numbers, atol=0.0006)
    np.testing.assert_allclose(meters, numbers, atol=0.06)


@st.composite
def towns(draw: st.DrawFn) -> StreetNetwork:
    """A small town: a grid with missing streets, one-way streets and some for walkers only."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    size = draw(st.integers(3, 6))
    points = {
        (x, y): (x * 100 + rng.uniform(-30, 30), y * 100 + rng.uniform(-30, 30))
        for x in range(size)
        for y in range(size)
    }
    ways = []
    for (x, y), point in points.items():
        for other in ((x + 1, y), (x, y + 1)):
            if other in points and rng.random() < 0.9:
                access = rng.choice(
                    [int(ALL), int(ALL & ~Access.CAR_BACK), int(Access.FOOT)], p=[0.6, 0.3, 0.1]
                )
                ends = [x * size + y, other[0] * size + other[1]]
                number = len(ways)
                ways.append(way(number, ends, [point, points[other]], access=Access(int(access))))
    return network(*ways)


@settings(max_examples=25)
@given(towns(), st.sampled_from(list(Mode)), st.integers(0, 2**32 - 1))
def test_no_detour_is_quicker_than_the_way_itself(
    streets: StreetNetwork, mode: Mode, seed: int
) -> None:
    graph = make_graph(streets, mode, Routing())
    rng = np.random.default_rng(seed)
    usable = np.flatnonzero(graph.segment_usable)
    if not len(usable):
        return
    segment = rng.choice(usable, 12).astype(np.int32)
    places = graph.snap_segments(segment, rng.random(12))
    seconds, meters = graph.times(places, places)
    assert np.isfinite(seconds).all()
    assert (np.diag(seconds) == 0).all()
    through = (seconds[:, :, None] + seconds[None, :, :]).min(axis=1)
    # A stop at the place in between may save a turn that the way itself must pay (one may turn
    # round at a stop), and each partial segment is rounded to a millisecond.
    slack_s = 0.01 if mode is Mode.FOOT else 25.01
    assert (seconds <= through + slack_s).all()
    if mode is Mode.FOOT:
        np.testing.assert_allclose(seconds, seconds.T, atol=0.05)
    assert (meters >= 0).all()


def test_one_way_streets_leave_the_matrix_asymmetric() -> None:
    corners = [(0.0, 0.0), (0.0, 300.0), (300.0, 300.0), (300.0, 0.0), (0.0, 0.0)]
    ring = network(way(1, [1, 2, 3, 4, 1], corners, access=ALL & ~(Access.CAR_BACK)), segment_m=301)
    graph = make_graph(ring, Mode.CAR, Routing())
    seconds, _ = graph.times(*[graph.snap_segments(np.arange(4, dtype=np.int32))] * 2)
    assert seconds[0, 1] * 2.9 < seconds[1, 0]
