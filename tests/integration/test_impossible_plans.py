"""Shifts that cannot be planned end with exit code 3 and a reason, not with a crash."""

import json
import signal
import threading
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from patrol.app import opened
from patrol.cli.main import run
from patrol.cli.plan import stoppable
from patrol.model.errors import InputError
from patrol.model.hotspot import Hotspot
from patrol.model.incident import Incident, IncidentStatus, Source
from patrol.model.town import KeySite, SiteKind, Window
from patrol.model.unit import Base, Mode, Unit
from patrol.usecase.plan_shift import PlanRequest, plan_shift
from patrol.usecase.services import Services
from patrol.usecase.what_if import WhatIf, what_if
from tests.integration.web.county import write_config
from tests.networks import grid, place

pytestmark = pytest.mark.slow

DAY = date(2030, 3, 4)

UNITS = (Unit("F01", "Foot 1", Mode.FOOT, "B1"), Unit("C01", "Car 1", Mode.CAR, "B1"))


def county(folder: Path, **shift: object) -> Path:
    """A small town with incidents and one shift."""
    times = {"start": "08:00", "end": "12:00", "break_min": 0, **shift}
    routing = {"seconds": 0.3, "bound_seconds": 0}
    path = write_config(folder, shifts={"day": times}, routing=routing, hotspots={"count": 12})
    with opened(path) as services:
        services.streets.save_network(grid(6, 200.0))
        services.bases.save_bases([Base("B1", "Base 1", place(100, 100))])
        _add_incidents(services)
    return path


def _add_incidents(services: Services) -> None:
    services.incidents.add_incidents(
        [
            Incident(
                id=f"i{n}",
                time=services.clock() - timedelta(days=n + 1),
                place=place(100.0 * (n % 10), 200.0 * (n % 5)),
                kind="theft",
                source=Source.PUBLIC,
                status=IncidentStatus.CLOSED,
            )
            for n in range(40)
        ]
    )


def plan(path: Path, *options: str) -> int:
    return run(["--config", str(path), "plan", "--shift", "day", "--date", "2030-03-04", *options])


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> pytest.CaptureFixture[str]:
    capsys.readouterr()
    return capsys


def test_no_units(tmp_path: Path, told: pytest.CaptureFixture[str]) -> None:
    assert plan(county(tmp_path), "--json") == 3
    assert "no units to plan for" in json.loads(told.readouterr().out)["error"]


def test_or_tools_gives_a_second_opinion_on_the_same_shift(
    tmp_path: Path, told: pytest.CaptureFixture[str]
) -> None:
    path = county(tmp_path)
    with opened(path) as services:
        services.units.save_units(UNITS)
    values = {}
    for engine in ("local", "ortools"):
        assert plan(path, "--json", "--engine", engine, "--seconds", "1") == 0
        out, err = told.readouterr()
        made = json.loads(out)
        assert (made["engine"], made["verdict"]["ok"]) == (engine, True)
        assert "search: value with duties" in err
        values[engine] = made["value"]
    assert 0 < values["ortools"] <= values["local"] * 1.001


def test_one_unit_off_the_streets_is_left_out_and_named(
    tmp_path: Path, told: pytest.CaptureFixture[str]
) -> None:
    path = county(tmp_path)
    with opened(path) as services:
        services.bases.save_bases([Base("SEA", "Island", place(90_000, 0))])
        services.units.save_units([*UNITS, Unit("C09", "Car 9", Mode.CAR, "SEA")])
    assert plan(path, "--json") == 0
    made = json.loads(told.readouterr().out)
    assert made["left_out"] == [{"unit_id": "C09", "name": "Car 9", "reason": "base_off_streets"}]
    assert sorted(route["unit"] for route in made["routes"]) == ["C01", "F01"]
    assert made["verdict"]["ok"]
    assert plan(path) == 0
    assert "left out: unit C09 (base_off_streets)" in told.readouterr().out


def test_no_unit_on_the_streets_is_no_plan(
    tmp_path: Path, told: pytest.CaptureFixture[str]
) -> None:
    path = county(tmp_path)
    with opened(path) as services:
        services.bases.save_bases([Base("SEA", "Island", place(90_000, 0))])
        services.units.save_units([Unit("C09", "Car 9", Mode.CAR, "SEA")])
    assert plan(path, "--json") == 3
    assert "none of the 1 units can leave its base" in json.loads(told.readouterr().out)["error"]


def test_no_hotspots_at_all(tmp_path: Path, told: pytest.CaptureFixture[str]) -> None:
    path = write_config(tmp_path, hotspots={"count": 1, "exploration_share": 0.0})
    with opened(path) as services:
        services.streets.save_network(grid(6, 200.0))
        services.bases.save_bases([Base("B1", "Base 1", place(100, 100))])
        services.units.save_units(UNITS)
    assert plan(path, "--json") == 3
    assert "no hotspots to visit" in json.loads(told.readouterr().out)["error"]


def test_no_time_for_any_stop(tmp_path: Path, told: pytest.CaptureFixture[str]) -> None:
    path = county(tmp_path, end="08:10")
    with opened(path) as services:
        services.units.save_units(UNITS)
    assert plan(path, "--json") == 3
    assert "no stop for any unit" in json.loads(told.readouterr().out)["error"]


def test_a_break_longer_than_the_shift_is_refused_with_file_and_key(
    tmp_path: Path, told: pytest.CaptureFixture[str]
) -> None:
    times = {"start": "08:00", "end": "09:00", "break_min": 90}
    path = write_config(tmp_path, shifts={"day": times})
    assert plan(path) == 2
    assert "config.yaml" in told.readouterr().err


def test_a_site_whose_window_is_over_is_no_reason_to_fail(tmp_path: Path) -> None:
    path = county(tmp_path, start="09:00", end="13:00")
    with opened(path) as services:
        services.units.save_units(UNITS)
        services.sites.save_sites([_school("past", ("06:00", "07:00"))])
        made = plan_shift(services, PlanRequest("day", DAY, seed=1), lambda _: True)
    assert made.verdict.ok
    assert "site:past" not in {one.hotspot_id for one in made.unserved}
    assert made.quality.response is not None
    assert "site:past" not in {gap.hotspot_id for gap in made.quality.response.gaps}


def test_a_window_too_tight_to_be_met_is_named(tmp_path: Path) -> None:
    path = county(tmp_path, start="08:00", end="12:00")
    with opened(path) as services:
        services.units.save_units([Unit("F01", "Foot 1", Mode.FOOT, "B1")])
        # Both schools at the same two minutes, a kilometer apart: one of them cannot be met.
        services.sites.save_sites(
            [
                _school("east", ("08:20", "08:22"), (900.0, 100.0)),
                _school("west", ("08:20", "08:22"), (100.0, 900.0)),
            ]
        )
        made = plan_shift(services, PlanRequest("day", DAY, seed=1), lambda _: True)
    named = {one.hotspot_id: one for one in made.unserved}
    late = [named[f"site:{name}"] for name in ("east", "west") if f"site:{name}" in named]
    assert late
    # Whoever stands at that gate must be told which of its windows it is.
    assert all(one.window == "08:20-08:22" or one.reason == "no_capacity" for one in late)


def test_the_command_names_key_sites_and_says_how_good_the_plan_is(
    tmp_path: Path, told: pytest.CaptureFixture[str]
) -> None:
    path = county(tmp_path, start="08:00", end="12:00")
    with opened(path) as services:
        services.units.save_units([*UNITS, Unit("F02", "Foot 2", Mode.FOOT, "B1")])
        services.sites.save_sites([_school("gate", ("08:00", "08:01"), (900.0, 900.0))])
    assert plan(path) == 0
    said = told.readouterr().out
    assert "not served, window_tight: gate 08:00-08:01" in said
    assert "(gap " in said
    assert "response: " in said
    assert "fairness: " in said


def _school(
    name: str, window: tuple[str, str], at: tuple[float, float] = (300.0, 300.0)
) -> KeySite:
    hours = Window(time.fromisoformat(window[0]), time.fromisoformat(window[1]))
    return KeySite(name, name, SiteKind.SCHOOL, place(*at), windows=(hours,))


def test_what_if_says_what_one_car_more_or_less_would_bring(
    tmp_path: Path, told: pytest.CaptureFixture[str]
) -> None:
    path = county(tmp_path)
    with opened(path) as services:
        services.units.save_units(UNITS)
        made = plan_shift(services, PlanRequest("day", DAY, seed=1), lambda _: True)
        shares: list[float] = []
        more = what_if(services, made.id, WhatIf(add=Mode.CAR, seconds=0.3), shares.append)
        less = what_if(services, made.id, WhatIf(remove="C01", seconds=0.3))
        with pytest.raises(InputError, match="unit X9 is unknown"):
            what_if(services, made.id, WhatIf(remove="X9", seconds=0.3))
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert more.gain >= 0
    assert less.gain <= 0
    assert more.before == pytest.approx(less.before)
    options = ["whatif", made.id, "--unit", "F01", "--mode", "car", "--seconds", "0.3", "--json"]
    told.readouterr()
    assert run(["--config", str(path), *options]) == 0
    answer = json.loads(told.readouterr().out)
    assert answer["gain"] == pytest.approx(answer["after"] - answer["before"])


def test_a_unit_that_joins_or_changes_wheels_has_stops_of_its_own(tmp_path: Path) -> None:
    # One unit on foot cannot cover a town in a long shift; what others add depends on their mode.
    path = county(tmp_path, end="18:00")
    with opened(path) as services:
        services.units.save_units([UNITS[0]])
        made = plan_shift(services, PlanRequest("day", DAY, seed=1), lambda _: True)
        alone = what_if(services, made.id, WhatIf(unit="F01", mode=Mode.CAR, seconds=0.3))
        more = what_if(services, made.id, WhatIf(add=Mode.CAR, seconds=0.3))
    assert alone.stops_after > 0
    assert more.stops_after > more.stops_before * 1.2
    assert more.gain > 0.05 * more.before


def test_two_questions_at_once_are_refused() -> None:
    with pytest.raises(InputError, match="one question"):
        WhatIf(add=Mode.CAR, remove="C01")


def test_the_first_interrupt_ends_the_search_and_keeps_the_plan(tmp_path: Path) -> None:
    path = county(tmp_path)
    with opened(path) as services:
        services.units.save_units(UNITS)
        with stoppable() as going:

            def watch(step: object) -> bool:
                if getattr(step, "text", "") == "search" and going():
                    signal.raise_signal(signal.SIGINT)
                return going()

            request = PlanRequest("day", DAY, seconds=600, seed=1)
            made = plan_shift(services, request, watch)
        assert threading.current_thread() is threading.main_thread()
        assert services.plans.get_plan(made.id).verdict.ok
        assert sum(len(route.visits) for route in made.routes) > 0


def test_places_drawn_for_exploration_reach_the_plan(tmp_path: Path) -> None:
    path = county(tmp_path)
    with opened(path) as services:
        services.units.save_units(UNITS)
        made = plan_shift(services, PlanRequest("day", DAY, seed=3), lambda _: True)
    assert made.quality.explored > 0
    assert made.quality.response is not None
    assert {load.unit_id for load in made.quality.loads} == {"F01", "C01"}
    assert sum(v for k, v in made.quality.values.items() if k.startswith("mode:")) == pytest.approx(
        made.value
    )


def test_a_hotspot_is_not_explored_by_default() -> None:
    assert not Hotspot("h", "h", place(0, 0), 1.0, (1.0,) * 24, ()).explored
