from itertools import pairwise
from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest
import shapely

from patrol.model.errors import InputError
from patrol.model.town import Town
from patrol.web.tiles import (
    CLASSES_FROM_ZOOM,
    EDGE,
    EXTENT,
    MAX_ZOOM,
    TileMaker,
    check_tile,
    classes_at,
    to_mercator,
)
from tests.networks import grid, lonlat, network, place, way

BOX = [lonlat(0, 0), lonlat(1_000, 0), lonlat(1_000, 1_000), lonlat(0, 1_000), lonlat(0, 0)]
TOWN = Town("T1", "东镇", ((tuple(BOX),),))


def tile_of(x_m: float, y_m: float, zoom: int) -> tuple[int, int]:
    here = place(x_m, y_m)
    x, y = to_mercator(np.array([here.lon]), np.array([here.lat]))
    return int(x[0] * 2**zoom), int(y[0] * 2**zoom)


def layers_at(maker: TileMaker, zoom: int, x: int, y: int) -> dict[str, Any]:
    found: dict[str, Any] = mapbox_vector_tile.decode(
        maker.encode(zoom, x, y), default_options={"y_coord_down": True}
    )
    return found


def test_mercator_maps_the_world_onto_the_unit_square() -> None:
    x, y = to_mercator(np.array([-180.0, 0.0, 180.0]), np.array([85.051129, 0.0, -85.051129]))
    np.testing.assert_allclose(x, [0, 0.5, 1])
    np.testing.assert_allclose(y, [0, 0.5, 1], atol=1e-7)


@pytest.mark.parametrize(
    ("zoom", "x", "y"), [(-1, 0, 0), (MAX_ZOOM + 1, 0, 0), (2, 4, 0), (2, 0, -1)]
)
def test_tiles_that_do_not_exist_are_refused(zoom: int, x: int, y: int) -> None:
    with pytest.raises(InputError, match="must be in"):
        check_tile(zoom, x, y)


def test_each_zoom_draws_at_least_what_the_one_before_drew() -> None:
    drawn = [classes_at(zoom) for zoom in range(MAX_ZOOM + 1)]
    assert all(one <= two for one, two in pairwise(drawn))
    assert "motorway" in drawn[0]
    assert {"steps", "alley"} <= drawn[MAX_ZOOM]
    assert [zoom for zoom, _ in CLASSES_FROM_ZOOM] == sorted(zoom for zoom, _ in CLASSES_FROM_ZOOM)


def test_a_line_lies_where_it_is_within_a_meter() -> None:
    one = network(way(1, [1, 2], [(0, 0), (900, 700)], name="长街"))
    maker = TileMaker(one, [])
    x, y = tile_of(450, 350, MAX_ZOOM)
    (feature,) = layers_at(maker, MAX_ZOOM, x, y)["streets"]["features"]
    assert feature["properties"] == {"class": "residential", "name": "长街"}
    middle_x, middle_y = to_mercator(*(np.array([v]) for v in lonlat(450, 350)))
    point = shapely.Point(
        (middle_x[0] * 2**MAX_ZOOM - x) * EXTENT, (middle_y[0] * 2**MAX_ZOOM - y) * EXTENT
    )
    # One unit of the grid is 0.1 m here.
    assert shapely.geometry.shape(feature["geometry"]).distance(point) < 10


def test_a_tile_holds_nothing_beyond_its_edge() -> None:
    maker = TileMaker(grid(8, 200.0), [TOWN])
    for zoom in (13, 15, MAX_ZOOM):
        layers = layers_at(maker, zoom, *tile_of(500, 500, zoom))
        for layer in layers.values():
            for feature in layer["features"]:
                west, south, east, north = shapely.geometry.shape(feature["geometry"]).bounds
                assert min(west, south) >= -EDGE - 1
                assert max(east, north) <= EXTENT + EDGE + 1


def test_neighbors_share_what_crosses_their_edge() -> None:
    one = network(way(1, [1, 2], [(-3_000, 500), (3_000, 500)], name="across"))
    maker = TileMaker(one, [])
    zoom = 15
    x, y = tile_of(0, 500, zoom)
    here = layers_at(maker, zoom, x, y)["streets"]["features"]
    there = layers_at(maker, zoom, x + 1, y)["streets"]["features"]
    left = shapely.geometry.shape(here[0]["geometry"]).bounds
    right = shapely.geometry.shape(there[0]["geometry"]).bounds
    assert left[2] >= EXTENT
    assert right[0] <= 0


def test_outer_rings_run_the_way_the_format_asks_for() -> None:
    maker = TileMaker(grid(2), [TOWN])
    (feature,) = layers_at(maker, 14, *tile_of(500, 500, 14))["towns"]["features"]
    ring = feature["geometry"]["coordinates"][0]
    # MVT 2.1, section 4.3.3.3: the surveyor's formula gives a positive area, y running downwards.
    area = sum(
        x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True)
    )
    assert area > 0
    assert feature["properties"] == {"name": "东镇"}


def test_small_streets_are_left_out_of_far_views() -> None:
    one = network(
        way(1, [1, 2], [(0, 0), (900, 0)], street_class="primary"),
        way(2, [3, 4], [(0, 50), (900, 50)], street_class="steps"),
    )
    maker = TileMaker(one, [])
    for zoom, expected in ((9, {"primary"}), (MAX_ZOOM, {"primary", "steps"})):
        layers = layers_at(maker, zoom, *tile_of(450, 25, zoom))
        assert {f["properties"]["class"] for f in layers["streets"]["features"]} == expected


def test_pieces_of_one_street_are_sent_as_one_line() -> None:
    maker = TileMaker(
        network(
            *[way(n, [n, n + 1], [(n * 100, 0), (n * 100 + 100, 0)], name="A") for n in range(5)]
        ),
        [],
    )
    (feature,) = layers_at(maker, 14, *tile_of(250, 0, 14))["streets"]["features"]
    assert feature["geometry"]["type"] == "LineString"


def test_a_tile_without_streets_is_empty_and_not_an_error() -> None:
    maker = TileMaker(grid(2), [])
    assert all(not layer["features"] for layer in layers_at(maker, 10, 0, 0).values())


def test_the_version_changes_with_streets_and_towns_and_only_then() -> None:
    first = TileMaker(grid(3), [TOWN])
    assert first.digest == TileMaker(grid(3), [TOWN]).digest
    assert first.digest != TileMaker(grid(4), [TOWN]).digest
    assert first.digest != TileMaker(grid(3), []).digest
    assert first.make_tile(14, *tile_of(100, 100, 14)) is first.make_tile(
        14, *tile_of(100, 100, 14)
    )
