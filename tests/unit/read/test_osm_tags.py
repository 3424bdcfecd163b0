"""OpenStreetMap tags decide who may use a way, in which direction, and what it is called."""

import itertools

import pytest

from patrol.model.unit import Mode
from patrol.read.osm_tags import (
    NODE_KEYS,
    WAY_KEYS,
    find_class,
    node_closed,
    node_flag,
    read_incline,
    read_speed_kmh,
    read_way,
    way_access,
)
from patrol.routing.streets import MODE_ACCESS, Access, NodeFlag

F, FB = Access.FOOT, Access.FOOT_BACK
E, EF, EB = Access.EBIKE, Access.EBIKE_FORWARD, Access.EBIKE_BACK
C, CF, CB = Access.CAR, Access.CAR_FORWARD, Access.CAR_BACK
NOBODY = Access(0)


def _tags(text: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in text.split())


def _access(text: str) -> Access:
    tags = _tags(text)
    street_class = find_class(tags)
    assert street_class is not None
    return way_access(street_class, tags)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("highway=residential", F | E | C),
        ("highway=motorway", CF),
        ("highway=motorway oneway=no", C),
        ("highway=trunk", F | E | C),
        ("highway=trunk motorroad=yes", C),
        ("highway=trunk maxspeed=80", C),
        ("highway=trunk maxspeed=80 sidewalk=both", F | C),
        ("highway=trunk sidewalk=no", E | C),
        ("highway=pedestrian", F),
        ("highway=pedestrian bicycle=yes", F | E),
        ("highway=pedestrian motor_vehicle=destination", F | C),
        ("highway=footway", F),
        ("highway=footway access=yes", F),
        ("highway=footway bicycle=designated", F | E),
        ("highway=cycleway", F | E),
        ("highway=cycleway foot=no", E),
        ("highway=path", F | E),
        ("highway=path bicycle=dismount", F),
        ("highway=track", F | E),
        ("highway=track motor_vehicle=yes", F | E | C),
        ("highway=steps", F),
        ("highway=steps bicycle=yes motor_vehicle=yes", F),
        ("highway=service service=alley", F | E),
        ("highway=service service=alley motor_vehicle=yes", F | E | C),
        ("highway=bridleway", F | E),
        ("highway=road", F | E | C),
        ("highway=residential access=private", NOBODY),
        ("highway=residential access=no foot=yes", F),
        ("highway=residential access=destination", F | E | C),
        ("highway=residential vehicle=no", F),
        ("highway=residential vehicle=no bicycle=yes", F | E),
        ("highway=residential motor_vehicle=no", F | E),
        ("highway=residential motor_vehicle=no motorcar=yes", F | E | C),
        ("highway=service access=private emergency=yes", F | C),
        ("highway=residential access=unknown", F | E | C),
        ("highway=primary bicycle=use_sidepath foot=use_sidepath", C),
    ],
)
def test_classes_and_signs_decide_who_may_use_a_way(text: str, expected: Access) -> None:
    assert _access(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("oneway=yes", F | EF | CF),
        ("oneway=1", F | EF | CF),
        ("oneway=-1", F | EB | CB),
        ("oneway=reverse", F | EB | CB),
        ("oneway=no", F | E | C),
        ("oneway=reversible", F),
        ("junction=roundabout", F | EF | CF),
        ("junction=circular", F | EF | CF),
        ("junction=roundabout oneway=no", F | E | C),
        ("oneway=yes oneway:bicycle=no", F | E | CF),
        ("oneway=yes cycleway=opposite", F | E | CF),
        ("oneway=yes cycleway:left=opposite_lane", F | E | CF),
        ("oneway=yes cycleway:left:oneway=-1", F | E | CF),
        ("oneway=yes cycleway=lane", F | EF | CF),
        ("oneway:bicycle=yes", F | EF | C),
        ("oneway=yes oneway:motor_vehicle=no", F | EF | C),
        ("oneway=yes oneway:foot=yes", Access.FOOT_FORWARD | EF | CF),
        ("motor_vehicle:backward=no", F | E | CF),
        ("vehicle:forward=no bicycle:forward=yes", F | E | CB),
        ("oneway=yes bicycle:backward=yes", F | EF | CF),
    ],
)
def test_directions_follow_one_way_signs_and_their_exceptions(text: str, expected: Access) -> None:
    assert _access(f"highway=residential {text}") == expected


def test_an_escalator_runs_one_way() -> None:
    assert _access("highway=steps conveying=forward") == Access.FOOT_FORWARD
    assert _access("highway=steps conveying=backward") == FB


@pytest.mark.parametrize("highway", ["construction", "platform", "proposed", "elevator", "alley"])
def test_what_is_no_street_has_no_class(highway: str) -> None:
    assert find_class({"highway": highway}) is None


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("barrier=bollard", {Mode.CAR}),
        ("barrier=bollard motor_vehicle=yes", set()),
        ("barrier=gate", set()),
        ("barrier=gate access=private", {Mode.FOOT, Mode.EBIKE, Mode.CAR}),
        ("barrier=gate access=private foot=yes", {Mode.EBIKE, Mode.CAR}),
        ("barrier=gate locked=yes", {Mode.FOOT, Mode.EBIKE, Mode.CAR}),
        ("barrier=stile", {Mode.EBIKE, Mode.CAR}),
        ("barrier=cycle_barrier", {Mode.CAR}),
        ("barrier=kerb", set()),
        ("barrier=toll_booth", set()),
        ("highway=crossing", set()),
    ],
)
def test_barriers_stop_only_whom_they_stop(text: str, closed: set[Mode]) -> None:
    bits = node_closed(_tags(text))
    assert {mode for mode, both in MODE_ACCESS.items() if bits & both[0]} == closed
    assert all(bool(bits & a) == bool(bits & b) for a, b in MODE_ACCESS.values())


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("highway=traffic_signals", NodeFlag.SIGNALS),
        ("highway=crossing", NodeFlag.CROSSING),
        ("highway=crossing crossing=traffic_signals", NodeFlag.SIGNALS | NodeFlag.CROSSING),
        ("highway=stop", NodeFlag.STOP),
        ("highway=bus_stop", NodeFlag(0)),
    ],
)
def test_nodes_that_slow_are_marked(text: str, flag: NodeFlag) -> None:
    assert node_flag(_tags(text)) == flag


@pytest.mark.parametrize(
    ("text", "kmh"),
    [("50", 50), ("30 mph", 48.28), ("60 km/h", 60), ("none", 0), ("CN:urban", 0), ("", 0)],
)
def test_speed_limits_are_read_in_km_per_hour(text: str, kmh: float) -> None:
    assert read_speed_kmh(text) == pytest.approx(kmh, abs=0.01)


@pytest.mark.parametrize(
    ("tags", "name", "name_en"),
    [
        ({"name": "龙岗大道", "name:en": "Longgang Avenue"}, "龙岗大道", "Longgang Avenue"),
        ({"name": "Bryant Street"}, "Bryant Street", "Bryant Street"),
        ({"name:zh": "都板街", "ref": "X1"}, "都板街", "X1"),
        ({"name": "In den Äusseren"}, "In den Äusseren", ""),
        ({"ref": "G205"}, "G205", "G205"),
        ({}, "", ""),
    ],
)
def test_names_fall_back_on_what_there_is(tags: dict[str, str], name: str, name_en: str) -> None:
    read = read_way("residential", tags)
    assert (read.name, read.name_en) == (name, name_en)


def test_light_and_surface_are_read() -> None:
    assert [read_way("path", {"lit": value}).lit for value in ("yes", "no", "??")] == [1, 0, -1]
    assert read_way("path", {"surface": "gravel"}).rough == 1
    assert read_way("path", {"surface": "mud", "tracktype": "grade2"}).rough == 2
    assert read_way("path", {"surface": "asphalt"}).rough == 0


@pytest.mark.parametrize(
    ("text", "percent"),
    [("10%", 10), ("-7.6 %", -8), ("45°", 60), ("5°", 9), ("up", 0), ("", 0), ("900%", 60)],
)
def test_slopes_are_read_in_percent(text: str, percent: int) -> None:
    assert read_incline(text) == percent


class _Asked(dict[str, str]):
    """Tags that remember what they were asked for."""

    def __init__(self, tags: dict[str, str]) -> None:
        super().__init__(tags)
        self.keys_asked: set[str] = set()

    def get(self, key: str, default: str | None = None) -> str | None:  # type: ignore[override]  # str | None is all there is here
        self.keys_asked.add(key)
        return super().get(key, default)


def test_every_key_that_decides_is_asked_of_the_file() -> None:
    asked: set[str] = set()
    classes = ("residential", "service", "trunk", "steps", "cycleway", "motorway", "footway")
    for street_class, sidewalk in itertools.product(classes, ("", "no")):
        tags = _Asked({"highway": street_class, "sidewalk": sidewalk})
        if find_class(tags) is not None:
            read_way(street_class, tags)
        asked |= tags.keys_asked
    assert asked == set(WAY_KEYS)
    node = _Asked({"highway": "crossing", "barrier": "gate"})
    node_flag(node)
    node_closed(node)
    assert node.keys_asked == set(NODE_KEYS)
