"""Plans as GeoJSON and GPX that other programs read."""

import dataclasses
import itertools
from datetime import UTC, date, datetime, timedelta

import gpxpy
import pytest

from patrol.config.schema import Routing
from patrol.model.plan import Leg, Plan, Route, Verdict, Visit
from patrol.model.unit import Mode
from patrol.routing.directions import make_leg
from patrol.routing.export import plan_geojson, route_gpx, route_line
from patrol.routing.travel import make_graph
from tests.networks import grid, lonlat

START = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)


@pytest.fixture
def plan() -> Plan:
    graph = make_graph(grid(4), Mode.FOOT, Routing())
    base, first, second = (graph.snap(*lonlat(*point)) for point in ((0, 0), (200, 50), (300, 300)))
    legs = [
        make_leg(graph.network, graph.path(a, b))
        for a, b in ((base, first), (first, second), (second, base))
    ]
    visits, time = [], START
    for number, leg in enumerate(legs[:2]):
        time += timedelta(seconds=leg.travel_s)
        lon, lat = leg.line[-1]
        visits.append(
            Visit(f"h{number}", f"市场 {number}", lon, lat, time, 600, 1.5, leg, reason="busy")
        )
        time += timedelta(seconds=600)
    walked = Route("F01", Mode.FOOT, START, START + timedelta(hours=8), tuple(visits), legs[2])
    at_base = Leg(line=(lonlat(0, 0), lonlat(0, 0)), distance_m=0, travel_s=0)
    idle = Route("C01", Mode.CAR, START, START + timedelta(hours=8), (), at_base)
    return Plan(
        id="p1",
        shift="day",
        on=date(2026, 3, 2),
        start=START,
        end=START + timedelta(hours=8),
        engine="ortools",
        seed=1,
        made=START,
        value=3.0,
        coverage_share=0.5,
        bound=4.0,
        routes=(walked, idle),
        unserved=(),
        verdict=Verdict((), 3.0),
    )


def test_routes_are_lines_and_visits_points(plan: Plan) -> None:
    features = plan_geojson(plan)["features"]
    kinds = [(item["geometry"]["type"], item["properties"]["kind"]) for item in features]
    assert kinds == [("LineString", "route"), ("Point", "visit"), ("Point", "visit")]
    line = features[0]["geometry"]["coordinates"]
    assert line[0] == pytest.approx(lonlat(0, 0))
    assert line[-1] == pytest.approx(lonlat(0, 0))
    assert all(a != b for a, b in itertools.pairwise(line))


def test_properties_tell_who_when_and_how_far(plan: Plan) -> None:
    collection = plan_geojson(plan)
    route, visit = (item["properties"] for item in collection["features"][:2])
    assert (route["unit_id"], route["mode"], route["visits"]) == ("F01", "foot", 2)
    assert route["distance_m"] == pytest.approx(plan.routes[0].distance_m, abs=0.1)
    assert visit["name"] == "市场 0"
    assert visit["arrive"].endswith("Z")
    assert datetime.fromisoformat(visit["depart"]) - datetime.fromisoformat(
        visit["arrive"]
    ) == timedelta(minutes=10)
    assert collection["properties"]["plan_id"] == "p1"


def test_a_unit_that_stays_at_its_base_has_no_line(plan: Plan) -> None:
    assert len(route_line(plan.routes[1])) == 1
    assert all(item["properties"]["unit_id"] == "F01" for item in plan_geojson(plan)["features"])


def test_gpx_is_read_back_with_waypoints_and_track(plan: Plan) -> None:
    read = gpxpy.parse(route_gpx(plan, plan.routes[0]))
    assert [point.name for point in read.waypoints] == ["1 市场 0", "2 市场 1"]
    assert [point.time for point in read.waypoints] == [v.arrive for v in plan.routes[0].visits]
    assert read.tracks[0].name == "F01"
    assert read.length_2d() == pytest.approx(plan.routes[0].distance_m, rel=0.01)
    times = [point.time for point in read.tracks[0].segments[0].points if point.time]
    assert times == sorted(times)
    assert len(times) == 4


def test_gpx_escapes_what_xml_would_misread(plan: Plan) -> None:
    visit = dataclasses.replace(plan.routes[0].visits[0], name="A & <B>", reason='"why"')
    route = dataclasses.replace(plan.routes[0], visits=(visit,))
    assert gpxpy.parse(route_gpx(plan, route)).waypoints[0].name == "1 A & <B>"
