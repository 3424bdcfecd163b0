"""A shift across the morning peak: from config.yaml to the routes that officers are shown."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from patrol.app import opened
from patrol.model.plan import Route
from patrol.model.unit import Base, Mode, Unit
from patrol.routing.problem import MODES, Solution, Stop, UnitRoute
from patrol.routing.value import plan_value
from patrol.usecase.close_streets import ClosureRequest, close_streets
from patrol.usecase.plan_routes import make_routes
from patrol.usecase.plan_shift import PlanRequest, load_shift, plan_shift
from patrol.usecase.services import Services
from patrol.usecase.shift_problem import ShiftProblem, shift_times
from patrol.usecase.travel_graphs import band_graphs, same_bands
from patrol.web.nearest_book import NearestBook
from tests.integration.thefts import thefts_in_the_east
from tests.integration.web.county import write_config
from tests.networks import grid, place

pytestmark = pytest.mark.slow

MONDAY, SUNDAY = date(2030, 3, 4), date(2030, 3, 3)
CAR = MODES.index(Mode.CAR)
SLOW = {"start": "07:00", "end": "09:00", "car": {"side": 0.4}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A town of side streets with two cars and a walker; half as fast and less until nine."""
    made = write_config(
        tmp_path,
        shifts={"day": {"start": "08:00", "end": "12:00", "break_min": 0}},
        routing={"bound_seconds": 0, "bands": {"morning": SLOW}, "choice": {"candidates": 0}},
        hotspots={"count": 12, "exploration_share": 0.0},
    )
    with opened(made) as services:
        services.streets.save_network(grid(12, 200.0))
        services.bases.save_bases([Base("WEST", "West", place(100, 1000))])
        services.units.save_units(
            [
                *(Unit(f"C0{n}", f"Car {n}", Mode.CAR, "WEST") for n in (1, 2)),
                Unit("F01", "Foot 1", Mode.FOOT, "WEST"),
            ]
        )
        services.incidents.add_incidents(thefts_in_the_east(services.clock()))
    return made


def load(services: Services, on: date) -> ShiftProblem:
    start, end = shift_times(services.config.shifts["day"], on, services.config.county.zone)
    return load_shift(services, "day", start, end, 0)


def check_times(route: Route) -> None:
    """Whoever follows the legs is at every stop in time, and back when it is said."""
    leaves = route.start
    for visit in route.visits:
        assert leaves + timedelta(seconds=visit.leg.travel_s) <= visit.arrive
        leaves = visit.arrive + timedelta(seconds=visit.dwell_s)
    assert leaves + timedelta(seconds=route.back.travel_s) <= route.end


def test_ways_by_car_take_longer_in_the_peak_and_walks_do_not(path: Path) -> None:
    with opened(path) as services:
        shift = load(services, MONDAY)
        travel = shift.problem.travel
        assert travel.begin_s.tolist() == [0, 3600]
        assert travel.time_s.shape[0] == len(MODES) + 1
        assert travel.layer.tolist() == [[0, 0], [1, 1], [3, 2]]
        goal = int(shift.problem.hotspots.place[0])
        early, late = (travel.arrive_s(CAR, 0, goal, at) - at for at in (0, 7200))
        parked_s = services.config.routing.modes[Mode.CAR].stop_s
        assert (early - parked_s) / (late - parked_s) == pytest.approx(1 / 0.4, rel=0.05)
        foot = MODES.index(Mode.FOOT)
        assert travel.arrive_s(foot, 0, goal, 0) == travel.arrive_s(foot, 0, goal, 7200) - 7200
        # On Sundays there is no peak, and nothing is made for it.
        assert load(services, SUNDAY).problem.travel.time_s.shape[0] == len(MODES)


def test_the_same_leg_is_told_with_the_time_of_its_departure(path: Path) -> None:
    with opened(path) as services:
        shift = load(services, MONDAY)
        goal = int(shift.problem.hotspots.place[0])
        back_s = shift.problem.travel.arrive_s(CAR, 0, goal, 0)
        stops = (Stop(0, back_s, 600), Stop(0, back_s + 7200, 600))
        first = UnitRoute(stops[:1])
        second = UnitRoute(stops[1:])
        none = UnitRoute()
        solution = Solution((first, second, none))
        early, late, _ = make_routes(shift, solution, plan_value(shift.problem, solution))
        # Both set out at once, so the way there is that of the peak; the ways back are not.
        assert early.visits[0].leg == late.visits[0].leg
        assert early.back.travel_s > 2 * late.back.travel_s
        assert early.back.distance_m == pytest.approx(late.back.distance_m)
        for route in (early, late):
            check_times(route)


@pytest.mark.parametrize("engine", ["local", "ortools"])
def test_a_plan_across_the_peak_keeps_all_rules_and_its_times_fit(path: Path, engine: str) -> None:
    with opened(path) as services:
        request = PlanRequest("day", MONDAY, seconds=0.5, seed=3, engine=engine)
        plan = plan_shift(services, request, lambda _: True)
        assert plan.verdict.ok
        assert sum(len(route.visits) for route in plan.routes) > 6
        for route in plan.routes:
            check_times(route)


def test_the_nearest_unit_is_told_in_the_traffic_of_now(path: Path) -> None:
    now = [datetime(2030, 3, 4, 0, 30, tzinfo=UTC)]
    with opened(path, clock=lambda: now[0]) as services:
        book, goal = NearestBook(), place(1600, 1000)
        cars = [("C01", Mode.CAR, place(100, 1000))]
        peak = book.ranker(services)(goal, cars)[0]
        now[0] += timedelta(hours=2)
        after = book.ranker(services)(goal, cars)[0]
        assert peak[1] > 2 * after[1]
        assert peak[2] == pytest.approx(after[2])


def test_a_closed_street_makes_the_graphs_of_all_bands_anew(path: Path) -> None:
    with opened(path) as services:
        shift = load(services, MONDAY)
        start, end = shift.start, shift.end
        modes = sorted(shift.graphs)
        assert same_bands(shift.bands, band_graphs(services, modes, start, end))
        request = ClosureRequest(segment_ids=(services.streets.get_network().seg_id[0],))
        close_streets(services.streets, services.clock, request)
        assert not same_bands(shift.bands, band_graphs(services, modes, start, end))
