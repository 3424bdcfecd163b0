"""Travel on real streets: equal to SciPy row by row, everything reachable, ways as promised."""

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from patrol.config.schema import Routing
from patrol.model.unit import Mode
from patrol.read.osm import read_streets
from patrol.routing.directions import make_leg
from patrol.routing.search import FAR
from patrol.routing.streets import MODE_ACCESS, STREET_CLASSES, StreetNetwork
from patrol.routing.travel import make_graph

PLACES = 60
ROWS = 12


@pytest.fixture(
    scope="module",
    params=["monaco.osm.pbf", "shenzhen_longgang.osm", "sanfrancisco_north_filtered.osm"],
)
def streets(request: pytest.FixtureRequest, shared_data: Path) -> StreetNetwork:
    return read_streets(shared_data / "osm" / request.param, 250.0).network


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(Mode))
def test_matrices_equal_scipy_to_the_last_bit(streets: StreetNetwork, mode: Mode) -> None:
    graph = make_graph(streets, mode, Routing())
    rng = np.random.default_rng(5)
    usable = np.flatnonzero(graph.segment_usable)
    places = graph.snap_segments(rng.choice(usable, PLACES).astype(np.int32), rng.random(PLACES))
    leave, enter = graph.labels(places, places)
    search = graph.search_graph
    matrix = csr_array(
        (search.cost.astype(float), search.head, search.ptr), shape=(search.node_count,) * 2
    )
    got = graph.hierarchy.costs(leave, enter)
    assert got.max() < FAR
    for row in range(ROWS):
        starts = slice(int(leave.ptr[row]), int(leave.ptr[row + 1]))
        far = dijkstra(matrix, indices=leave.node[starts]) + leave.cost[starts, None]
        through = far.min(axis=0)[enter.node] + enter.cost
        expected = np.minimum.reduceat(through, enter.ptr[:-1].astype(np.intp))
        np.testing.assert_array_equal(got[row], expected.astype(np.int64))


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(Mode))
def test_ways_keep_to_streets_open_to_their_mode(streets: StreetNetwork, mode: Mode) -> None:
    graph = make_graph(streets, mode, Routing())
    rng = np.random.default_rng(6)
    usable = np.flatnonzero(graph.segment_usable)
    places = graph.snap_segments(rng.choice(usable, 20).astype(np.int32), rng.random(20))
    seconds, meters = graph.times(places, places)
    forward, back = (int(bit) for bit in MODE_ACCESS[mode])
    for a in range(0, 20, 2):
        path = graph.path(places.one(a), places.one(a + 1))
        leg = make_leg(streets, path)
        assert path.travel_s == pytest.approx(seconds[a, a + 1], abs=1e-6)
        assert path.distance_m == pytest.approx(meters[a, a + 1], abs=0.06 * len(path.segments) + 1)
        assert sum(step.distance_m for step in leg.steps) == pytest.approx(path.distance_m)
        access = streets.seg_access[path.segments]
        assert (access & np.where(path.forward, forward, back)).all()
        if mode is not Mode.FOOT:
            stairs = STREET_CLASSES.index("steps")
            assert not (streets.seg_class[path.segments] == stairs).any()
        ends = np.where(
            path.forward, streets.seg_to[path.segments], streets.seg_from[path.segments]
        )
        starts = np.where(
            path.forward, streets.seg_from[path.segments], streets.seg_to[path.segments]
        )
        np.testing.assert_array_equal(ends[:-1], starts[1:])
        banned = {tuple(row) for row in streets.ban[(streets.ban_access & forward) != 0].tolist()}
        turns = zip(path.segments[:-1], ends[:-1], path.segments[1:], strict=True)
        assert not banned & {(int(x), int(y), int(z)) for x, y, z in turns}
