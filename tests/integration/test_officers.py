"""Simulated officers keep to the plan, check in, answer calls, and come back to their route."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from patrol.app import opened
from patrol.demo.errand import SCENE_S
from patrol.demo.officers import FOLLOW_PLAN_S, Officer, Simulation
from patrol.demo.phone import Phone
from patrol.model.incident import Incident, IncidentStatus, Source
from patrol.model.place import Place
from patrol.model.plan import Leg, Plan, PlanStatus, Route, Verdict, Visit
from patrol.model.unit import Base, Mode, Unit, UnitStatus
from patrol.usecase.access import CONSOLE
from patrol.usecase.dispatch import assign_unit, close_incident
from patrol.usecase.services import Services
from tests.integration.phone_service import Service

pytestmark = pytest.mark.slow

START = datetime(2026, 11, 23, 8, tzinfo=UTC)
BASE = Place(123.55, 30.85)
STOP = Place(123.552, 30.85)
FAR = Place(123.556, 30.85)
LEG_S = 240


@dataclass(slots=True)
class Hand:
    """A clock that a test sets."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


def make_plan() -> Plan:
    there = Leg(((BASE.lon, BASE.lat), (STOP.lon, STOP.lat)), 191.0, LEG_S)
    back = Leg(((STOP.lon, STOP.lat), (BASE.lon, BASE.lat)), 191.0, LEG_S)
    visit = Visit("h1", "H1", STOP.lon, STOP.lat, START + timedelta(minutes=20), 900, 1.0, there)
    route = Route("F01", Mode.FOOT, START, START + timedelta(hours=2), (visit,), back)
    end = START + timedelta(hours=8)
    return Plan(
        "p1", "day", date(2026, 11, 23), START, end, "local", 1, START, 1.0, 0.5, 2.0,
        (route,), (), Verdict((), 1.0), PlanStatus.DRAFT,
    )  # fmt: skip


def straight(_: Mode, here: Place, there: Place) -> tuple[list[tuple[float, float]], float]:
    return [(here.lon, here.lat), (there.lon, there.lat)], here.distance_m(there) / 1.25


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def services(tmp_path: Path, clock: Hand) -> Iterator[Services]:
    config = tmp_path / "config.yaml"
    config.write_text("county: {timezone: UTC}\n", encoding="utf-8")
    with opened(config, clock=clock) as found:
        found.bases.save_bases([Base("b1", "B1", BASE)])
        found.units.save_units([Unit("F01", "F01", Mode.FOOT, "b1")])
        found.plans.save_plan(make_plan())
        found.plans.publish("p1")
        yield found


@pytest.fixture
def server() -> Iterator[Service]:
    service = Service()
    thread = threading.Thread(target=service.serve_forever)
    thread.start()
    yield service
    service.shutdown()
    thread.join()
    service.server_close()


class Shift:
    """Steps a simulation by the clock."""

    def __init__(self, services: Services, server: Service, clock: Hand) -> None:
        unit = services.units.get_unit("F01")
        self.officer = Officer(unit, Phone(server.url, unit.id, "secret"), BASE)
        self.simulation = Simulation(services, [self.officer], straight)
        self.clock = clock
        self.server = server

    def at(self, minutes: float) -> Place:
        """Step once at a time; returns where the officers said they are."""
        self.clock.now = START + timedelta(minutes=minutes)
        with ThreadPoolExecutor(1) as senders:
            self.simulation.step(senders)
        newest = self.server.fixes[-1]
        return Place(newest["lon"], newest["lat"])


@pytest.fixture
def shift(services: Services, server: Service, clock: Hand) -> Iterator[Shift]:
    made = Shift(services, server, clock)
    yield made
    made.officer.phone.close()


def test_officers_go_on_duty_walk_to_their_stop_and_check_in_once(
    services: Services, shift: Shift
) -> None:
    assert shift.at(1).distance_m(BASE) < 20
    assert services.units.get_status("F01") is UnitStatus.PATROL
    assert shift.at(21).distance_m(STOP) < 40
    shift.at(22)
    passes = services.passes.list_passes(START, START + timedelta(hours=8), "F01")
    assert [(one.hotspot_id, one.planned) for one in passes] == [("h1", True)]


def test_officers_answer_a_call_stay_at_the_scene_and_come_back(
    services: Services, shift: Shift
) -> None:
    shift.at(1)
    incident = Incident("i1", START, FAR, "dispute", Source.PUBLIC, IncidentStatus.OPEN)
    services.incidents.add_incidents([incident])
    assign_unit(services, CONSOLE, "i1", "F01")
    shift.at(2)
    shift.at(3)
    assert services.units.get_status("F01") is UnitStatus.ENROUTE
    travel_min = BASE.distance_m(FAR) / 1.25 / 60
    assert shift.at(4 + travel_min).distance_m(FAR) < 20
    assert services.units.get_status("F01") is UnitStatus.ONSCENE
    shift.at(6 + travel_min + SCENE_S / 60)
    assert services.units.get_status("F01") is UnitStatus.PATROL
    assert services.assignments.list_active() == ()
    shift.at(20)
    assert shift.at(33).distance_m(STOP) < 40


def test_a_call_closed_at_the_desk_sends_officers_back_to_their_route(
    services: Services, shift: Shift
) -> None:
    shift.at(1)
    incident = Incident("i1", START, FAR, "dispute", Source.PUBLIC, IncidentStatus.OPEN)
    services.incidents.add_incidents([incident])
    assign_unit(services, CONSOLE, "i1", "F01")
    shift.at(2)
    shift.at(6)
    close_incident(services, CONSOLE, "i1")
    shift.at(6.5)
    assert shift.at(30).distance_m(STOP) < 40
    assert services.units.get_status("F01") is UnitStatus.PATROL


def test_nobody_sends_positions_outside_the_shift(services: Services, shift: Shift) -> None:
    shift.at(1)
    sent = len(shift.server.fixes)
    shift.at(8 * 60 + FOLLOW_PLAN_S)
    assert len(shift.server.fixes) == sent
    assert services.units.get_status("F01") is UnitStatus.OFF


def test_officers_of_a_revoked_phone_send_no_more(shift: Shift) -> None:
    shift.at(1)
    shift.server.status = 401
    shift.at(2)
    shift.server.status = 200
    sent = len(shift.server.fixes)
    shift.at(3)
    assert len(shift.server.fixes) == sent
