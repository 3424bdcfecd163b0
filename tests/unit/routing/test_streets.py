"""The street network checks itself, finds what is near and survives being saved."""

import dataclasses

import numpy as np
import pytest

from patrol.model.errors import InputError
from patrol.routing.streets import FORMAT, Access, StreetNetwork, one_line
from tests.networks import grid, lonlat, network, way


def _two_streets() -> StreetNetwork:
    return network(
        way(1, [1, 2], [(0, 0), (100, 0)], name="North Road"),
        way(2, [3, 4], [(0, -30), (100, -30)], access=Access.FOOT, street_class="steps"),
    )


def _near(streets: StreetNetwork, x_m: float, y_m: float, **how: object) -> tuple[int, float]:
    lon, lat = lonlat(x_m, y_m)
    index, far_m = streets.nearest_segments(np.array([lon]), np.array([lat]), **how)  # type: ignore[arg-type]
    return int(index[0]), float(far_m[0])


def test_the_nearest_street_is_found_with_its_distance() -> None:
    index, far_m = _near(_two_streets(), 50, -20, within_m=60)
    assert index == 1
    assert far_m == pytest.approx(10, rel=1e-3)


def test_streets_closed_to_a_mode_are_not_found_for_it() -> None:
    index, far_m = _near(_two_streets(), 50, -20, within_m=60, access=Access.CAR)
    assert index == 0
    assert far_m == pytest.approx(20, rel=1e-3)


def test_nothing_near_enough_is_said_so() -> None:
    assert _near(_two_streets(), 50, 500, within_m=60) == (-1, np.inf)


def test_a_place_without_coordinates_is_on_no_street() -> None:
    index, _ = _two_streets().nearest_segments(
        np.array([np.nan, lonlat(50, 0)[0]]), np.array([47.1, lonlat(50, 0)[1]]), within_m=60
    )
    assert index.tolist() == [-1, 0]


def test_no_points_and_no_streets_are_no_error() -> None:
    none = np.empty(0)
    assert len(_two_streets().nearest_segments(none, none, within_m=9)[0]) == 0
    assert _near(network(), 0, 0, within_m=9) == (-1, np.inf)


def test_an_empty_network_has_no_box_but_midpoints_of_no_segment() -> None:
    assert network().midpoints().shape == (0, 2)
    with pytest.raises(InputError, match="import streets first"):
        _ = network().bbox


def test_a_midpoint_lies_half_way_along_the_line() -> None:
    bent = network(way(1, [1, 2, 3], [(0, 0), (100, 0), (100, 60)]))
    np.testing.assert_allclose(bent.midpoints()[0], lonlat(80, 0), atol=1e-6)


def test_segments_are_found_by_id() -> None:
    assert _two_streets().find_segment("2-3") == 1
    assert _two_streets().find_segment("9-9") is None


def test_saving_keeps_everything() -> None:
    streets = _two_streets()
    again = StreetNetwork.from_arrays(streets.to_arrays())
    assert again.digest == streets.digest
    assert again.seg_name == ("North Road", "")
    np.testing.assert_array_equal(again.line_lon, streets.line_lon)


def test_the_digest_changes_with_any_part() -> None:
    streets = _two_streets()
    for name in ("seg_access", "seg_lit", "node_flag", "line_lat"):
        changed = getattr(streets, name).copy()
        changed[0] += 1
        assert dataclasses.replace(streets, **{name: changed}).digest != streets.digest, name


def test_a_saved_form_of_another_version_asks_for_a_new_import() -> None:
    arrays = _two_streets().to_arrays() | {"format": np.array([FORMAT + 1])}
    with pytest.raises(InputError, match="import the streets again"):
        StreetNetwork.from_arrays(arrays)


def test_a_saved_form_without_what_came_later_is_still_read() -> None:
    arrays = _two_streets().to_arrays()
    del arrays["seg_incline"]
    assert StreetNetwork.from_arrays(arrays).seg_incline.tolist() == [0, 0]


def test_a_saved_form_with_a_part_missing_names_it() -> None:
    arrays = _two_streets().to_arrays()
    del arrays["seg_lit"]
    with pytest.raises(InputError, match="saved streets lack seg_lit"):
        StreetNetwork.from_arrays(arrays)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("seg_class", np.array([0, 99], dtype=np.int8), r"seg_class must be in \[0, 20\]"),
        ("seg_from", np.array([0, 7], dtype=np.int32), r"seg_from must be in \[0, 3\]"),
        ("seg_lit", np.array([0], dtype=np.int8), "seg_lit must hold 2 values, got 1"),
        ("seg_length_m", np.array([1.0, np.nan]), "seg_length_m must be in"),
        ("seg_id", ("a", "a"), "ids must be unique"),
        ("seg_name", ("a\nb", ""), "must not hold line breaks"),
        ("line_ptr", np.array([0, 1, 4]), "at least 2 points"),
        ("line_ptr", np.array([1, 3, 4]), "must run from 0"),
        ("node_lat", np.array([0.0, 0.0, 0.0, 95.0]), r"node_lat must be in \[-90, 90\]"),
    ],
)
def test_a_network_cannot_be_built_wrong(name: str, value: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        dataclasses.replace(_two_streets(), **{name: value})


def test_white_space_in_names_becomes_single_spaces() -> None:
    assert one_line(" Long \n Gang\tDadao ") == "Long Gang Dadao"


def test_a_box_holds_every_crossing() -> None:
    box = grid(3).bbox
    assert box.contains(box.center)
    assert (box.west, box.south) == pytest.approx(lonlat(0, 0))
    assert (box.east, box.north) == pytest.approx(lonlat(200, 200))
