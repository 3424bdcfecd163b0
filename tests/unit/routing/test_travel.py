"""Travel on small networks made by hand: one-way, barriers, stairs, turns, snapping, ways."""

import numpy as np
import pytest

from patrol.config.schema import Routing
from patrol.model.errors import InputError
from patrol.model.unit import Mode
from patrol.routing.hierarchy import Frame, make_frame
from patrol.routing.search import SearchGraph
from patrol.routing.streets import Access, NodeFlag, StreetNetwork
from patrol.routing.travel import FEW, TravelGraph, make_graph
from patrol.routing.ways import NodeFacts, Restriction
from tests.networks import ALL, FORWARD, grid, lonlat, network, way

ROUTING = Routing()
FOOT_MPS = 4.5 / 3.6
CAR_MPS = 20 / 3.6 / 1.25
"""Residential streets, with the factor."""

Point = tuple[float, float]


def _graph(streets: StreetNetwork, mode: Mode = Mode.FOOT) -> TravelGraph:
    return make_graph(streets, mode, ROUTING)


def _time(graph: TravelGraph, start: Point, end: Point) -> tuple[float, float]:
    seconds, meters = graph.times(graph.snap(*lonlat(*start)), graph.snap(*lonlat(*end)))
    return float(seconds[0, 0]), float(meters[0, 0])


def test_a_walk_takes_its_length_at_walking_speed() -> None:
    seconds, meters = _time(_graph(grid(4)), (0, 0), (300, 200))
    assert meters == pytest.approx(500, abs=1)
    assert seconds == pytest.approx(500 / FOOT_MPS, abs=1)


def test_places_between_crossings_count_from_where_they_are() -> None:
    seconds, meters = _time(_graph(grid(4)), (30, 0), (100, 60))
    assert meters == pytest.approx(130, abs=1)
    assert seconds == pytest.approx(130 / FOOT_MPS, abs=1)


def test_two_places_on_one_segment_need_no_crossing() -> None:
    graph = _graph(grid(3))
    assert _time(graph, (20, 0), (70, 0))[1] == pytest.approx(50, abs=0.5)
    assert _time(graph, (70, 0), (20, 0))[1] == pytest.approx(50, abs=0.5)
    assert _time(graph, (70, 0), (70, 0)) == (0, 0)


def _one_way_block() -> StreetNetwork:
    """A block of 100 x 100 m driven clockwise only: 1 (0, 0), 2 north, 3 north-east, 4 east."""
    corners = [(0, 0), (0, 100), (100, 100), (100, 0), (0, 0)]
    return network(way(1, [1, 2, 3, 4, 1], corners, access=FORWARD), segment_m=100.5)


def test_one_way_streets_make_cars_go_round_and_walkers_not() -> None:
    car, foot = _graph(_one_way_block(), Mode.CAR), _graph(_one_way_block())
    assert _time(car, (0, 20), (0, 80))[1] == pytest.approx(60, abs=1)
    assert _time(car, (0, 80), (0, 20))[1] == pytest.approx(340, abs=1)
    assert _time(foot, (0, 80), (0, 20))[1] == pytest.approx(60, abs=1)


def test_a_bicycle_may_ride_against_one_way_where_allowed() -> None:
    contraflow = ALL & ~Access.CAR_BACK
    streets = network(
        way(1, [1, 2], [(0, 0), (100, 0)], access=contraflow),
        way(2, [2, 3, 1], [(100, 0), (50, 200), (0, 0)]),
        way(3, [2, 4], [(100, 0), (200, 0)]),
    )
    assert _time(_graph(streets, Mode.EBIKE), (90, 0), (10, 0))[1] == pytest.approx(80, abs=1)
    assert _time(_graph(streets, Mode.CAR), (90, 0), (10, 0))[1] > 300


def _stairs() -> StreetNetwork:
    """Two streets joined by stairs of 50 m and by a road of 600 m."""
    return network(
        way(1, [1, 2], [(0, 0), (200, 0)]),
        way(2, [3, 4], [(0, 50), (200, 50)]),
        way(3, [1, 3], [(0, 0), (0, 50)], street_class="steps", access=Access.FOOT),
        way(4, [2, 5, 4], [(200, 0), (475, 25), (200, 50)]),
    )


def test_stairs_are_for_walkers_only_and_slow() -> None:
    foot_s, foot_m = _time(_graph(_stairs()), (0, 0), (0, 50))
    assert foot_m == pytest.approx(50, abs=1)
    assert foot_s == pytest.approx(50 / (FOOT_MPS / 2), abs=1)
    assert _time(_graph(_stairs(), Mode.EBIKE), (0, 0), (0, 50))[1] == pytest.approx(952, abs=3)


def test_a_car_is_never_put_on_stairs() -> None:
    graph = _graph(_stairs(), Mode.CAR)
    snapped = graph.snap(*lonlat(2, 25))
    assert _stairs().seg_id[int(snapped.segment[0])] != "3-1"
    assert not graph.segment_usable[_stairs().find_segment("3-1")]


def test_a_bollard_lets_bicycles_through_and_no_car() -> None:
    facts = NodeFacts(closed={2: Access.CAR})
    streets = network(
        way(1, [1, 2, 3], [(0, 0), (100, 0), (200, 0)]),
        way(2, [1, 4, 3], [(0, 0), (100, 300), (200, 0)]),
        facts=facts,
    )
    assert _time(_graph(streets, Mode.EBIKE), (90, 0), (110, 0))[1] == pytest.approx(20, abs=1)
    car = _graph(streets, Mode.CAR)
    assert _time(car, (90, 0), (110, 0))[1] > 700
    assert _time(car, (80, 0), (99, 0))[1] == pytest.approx(19, abs=1)


def test_an_island_is_off_the_graph() -> None:
    streets = network(
        way(1, [1, 2, 3], [(0, 0), (100, 0), (200, 0)]),
        way(2, [8, 9], [(1_000, 0), (1_100, 0)]),
    )
    graph = _graph(streets)
    snapped = graph.snap(
        np.array([lonlat(50, 0)[0], lonlat(1_050, 0)[0]]), np.array([lonlat(50, 0)[1]] * 2)
    )
    assert snapped.reachable.tolist() == [True, False]
    seconds, meters = graph.times(snapped, snapped)
    assert np.isinf(seconds[0, 1])
    assert np.isinf(seconds[1, 0])
    assert np.isinf(meters[1, 1])
    assert seconds[0, 0] == 0


def test_a_street_that_leads_in_but_not_out_is_off_the_graph() -> None:
    streets = network(
        way(1, [1, 2], [(0, 0), (100, 0)]),
        way(2, [2, 3], [(100, 0), (200, 0)], access=FORWARD),
    )
    assert _graph(streets, Mode.CAR).segment_usable.tolist() == [True, False]
    assert _graph(streets).segment_usable.tolist() == [True, True]


def test_nothing_open_to_a_mode_leaves_everything_unreachable() -> None:
    graph = _graph(network(way(1, [1, 2], [(0, 0), (100, 0)], access=Access.FOOT)), Mode.CAR)
    snapped = graph.snap(*lonlat(50, 0))
    assert not snapped.reachable.any()
    assert np.isinf(graph.times(snapped, snapped)[0]).all()


def _crossing(
    *restrictions: Restriction,
    flags: dict[int, NodeFlag] | None = None,
    street_class: str = "residential",
) -> StreetNetwork:
    """A cross of four arms of 100 m around node 5, and a way round from its north to its west."""
    return network(
        way(1, [1, 5], [(-100, 0), (0, 0)], street_class=street_class),
        way(2, [5, 2], [(0, 0), (100, 0)]),
        way(3, [5, 3], [(0, 0), (0, 100)]),
        way(4, [5, 4], [(0, 0), (0, -100)]),
        way(6, [3, 7, 1], [(0, 100), (-300, 300), (-100, 0)]),
        facts=NodeFacts(flags=flags or {}),
        restrictions=restrictions,
    )


@pytest.mark.parametrize(
    ("street_class", "right_s", "left_s"), [("tertiary", 2, 5), ("residential", 0, 0)]
)
def test_turning_costs_time_where_a_main_street_crosses(
    street_class: str, right_s: float, left_s: float
) -> None:
    graph = _graph(_crossing(street_class=street_class), Mode.CAR)
    straight, _ = _time(graph, (-50, 0), (50, 0))
    right, _ = _time(graph, (-50, 0), (0, -50))
    left, _ = _time(graph, (-50, 0), (0, 50))
    assert right - straight == pytest.approx(right_s, abs=0.3)
    assert left - straight == pytest.approx(left_s, abs=0.3)


def test_a_forbidden_turn_is_driven_round_and_walked_through() -> None:
    no_left = Restriction(1, 5, 3, only=False, access=Access.CAR)
    assert _time(_graph(_crossing(no_left), Mode.CAR), (-50, 0), (0, 50))[1] > 250
    assert _time(_graph(_crossing(no_left)), (-50, 0), (0, 50))[1] == pytest.approx(100, abs=1)
    assert _time(_graph(_crossing(no_left), Mode.EBIKE), (-50, 0), (0, 50))[1] < 101


def test_a_signal_costs_its_wait_once() -> None:
    lit = _graph(_crossing(flags={5: NodeFlag.SIGNALS}), Mode.CAR)
    dark = _graph(_crossing(), Mode.CAR)
    through = _time(lit, (-50, 0), (50, 0))[0] - _time(dark, (-50, 0), (50, 0))[0]
    before = _time(lit, (-50, 0), (-5, 0))[0] - _time(dark, (-50, 0), (-5, 0))[0]
    assert through == pytest.approx(8)
    assert before == 0


def test_turning_round_is_possible_at_a_dead_end_at_a_price() -> None:
    streets = network(
        way(1, [1, 2], [(0, 0), (100, 0)], access=FORWARD | Access.FOOT),
        way(2, [2, 3], [(100, 0), (160, 0)]),
        way(3, [2, 4, 1], [(100, 0), (50, 200), (0, 0)]),
    )
    car = _graph(streets, Mode.CAR)
    seconds, meters = _time(car, (95, 0), (75, 100))
    assert meters < 150  # Left at node 2, no detour through the dead end.
    assert _time(car, (155, 0), (105, 0))[1] == pytest.approx(50, abs=1)
    assert seconds < 60


def test_posted_limits_and_rough_surfaces_slow_cars() -> None:
    def drive(**tags: object) -> float:
        streets = network(way(1, [1, 2], [(0, 0), (1_000, 0)], street_class="primary", **tags))  # type: ignore[arg-type]
        return _time(_graph(streets, Mode.CAR), (0, 0), (1_000, 0))[0]

    assert drive() == pytest.approx(1_000 / (40 / 3.6) * 1.25, rel=1e-3)
    assert drive(maxspeed_kmh=30) == pytest.approx(1_000 / (30 / 3.6) * 1.25, rel=1e-3)
    assert drive(maxspeed_kmh=90) == pytest.approx(drive())
    assert drive(rough=2) == pytest.approx(2 * drive(), rel=1e-3)


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("prepared", [True, False])
def test_a_way_is_as_long_and_as_quick_as_the_matrix_says(mode: Mode, *, prepared: bool) -> None:
    graph = _graph(grid(5), mode)
    rng = np.random.default_rng(7)
    lon, lat = zip(*(lonlat(*rng.uniform(-20, 420, 2)) for _ in range(FEW + 4)), strict=True)
    snapped = graph.snap(np.array(lon), np.array(lat))
    seconds, meters = _graph(grid(5), mode).times(snapped, snapped)
    if prepared:
        assert graph.hierarchy is graph.hierarchy
    for a in range(len(snapped)):
        for b in range(len(snapped)):
            path = graph.path(snapped.one(a), snapped.one(b))
            assert path.travel_s == pytest.approx(seconds[a, b], abs=1e-6)
            assert path.distance_m == pytest.approx(
                meters[a, b], abs=0.06 * len(path.segments) + 0.1
            )
            assert len(path.line) >= 2


def test_a_way_begins_and_ends_where_the_places_hang_on_the_streets() -> None:
    graph = _graph(grid(4))
    path = graph.path(graph.snap(*lonlat(30, 4)), graph.snap(*lonlat(204, 150)))
    np.testing.assert_allclose(path.line[0], lonlat(30, 0), atol=1e-6)
    np.testing.assert_allclose(path.line[-1], lonlat(200, 150), atol=1e-6)
    names = [graph.network.seg_name[k] for k in path.segments]
    assert names[0] == "Row 0"
    assert names[-1] == "Column 2"


def test_a_way_to_where_one_is_stays_there() -> None:
    graph = _graph(grid(3))
    place = graph.snap(*lonlat(30, 0))
    path = graph.path(place, place)
    assert (path.distance_m, path.travel_s) == (0, 0)
    assert path.line.shape == (2, 2)


def test_a_way_to_an_unreachable_place_says_so() -> None:
    graph = _graph(grid(3), Mode.CAR)
    near, far = graph.snap(*lonlat(30, 0)), graph.snap(*lonlat(9_000, 0))
    with pytest.raises(InputError, match="no street open to mode car near start or end"):
        graph.path(near, far)


def test_known_segments_need_no_search_by_place() -> None:
    graph = _graph(_stairs(), Mode.CAR)
    snapped = graph.snap_segments(np.array([0, 2, -1], dtype=np.int32))
    assert snapped.reachable.tolist() == [True, False, False]


def test_a_kept_hierarchy_answers_like_a_fresh_one() -> None:
    first, second = _graph(grid(5), Mode.CAR), _graph(grid(5), Mode.CAR)
    assert first.key == second.key
    second.adopt_hierarchy(first.hierarchy.to_arrays())
    places = first.snap_segments(np.arange(20, dtype=np.int32))
    np.testing.assert_array_equal(first.costs(places, places), second.costs(places, places))


def test_other_speeds_share_the_order_of_crossings(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Frame] = []

    def counted(graph: SearchGraph) -> Frame:
        made.append(make_frame(graph))
        return made[-1]

    monkeypatch.setattr("patrol.routing.travel.make_frame", counted)
    streets = grid(5)
    slow = Routing(modes={**ROUTING.modes, Mode.CAR: ROUTING.modes[Mode.FOOT]})
    usual, slower = _graph(streets, Mode.CAR), make_graph(streets, Mode.CAR, slow)
    places = usual.snap_segments(np.arange(20, dtype=np.int32))
    seconds, _ = usual.times(places, places)
    longer, _ = slower.times(places, places)
    assert len(made) == 1
    assert (longer[seconds > 0] > seconds[seconds > 0]).all()


def test_where_no_street_is_open_nothing_is_reachable() -> None:
    walk = network(way(1, [1, 2], [(0, 0), (90, 0)], access=Access.FOOT))
    graph = _graph(walk, Mode.CAR)
    places = graph.snap(*np.repeat([lonlat(10, 0)], FEW + 1, axis=0).T)
    assert graph.hierarchy.shortcut_count == 0
    assert np.isinf(graph.times(places, places)[0]).all()


def test_a_hierarchy_of_another_graph_is_refused() -> None:
    small, large = _graph(grid(3)), _graph(grid(4))
    with pytest.raises(InputError, match="has 9 nodes, the graph 16"):
        large.adopt_hierarchy(small.hierarchy.to_arrays())
    with pytest.raises(InputError, match="lacks 'position'"):
        large.adopt_hierarchy({})


def test_the_key_follows_speeds_and_streets() -> None:
    faster = Routing(modes={**ROUTING.modes, Mode.FOOT: ROUTING.modes[Mode.EBIKE]})
    assert make_graph(grid(3), Mode.FOOT, faster).key != _graph(grid(3)).key
    assert _graph(grid(4)).key != _graph(grid(3)).key


def test_walking_and_riding_uphill_take_longer_than_down_and_driving_does_not() -> None:
    hill = network(way(1, [1, 2], [(0, 0), (500, 0)], incline=12))
    ratio = {}
    for mode in Mode:
        up, down = (
            _time(_graph(hill, mode), *ends)[0] for ends in (((0, 0), (500, 0)), ((500, 0), (0, 0)))
        )
        ratio[mode] = up / down
    assert ratio[Mode.FOOT] == pytest.approx(np.exp(3.5 * 0.10), abs=0.01)
    assert ratio[Mode.EBIKE] == pytest.approx(1 / 0.7, abs=0.01)
    assert ratio[Mode.CAR] == 1
