"""What is seen of a street: by a camera's sector, along a patrol's way, by both, by neither."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from patrol.live.coverage import Pieces, edges_of, split_streets, view_sector

STREET = np.array([shapely.LineString([(0, 0), (1_000, 0)])], dtype=np.object_)
NOT_WHOLE = np.array([False])


def lengths(pieces: Pieces) -> tuple[float, float, float, float]:
    found = (pieces.camera, pieces.patrol, pieces.both, pieces.neither)
    return tuple(round(float(shapely.length(part).sum()), 3) for part in found)  # type: ignore[return-value]  # four of them


def test_a_camera_that_looks_east_sees_the_street_east_of_it_as_far_as_it_sees() -> None:
    sector = view_sector(100, 0, 90, 60, 50)
    pieces = split_streets(STREET, [sector], [], NOT_WHOLE)
    assert lengths(pieces) == (50.0, 0.0, 0.0, 950.0)
    assert shapely.bounds(pieces.camera[0]).tolist() == pytest.approx([100, 0, 150, 0])


def test_a_camera_that_looks_north_from_beside_the_street_sees_none_of_it() -> None:
    pieces = split_streets(STREET, [view_sector(100, 10, 0, 60, 50)], [], NOT_WHOLE)
    assert lengths(pieces) == (0.0, 0.0, 0.0, 1_000.0)


def test_a_heading_is_clockwise_from_north() -> None:
    for heading, (x, y) in {0: (0, 1), 90: (1, 0), 180: (0, -1), 270: (-1, 0)}.items():
        middle = view_sector(0, 0, heading, 40, 30).centroid
        assert (round(middle.x / 20), round(middle.y / 20)) == (x, y)


def test_a_sectors_area_is_that_of_its_share_of_the_circle() -> None:
    for fov_deg in (10.0, 90.0, 200.0, 360.0):
        area = view_sector(5, 5, 33, fov_deg, 40).area
        assert area == pytest.approx(math.pi * 40**2 * fov_deg / 360, rel=0.005)


def test_a_patrol_sees_the_part_it_goes_along_and_both_is_where_a_camera_looks_too() -> None:
    ways = edges_of([np.array([(0.0, 3.0), (120.0, 3.0)])])
    pieces = split_streets(STREET, [view_sector(100, 0, 90, 60, 50)], ways, NOT_WHOLE)
    assert lengths(pieces) == (30.0, 100.0, 20.0, 850.0)


def test_a_parallel_street_is_another_street() -> None:
    ways = edges_of([np.array([(0.0, 30.0), (1_000.0, 30.0)])])
    assert lengths(split_streets(STREET, [], ways, NOT_WHOLE)) == (0.0, 0.0, 0.0, 1_000.0)


def test_a_street_at_which_a_unit_stops_is_seen_from_end_to_end() -> None:
    pieces = split_streets(STREET, [], [], np.array([True]))
    assert lengths(pieces) == (0.0, 1_000.0, 0.0, 0.0)


def test_a_street_gone_along_there_and_back_is_one_piece() -> None:
    line = np.array([(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)])
    assert len(edges_of([line, line[::-1], line])) == 2


coordinates = st.tuples(st.floats(-300, 300), st.floats(-300, 300))


@given(
    st.lists(st.lists(coordinates, min_size=2, max_size=4, unique=True), min_size=1, max_size=4),
    st.lists(st.tuples(coordinates, st.floats(0, 360), st.floats(1, 360)), max_size=4),
    st.lists(st.lists(coordinates, min_size=2, max_size=4), max_size=3),
)
def test_the_four_parts_are_the_whole_street(
    streets: list[list[tuple[float, float]]],
    views: list[tuple[tuple[float, float], float, float]],
    ways: list[list[tuple[float, float]]],
) -> None:
    lines = np.array([shapely.LineString(points) for points in streets], dtype=np.object_)
    sectors = [view_sector(*at, heading, fov, 80) for at, heading, fov in views]
    walked = edges_of([np.array(way) for way in ways])
    whole = np.zeros(len(lines), dtype=np.bool_)
    whole[0] = bool(ways)
    pieces = split_streets(lines, sectors, walked, whole)
    # A line that crosses itself is one point set: its length counts once.
    expected = float(shapely.length(shapely.node(lines)).sum())
    total = sum(lengths(pieces))
    assert total <= float(shapely.length(lines).sum()) + 0.1
    assert total >= expected - 0.1 or not shapely.is_simple(lines).all()
