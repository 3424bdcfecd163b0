"""Turn lists: one step per street, the right turn at each corner, texts in two languages."""

import pytest

from patrol.config.schema import Routing
from patrol.model.errors import InputError
from patrol.model.plan import Step
from patrol.model.unit import Mode
from patrol.routing.directions import make_leg, step_text, turn_name
from patrol.routing.streets import StreetNetwork
from patrol.routing.travel import make_graph
from tests.networks import grid, lonlat, network, way


def _leg(streets: StreetNetwork, *ends: tuple[float, float], mode: Mode = Mode.FOOT):  # type: ignore[no-untyped-def]
    graph = make_graph(streets, mode, Routing())
    start, end = (graph.snap(*lonlat(*end)) for end in ends)
    return make_leg(streets, graph.path(start, end))


def _turns(steps: tuple[Step, ...]) -> list[tuple[str, str]]:
    return [(step.turn, step.street) for step in steps]


def test_a_corner_is_one_turn_onto_the_next_street() -> None:
    leg = _leg(grid(4), (30, 0), (200, 250))
    assert leg.steps[0].turn == "depart"
    assert leg.steps[-1].turn == "arrive"
    corners = [step.turn for step in leg.steps[1:-1]]
    assert corners in (["left"], ["left", "right", "left"], ["left", "right"])
    assert sum(step.distance_m for step in leg.steps) == pytest.approx(leg.distance_m)


def test_crossings_passed_straight_are_not_told() -> None:
    leg = _leg(grid(5), (10, 0), (390, 0))
    assert _turns(leg.steps) == [("depart", "Row 0"), ("arrive", "")]
    assert leg.steps[0].distance_m == pytest.approx(380, abs=1)


def test_steps_keep_the_english_names_of_streets() -> None:
    streets = network(
        way(1, [1, 2], [(0, 0), (100, 0)], name="人民路", name_en="Renmin Road"),
        way(2, [2, 3], [(100, 0), (100, 100)], name="后巷"),
    )
    steps = _leg(streets, (10, 0), (100, 90)).steps
    assert [step.street_en for step in steps] == ["Renmin Road", "", ""]


@pytest.mark.parametrize(
    ("end", "turn"), [((100, 90), "left"), ((100, -90), "right"), ((190, 0), "straight")]
)
def test_left_is_left_and_right_is_right(end: tuple[float, float], turn: str) -> None:
    streets = network(
        way(1, [1, 2], [(0, 0), (100, 0)], name="A"),
        way(2, [2, 3], [(100, 0), (100, 100)], name="B"),
        way(3, [4, 2], [(100, -100), (100, 0)], name="C"),
        way(4, [2, 5], [(100, 0), (200, 0)], name="D"),
    )
    assert _leg(streets, (10, 0), end).steps[1].turn == turn


def test_a_bend_of_a_street_with_one_name_is_told_only_when_sharp() -> None:
    def steps(x_m: float, y_m: float) -> list[str]:
        streets = network(
            way(1, [1, 2], [(0, 0), (100, 0)], name="A"),
            way(2, [2, 3], [(100, 0), (100 + x_m, y_m)], name="A"),
            way(3, [2, 4], [(100, 0), (100, -80)], name="B"),
        )
        return [step.turn for step in _leg(streets, (0, 0), (100 + x_m, y_m)).steps]

    assert steps(80, 40) == ["depart", "arrive"]
    assert steps(5, 80) == ["depart", "left", "arrive"]


def test_short_unnamed_links_belong_to_the_street_before() -> None:
    streets = network(
        way(1, [1, 2], [(0, 0), (100, 0)], name="A"),
        way(2, [2, 3], [(100, 0), (112, 0)]),
        way(3, [3, 4], [(112, 0), (200, 0)], name="B"),
    )
    leg = _leg(streets, (0, 0), (200, 0))
    assert _turns(leg.steps) == [("depart", "A"), ("straight", "B"), ("arrive", "")]
    assert leg.steps[0].distance_m == pytest.approx(112, abs=1)


def test_steps_begin_where_their_street_does() -> None:
    leg = _leg(grid(2), (0, 0), (100, 100))
    assert (leg.steps[0].lon, leg.steps[0].lat) == pytest.approx(lonlat(0, 0), abs=1e-6)
    assert (leg.steps[1].lon, leg.steps[1].lat) in [
        pytest.approx(lonlat(100, 0), abs=1e-6),
        pytest.approx(lonlat(0, 100), abs=1e-6),
    ]


def test_turning_round_is_said() -> None:
    streets = network(
        way(1, [1, 2], [(0, 0), (500, 0)], name="A"),
        way(2, [2, 3], [(500, 0), (500, 300)], name="B"),
        way(3, [2, 4], [(500, 0), (500, -20)], name="C"),
    )
    graph = make_graph(streets, Mode.CAR, Routing())
    # From B one may not turn into A but must turn round in C: see the ban added by hand.
    path = graph.path(graph.snap(*lonlat(500, 200)), graph.snap(*lonlat(100, 0)))
    assert [step.turn for step in make_leg(streets, path).steps] == ["depart", "right", "arrive"]


@pytest.mark.parametrize(
    ("change_deg", "name"),
    [
        (0, "straight"),
        (-15, "straight"),
        (35, "slight_right"),
        (-35, "slight_left"),
        (90, "right"),
        (-119, "left"),
        (150, "sharp_right"),
        (-150, "sharp_left"),
        (179, "uturn"),
    ],
)
def test_changes_of_direction_have_names(change_deg: float, name: str) -> None:
    assert turn_name(change_deg) == name


@pytest.mark.parametrize(
    ("step", "zh", "en"),
    [
        (
            Step("left", "龙岗大道", 123.4, 0, 0),
            "左转，进入龙岗大道，行 120 米",
            "Turn left onto 龙岗大道, 120 m",
        ),
        (
            Step("depart", "", 1_240.0, 0, 0),
            "从无名道路出发，行 1.2 公里",
            "Start on the unnamed way, 1.2 km",
        ),
        (
            Step("right", "人民路", 80.0, 0, 0, "Renmin Road"),
            "右转，进入人民路，行 80 米",
            "Turn right onto Renmin Road, 80 m",
        ),
        (Step("uturn", "A", 3.0, 0, 0), "掉头，沿A，行 10 米", "Turn round on A, 10 m"),
        (Step("arrive", "", 0.0, 0, 0), "到达", "Arrive"),
    ],
)
def test_steps_read_in_both_languages(step: Step, zh: str, en: str) -> None:
    assert (step_text(step, "zh"), step_text(step, "en")) == (zh, en)


def test_unknown_languages_and_turns_are_refused() -> None:
    with pytest.raises(InputError, match="lang must be zh or en, got fr"):
        step_text(Step("left", "", 0, 0, 0), "fr")
    with pytest.raises(InputError, match=r"turn must be one of depart, .*, got jump"):
        step_text(Step("jump", "", 0, 0, 0), "en")


def test_every_turn_that_directions_make_has_a_text_in_both_languages() -> None:
    for change_deg in range(-180, 181, 5):
        for lang in ("zh", "en"):
            assert step_text(Step(turn_name(change_deg), "A", 50, 0, 0), lang)
