"""The nearest unit is the one that is there soonest by its own streets."""

import math

import pytest

from patrol.config.schema import Routing
from patrol.model.place import Place
from patrol.model.unit import Mode
from patrol.routing.streets import Access, StreetNetwork
from patrol.routing.travel import make_graph
from patrol.usecase.nearest import NearestUnits
from tests.networks import FORWARD, grid, network, place, way


def _nearest(streets: StreetNetwork) -> NearestUnits:
    return NearestUnits(streets, {mode: make_graph(streets, mode, Routing()) for mode in Mode})


def test_units_are_ranked_by_time_not_by_distance() -> None:
    ranking = _nearest(grid(6)).rank(
        place(0, 0),
        [("walker", Mode.FOOT, place(150, 0)), ("car", Mode.CAR, place(400, 0))],
    )
    assert [unit for unit, _, _ in ranking] == ["car", "walker"]
    assert ranking[0][2] == pytest.approx(400, abs=2)
    assert ranking[1][1] == pytest.approx(150 / (4.5 / 3.6), abs=1)


def test_one_way_streets_count_towards_the_incident() -> None:
    corners = [(0.0, 0.0), (0.0, 300.0), (300.0, 300.0), (300.0, 0.0), (0.0, 0.0)]
    ring = network(way(1, [1, 2, 3, 4, 1], corners, access=FORWARD), segment_m=301)
    ranking = _nearest(ring).rank(
        place(0, 150),
        [("behind", Mode.CAR, place(0, 100)), ("past", Mode.CAR, place(0, 180))],
    )
    assert [unit for unit, _, _ in ranking] == ["behind", "past"]
    assert ranking[1][2] > 1_100


def test_a_unit_that_cannot_get_there_comes_last_without_a_time() -> None:
    streets = network(
        way(1, [1, 2], [(0, 0), (200, 0)]),
        way(2, [2, 3], [(200, 0), (300, 0)], access=Access.FOOT),
    )
    ranking = _nearest(streets).rank(
        place(0, 0),
        [("lost", Mode.FOOT, Place(20.0, 47.1)), ("near", Mode.FOOT, place(300, 0))],
    )
    assert [unit for unit, _, _ in ranking] == ["near", "lost"]
    assert math.isinf(ranking[1][1])


def test_the_stretch_off_the_street_is_walked() -> None:
    on_street, off_street = (
        _nearest(grid(3)).rank(place(50, y_m), [("car", Mode.CAR, place(150, 0))])[0]
        for y_m in (0, 40)
    )
    assert off_street[1] - on_street[1] == pytest.approx(40 / (4.5 / 3.6 / 1.3), abs=1)
    assert off_street[2] - on_street[2] == pytest.approx(40, abs=1)


def test_no_units_give_an_empty_ranking() -> None:
    assert _nearest(grid(3)).rank(place(0, 0), []) == []


def test_equal_times_are_ordered_by_id() -> None:
    here = place(100, 0)
    ranking = _nearest(grid(3)).rank(place(0, 0), [("b", Mode.FOOT, here), ("a", Mode.FOOT, here)])
    assert [unit for unit, _, _ in ranking] == ["a", "b"]
