"""Ways become segments: split at junctions, facts and a longest length, with ids that last."""

import numpy as np
import pytest

from patrol.model.errors import InputError
from patrol.routing.streets import Access, NodeFlag, StreetNetwork
from patrol.routing.ways import NodeFacts, Restriction, Way, WayTags, make_network
from tests.networks import ALL, grid, network, way


def _ids(streets: StreetNetwork) -> list[str]:
    return list(streets.seg_id)


def test_a_way_is_split_where_another_one_touches_it() -> None:
    streets = network(
        way(1, [10, 11, 12], [(0, 0), (100, 0), (200, 0)]),
        way(2, [11, 13], [(100, 0), (100, 80)]),
    )
    assert _ids(streets) == ["1-10", "1-11", "2-11"]
    np.testing.assert_allclose(streets.seg_length_m, [100, 100, 80], rtol=1e-4)
    assert streets.node_count == 4


def test_a_bend_nobody_touches_is_no_junction() -> None:
    streets = network(way(1, [10, 11, 12], [(0, 0), (100, 0), (100, 100)]))
    assert _ids(streets) == ["1-10"]
    assert len(streets.segment_line(0)) == 3
    assert streets.seg_length_m[0] == pytest.approx(200, rel=1e-4)


def test_a_long_piece_is_cut_into_equal_parts() -> None:
    streets = network(way(1, [10, 11], [(0, 0), (700, 0)]), segment_m=250)
    assert _ids(streets) == ["1-10", "1-10.1", "1-10.2"]
    np.testing.assert_allclose(streets.seg_length_m, [700 / 3] * 3, rtol=1e-4)
    assert streets.seg_to[0] == streets.seg_from[1]
    np.testing.assert_allclose(streets.segment_line(0)[-1], streets.segment_line(1)[0])


def test_cuts_leave_length_and_bends_where_they_were() -> None:
    bent = way(1, [1, 2, 3, 4], [(0, 0), (90, 0), (90, 210), (400, 210)])
    whole, parts = network(bent), network(bent, segment_m=70)
    assert parts.seg_length_m.sum() == pytest.approx(whole.seg_length_m.sum())
    assert parts.seg_length_m.max() <= 70 + 1e-6
    np.testing.assert_allclose(
        np.unique(np.vstack([parts.segment_line(i) for i in range(parts.segment_count)]), axis=0)[
            [0, -1]
        ],
        np.unique(whole.segment_line(0), axis=0)[[0, -1]],
    )


def test_a_closed_way_that_nobody_touches_starts_and_ends_at_one_node() -> None:
    streets = network(way(1, [1, 2, 3, 1], [(0, 0), (50, 0), (50, 50), (0, 0)]))
    assert streets.segment_count == 1
    assert streets.seg_from[0] == streets.seg_to[0]


def test_a_way_that_comes_back_to_its_own_node_has_distinct_ids() -> None:
    streets = network(
        way(1, [1, 2, 3, 1, 4], [(0, 0), (50, 0), (50, 50), (0, 0), (0, 90)]),
        way(1, [1, 5], [(0, 0), (-40, 0)]),
    )
    assert _ids(streets) == ["1-1", "1-1~2", "1-1~3"]


def test_a_node_named_twice_in_a_row_makes_no_empty_segment() -> None:
    streets = network(way(1, [1, 1, 2], [(0, 0), (0, 0), (50, 0)]))
    assert streets.segment_count == 1


def test_a_signal_between_junctions_splits_the_way_and_is_kept() -> None:
    facts = NodeFacts(flags={2: NodeFlag.SIGNALS}, closed={3: Access.CAR})
    streets = network(way(1, [1, 2, 3, 4], [(0, 0), (40, 0), (80, 0), (120, 0)]), facts=facts)
    assert streets.segment_count == 3
    assert sorted(streets.node_flag.tolist()) == [0, 0, 0, NodeFlag.SIGNALS]
    assert sorted(streets.node_closed.tolist()) == [0, 0, 0, int(Access.CAR)]


def test_facts_about_unknown_nodes_are_ignored() -> None:
    facts = NodeFacts(flags={99: NodeFlag.STOP})
    assert not network(way(1, [1, 2], [(0, 0), (9, 0)]), facts=facts).node_flag.any()


def _crossing(restriction: Restriction) -> StreetNetwork:
    return network(
        way(1, [1, 5], [(-100, 0), (0, 0)]),
        way(2, [5, 2], [(0, 0), (100, 0)]),
        way(3, [5, 3], [(0, 0), (0, 100)]),
        restrictions=[restriction],
    )


def test_a_forbidden_turn_names_both_segments_and_the_node() -> None:
    streets = _crossing(Restriction(1, 5, 3, only=False, access=Access.CAR))
    assert [(streets.seg_id[a], streets.seg_id[b]) for a, _, b in streets.ban] == [("1-1", "3-5")]
    assert streets.ban_access.tolist() == [int(Access.CAR)]


def test_an_only_turn_forbids_all_others() -> None:
    streets = _crossing(Restriction(1, 5, 3, only=True, access=Access.CAR))
    assert [streets.seg_id[b] for _, _, b in streets.ban] == ["2-5"]


def test_restrictions_of_ways_that_do_not_meet_are_ignored() -> None:
    assert not len(_crossing(Restriction(1, 3, 2, only=False, access=Access.CAR)).ban)
    assert not len(_crossing(Restriction(1, 77, 2, only=False, access=Access.CAR)).ban)


def test_no_way_makes_an_empty_network() -> None:
    assert make_network((), 250).segment_count == 0


def test_names_are_kept_on_one_line() -> None:
    streets = network(way(1, [1, 2], [(0, 0), (9, 0)], name="龙岗\n 大道"))
    assert streets.seg_name == ("龙岗 大道",)


def test_a_grid_has_as_many_segments_as_it_has_sides() -> None:
    streets = grid(4)
    assert (streets.node_count, streets.segment_count) == (16, 24)


@pytest.mark.parametrize("segment_m", [0.0, -5.0])
def test_a_longest_length_must_be_positive(segment_m: float) -> None:
    with pytest.raises(InputError, match=r"segment_m must be > 0, got"):
        make_network((), segment_m)


def test_a_way_of_one_node_is_refused() -> None:
    with pytest.raises(InputError, match="way 7: needs at least 2 nodes"):
        Way(7, WayTags("residential", ALL), [1], [9.5], [47.0])


def test_an_unknown_class_is_refused() -> None:
    with pytest.raises(InputError, match=r"street class must be one of motorway, .* got canal"):
        WayTags("canal", ALL)
