"""A shift as a problem: who can reach what, and clear words where nobody can."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from patrol.config.schema import Routing, Shift
from patrol.model.errors import PlanError
from patrol.model.hotspot import Hotspot
from patrol.model.plan import LeftOut
from patrol.model.town import KeySite, SiteKind, Window
from patrol.model.unit import Base, Mode, Unit
from patrol.routing.problem import MODES
from patrol.routing.streets import Access, StreetNetwork
from patrol.routing.travel import make_graph
from patrol.usecase.shift_problem import ShiftInput, make_shift_problem, shift_times
from tests.networks import network, place, way

DAY = Shift(start=time(8), end=time(16))
START = datetime(2026, 3, 2, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")


def streets() -> StreetNetwork:
    """A street with stairs up to a second street that no car reaches."""
    return network(
        way(1, [1, 2, 6], [(0, 0), (300, 0), (900, 0)]),
        way(2, [2, 3], [(300, 0), (300, 60)], street_class="steps", access=Access.FOOT),
        way(3, [1, 6], [(0, 0), (900, -300)]),
    )


def spot(name: str, x_m: float, y_m: float, segment: int = -1, site: str | None = None) -> Hotspot:
    return Hotspot(name, name, place(x_m, y_m), 1.0, (1.0,) * 24, (), segment, site_id=site)


def given(**changes: object) -> ShiftInput:
    town = streets()
    made = ShiftInput(
        shift=DAY,
        start=START,
        end=datetime(2026, 3, 2, 8, tzinfo=UTC),
        units=[Unit("W1", "W1", Mode.FOOT, "B"), Unit("C1", "C1", Mode.CAR, "B")],
        bases=[Base("B", "Station", place(5, 0))],
        hotspots=[spot("road", 600, 0)],
        sites={},
        graphs={mode: make_graph(town, mode, Routing()) for mode in (Mode.FOOT, Mode.CAR)},
        routing=Routing(),
        zone=ZONE,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_no_units_is_no_plan() -> None:
    with pytest.raises(PlanError, match="no units to plan for"):
        make_shift_problem(given(units=[]))


def test_no_hotspots_is_no_plan() -> None:
    with pytest.raises(PlanError, match="no hotspots to visit"):
        make_shift_problem(given(hotspots=[]))


def test_units_that_cannot_leave_their_bases_are_named_and_the_others_planned_for() -> None:
    far = [Base("B", "Station", place(5, 0)), Base("X", "Island", place(50_000, 0))]
    units = [
        Unit("C7", "Car 7", Mode.CAR, "X"),
        Unit("W1", "W1", Mode.FOOT, "B"),
        Unit("W9", "Walk 9", Mode.FOOT, "Q"),
    ]
    shift = make_shift_problem(given(units=units, bases=far))
    assert shift.left_out == (
        LeftOut("C7", "Car 7", "base_off_streets"),
        LeftOut("W9", "Walk 9", "base_unknown"),
    )
    assert [unit.id for unit in shift.units] == ["W1"]
    assert shift.problem.units == 1


def test_no_unit_that_can_leave_its_base_is_no_plan() -> None:
    far = [Base("X", "Island", place(50_000, 0))]
    units = [Unit("C7", "C7", Mode.CAR, "X"), Unit("C8", "C8", Mode.CAR, "X")]
    words = "none of the 2 units can leave its base, such as unit C7: base X is not near any street"
    with pytest.raises(PlanError, match=words):
        make_shift_problem(given(units=units, bases=far))
    with pytest.raises(PlanError, match="such as unit W1: base Q is unknown"):
        make_shift_problem(given(units=[Unit("W1", "W1", Mode.FOOT, "Q")]))


def test_hotspots_that_no_mode_reaches_are_named_and_the_rest_is_planned() -> None:
    shift = make_shift_problem(given(hotspots=[spot("road", 600, 0), spot("sea", 40_000, 0)]))
    assert [(one.hotspot_id, one.reason) for one in shift.unserved] == [("sea", "unreachable")]
    assert [one.id for one in shift.hotspots] == ["road"]


def test_nothing_reachable_is_no_plan() -> None:
    with pytest.raises(PlanError, match="none of the 1 hotspots can be reached"):
        make_shift_problem(given(hotspots=[spot("sea", 40_000, 0)]))


def test_a_break_as_long_as_the_shift_is_no_plan() -> None:
    with pytest.raises(PlanError, match="break must be shorter than the shift of 30 min, got 30"):
        make_shift_problem(given(end=datetime(2026, 3, 2, 0, 30, tzinfo=UTC)))


def test_stairs_are_no_cars() -> None:
    steps = streets().find_segment("2-2")
    found = steps if steps is not None else int((streets().seg_access == Access.FOOT).argmax())
    stairs = spot("stairs", 300, 30, segment=found)
    allowed = make_shift_problem(given(hotspots=[stairs])).problem.allowed()
    assert allowed.tolist() == [[True], [False]]


def test_parking_counts_at_hotspots_and_not_at_the_base() -> None:
    shift = make_shift_problem(given())
    time_s = shift.problem.travel.time_s[MODES.index(Mode.CAR)]
    assert time_s[0, 1] - time_s[1, 0] == pytest.approx(20, abs=30)
    assert time_s[0, 0] == time_s[1, 1] == 0


def test_windows_of_a_key_site_become_duties_in_local_time() -> None:
    school = KeySite(
        "s", "s", SiteKind.SCHOOL, place(600, 0), windows=(Window(time(8, 20), time(9)),)
    )
    shift = make_shift_problem(
        given(hotspots=[spot("road", 600, 0, site="s")], sites={"s": school})
    )
    duties = shift.problem.duties
    assert (duties.open_s.tolist(), duties.close_s.tolist()) == ([1200], [3600])


def test_a_cadence_becomes_one_duty_per_period_and_shortens_the_gap() -> None:
    bank = KeySite("b", "b", SiteKind.BANK, place(600, 0), cadence_min=60)
    shift = make_shift_problem(given(hotspots=[spot("road", 600, 0, site="b")], sites={"b": bank}))
    assert shift.problem.duties.size == 8
    assert shift.problem.hotspots.gap_s.tolist() == [1800]


def test_guards_serve_places_near_their_base_only() -> None:
    units = [Unit("G1", "G1", Mode.FOOT, "B", guard_of="estate")]
    near = make_shift_problem(given(units=units)).problem
    assert near.allowed().all()
    far = given(units=units, bases=[Base("B", "Station", place(5, 0))])
    routing = make_shift_problem(replace(far, hotspots=[spot("road", 600, 0), spot("end", 890, 0)]))
    assert routing.problem.fleet.serves.tolist() == [2]


def test_a_night_shift_ends_on_the_next_day() -> None:
    night = Shift(start=time(22), end=time(6))
    start, end = shift_times(night, date(2026, 3, 1), ZONE)
    assert start == datetime(2026, 3, 1, 14, tzinfo=UTC)
    assert (end - start).total_seconds() == 8 * 3600
