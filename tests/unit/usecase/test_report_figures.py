"""Figures of the reports on cases worked out by hand."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from patrol.live.visibility import wilson_share
from patrol.model.errors import InputError
from patrol.model.fix import Pass
from patrol.model.incident import Assignment, Incident, Source
from patrol.model.plan import Leg, Plan, PlanStatus, Route, Verdict, Visit
from patrol.model.quality import Quality, ResponseGap, ResponseNote
from patrol.model.report import COUNTY, Column, Measure, Report, ReportName
from patrol.model.town import SurveyAnswer
from patrol.model.unit import Mode
from patrol.routing.streets import StreetNetwork
from patrol.usecase.report import ReportRequest
from patrol.usecase.report_coverage import _Sum, add_plan, add_shares, gaps_min
from patrol.usecase.report_fairness import Load, night_s, spread_cells
from patrol.usecase.report_guarantee import note_cells
from patrol.usecase.report_response import _cells, _Times
from patrol.usecase.report_safety import judge, rank_interval, safety_rows
from patrol.usecase.report_towns import TownList
from patrol.usecase.report_visibility import Way, streets_by_hour
from tests.networks import grid

EIGHT = datetime(2026, 5, 1, 8, tzinfo=UTC)


def minute(number: float) -> datetime:
    return EIGHT + timedelta(minutes=number)


# Safety


@pytest.mark.parametrize(
    ("safe", "asked", "state"),
    [(80, 100, "not_shown"), (90, 100, "met"), (70, 100, "missed"), (344, 400, "met")],
)
def test_a_target_is_met_or_missed_only_where_the_whole_interval_says_so(
    safe: int, asked: int, state: str
) -> None:
    assert judge(wilson_share(safe, asked), 0.8) == state


def test_ranks_are_told_apart_by_clear_differences_only() -> None:
    shares = {
        "a": wilson_share(95, 100),
        "b": wilson_share(93, 100),
        "c": wilson_share(50, 100),
        COUNTY: wilson_share(238, 300),
    }
    assert [rank_interval(town, shares) for town in "abc"] == [(1, 2), (1, 2), (3, 3)]


def test_answers_are_added_by_quarter_and_the_county_comes_last() -> None:
    answers = [
        SurveyAnswer("T1", date(2026, 3, 1), 100, 80, "2026Q1"),
        SurveyAnswer("T1", date(2026, 5, 1), 60, 60, "2026Q2"),
        SurveyAnswer("T1", date(2026, 6, 1), 40, 30, "2026Q2"),
        SurveyAnswer("T2", date(2026, 6, 1), 100, 50, "2026Q2"),
    ]
    rows = safety_rows(answers, {"T1": "East", "T2": "West"}, 0.8)
    assert [(row[0], row[2], row[3], row[4]) for row in rows] == [
        ("T1", "2026Q2", 100, 90),
        ("T2", "2026Q2", 100, 50),
        (COUNTY, "2026Q2", 200, 140),
        ("T1", "2026Q1", 100, 80),
        (COUNTY, "2026Q1", 100, 80),
    ]
    assert rows[0][9] == pytest.approx(0.1)
    assert rows[1][9] is None


# Response


def test_response_runs_from_the_report_to_the_first_who_arrives() -> None:
    times = _Times()
    incident = Incident("i", minute(0), None, "theft", Source.PUBLIC)
    slow = Assignment("a", "i", "F01", minute(1), arrived=minute(9), ended=minute(20))
    quick = Assignment("b", "i", "C01", minute(2), arrived=minute(4))
    times.add(incident, (slow, quick))
    times.add(Incident("j", minute(0), None, "theft", Source.PUBLIC), ())
    assert (times.incidents, times.dispatched) == (2, 1)
    assert (times.assign_min, times.travel_min, times.arrive_min) == ([1.0], [2.0], [4.0])
    cells = _cells(times, (1, 3, 5))
    assert cells[:3] == (2, 1, 1)
    assert cells[7:10] == (0.0, 0.0, 1.0)


def test_without_arrivals_nothing_is_claimed() -> None:
    assert _cells(_Times(), (1, 3, 5)) == (0, 0, 0, *([None] * 9))


# Coverage


def plan_of(*visits: Visit) -> Plan:
    leg = Leg(((9.5, 47.1), (9.5, 47.1)), 0.0, 0)
    route = Route("F01", Mode.FOOT, minute(0), minute(480), visits, leg)
    return Plan(
        id="p", shift="day", on=EIGHT.date(), start=minute(0), end=minute(480), engine="local",
        seed=1, made=minute(0), value=1.0, coverage_share=0.5, bound=1.0, routes=(route,),
        unserved=(), verdict=Verdict((), 1.0), status=PlanStatus.PUBLISHED,
    )  # fmt: skip


def visit(hotspot_id: str, at: float) -> Visit:
    leg = Leg(((9.5, 47.1), (9.5, 47.1)), 0.0, 0)
    return Visit(hotspot_id, hotspot_id, 9.5, 47.1, minute(at), 600, 1.0, leg)


def test_a_visit_is_done_by_its_own_unit_about_its_time() -> None:
    towns = TownList({"T1": "East"}, np.empty(0, np.int32), {"h1": "T1"})
    passes = [
        Pass("F01", "h1", minute(35), minute(45), planned=True),  # 25 minutes late: in time
        Pass("C01", "h2", minute(60), minute(70), planned=False),  # another unit
        Pass("F01", "h3", minute(200), minute(210), planned=True),  # an hour late
    ]
    plan = plan_of(visit("h1", 0), visit("h2", 60), visit("h3", 120), visit("h4", 470))
    sums = {"T1": _Sum(), COUNTY: _Sum()}
    add_plan(sums, towns, plan, passes, (minute(0), minute(300)))
    whole = sums[COUNTY].cells(0.0)
    assert whole[:2] == (3, 1)  # h4 is not due yet
    assert whole[2] == pytest.approx(1 / 3)
    assert whole[5:7] == (pytest.approx(0.5), pytest.approx(0.5))
    assert whole[7:9] == (3, 3)
    assert sums["T1"].cells(0.0)[:2] == (1, 1)


def test_gaps_run_from_leaving_to_coming_back_and_overlaps_are_one_stay() -> None:
    stays = [(minute(0), minute(10)), (minute(5), minute(20)), (minute(50), minute(60))]
    assert gaps_min(reversed(stays)) == [30.0]


def test_towns_share_the_cover_by_what_plans_are_worth() -> None:
    sums: defaultdict[str, _Sum] = defaultdict(_Sum)
    small = replace(plan_of(), value=10.0, shares={"town:T1": 0.8, "town:": 0.2, "mode:foot": 1.0})
    short = Quality(town_shortfalls={"T1": 0.1})
    large = replace(plan_of(), value=30.0, shares={"town:T1": 0.2, "town:T2": 0.8}, quality=short)
    for plan in (small, large):
        add_shares(sums, plan)
    assert sums["T1"].cells(40.0)[-2:] == (pytest.approx(14 / 40), 1)
    assert sums["T2"].cells(40.0)[-2:] == (pytest.approx(24 / 40), 0)
    assert sums[COUNTY].cells(40.0)[-2:] == (1.0, 1)


# Fairness and the response guarantee


UTC_ZONE = ZoneInfo("UTC")


def test_a_unit_s_load_is_ways_and_stops_without_waiting_and_the_night_part_of_it() -> None:
    ten_min = Leg(((9.5, 47.1), (9.5, 47.1)), 500.0, 600)
    # Reached at 21:50, ten minutes at the stop, twenty of waiting, ten back: half of 40 at night.
    stop = Visit("h", "h", 9.5, 47.1, minute(830), 600, 1.0, ten_min)
    late = Visit("g", "g", 9.5, 47.1, minute(860), 600, 1.0, replace(ten_min, travel_s=0))
    route = Route("F01", Mode.FOOT, minute(800), minute(880), (stop, late), ten_min)
    load = Load()
    load.add(route, UTC_ZONE)
    load.add(replace(route, visits=()), UTC_ZONE)
    assert (load.shifts, load.active_s, load.distance_m) == (2, 2_400, 1_500.0)
    assert load.night_share == 0.5


def test_the_night_runs_over_midnight() -> None:
    begin = EIGHT.replace(hour=20)
    assert night_s(begin, begin + timedelta(hours=12), UTC_ZONE) == 8 * 3_600
    assert night_s(EIGHT, EIGHT + timedelta(hours=8), UTC_ZONE) == 0
    assert night_s(EIGHT.replace(hour=1), EIGHT.replace(hour=2), UTC_ZONE) == 3_600


def test_units_that_did_nothing_pull_the_least_to_nothing() -> None:
    busy = Load(1, 7_200.0, 3_600.0, 9_000.0)
    cells = spread_cells([busy, Load(shifts=1)])
    assert cells[:6] == (2, 2, 0.0, 1.0, 2.0, 2.0)
    assert cells[6:] == (0.0, 4.5, 9.0, 2.0, 0.0, 0.25, 0.5)
    assert spread_cells([Load(shifts=1)])[5] is None


def test_the_guarantee_is_the_mean_of_plans_with_the_worst_beside_it() -> None:
    gap = ResponseGap("h", "h", minute(0), minute(25), 60, 300)
    good = ResponseNote(0.9, 1.0, (0.8, None, 1.0), (1, 3, 5), (), 0)
    poor = ResponseNote(0.5, 5.0, (0.4, 0.6, 0.6), (1, 3, 5), (gap,), 70)
    cells = note_cells([good, poor])
    assert cells[:3] == (2, pytest.approx(0.7), 0.5)
    assert cells[3:6] == (pytest.approx(0.6), 0.6, pytest.approx(0.8))
    assert cells[6:] == (6.0, 70, 25.0)


# Visibility


def test_a_street_is_seen_in_the_hour_a_unit_was_on_it() -> None:
    network: StreetNetwork = grid(3, 100.0)
    middle = network.midpoints()
    x_m, y_m = network.projection.to_xy_m(middle[:, 0], middle[:, 1])
    time_s = np.array([100.0, 3_700.0])
    way = Way(Mode.CAR, time_s, x_m[[0, 5]], y_m[[0, 5]])
    seen = streets_by_hour(network, [way], 0.0, 2)
    assert seen.shape == (3, network.segment_count, 2)
    assert np.argwhere(seen).tolist() == [[2, 0, 0], [2, 5, 1]]


def test_a_unit_in_the_fields_is_on_no_street() -> None:
    network = grid(3, 100.0)
    far = Way(Mode.FOOT, np.array([1.0]), np.array([50.0]), np.array([5_000.0]))
    assert not streets_by_hour(network, [far], 0.0, 1).any()


# The form


def test_a_report_refuses_rows_that_do_not_fit_its_columns() -> None:
    columns = (Column("town", Measure.TEXT),)
    with pytest.raises(InputError, match="a row has 2 cells, not 1"):
        Report(ReportName.SAFETY, minute(0), minute(1), columns, (("a", "b"),))


@pytest.mark.parametrize("days", [0, -1, 32])
def test_a_period_out_of_range_is_named_with_what_is_allowed(days: int) -> None:
    first = date(2026, 5, 1)
    with pytest.raises(InputError, match=r"visibility report takes 1 to 31 days .* got 2026-05-01"):
        ReportRequest(ReportName.VISIBILITY, first, first + timedelta(days=days))
