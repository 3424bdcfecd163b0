"""Reporting and sending units: exactly once, whoever asks and however often."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from patrol.bus.stream import START
from patrol.model.access import Role
from patrol.model.errors import AccessError, ConflictError, NotFoundError
from patrol.model.event import EventKind
from patrol.model.incident import IncidentStatus, Source
from patrol.model.unit import UnitStatus
from patrol.usecase.access import Caller
from patrol.usecase.dispatch import (
    Report,
    Step,
    assign_unit,
    close_incident,
    find_town,
    list_nearest,
    report_incident,
    take_step,
)
from patrol.usecase.my_route import set_my_status
from patrol.usecase.services import Services
from patrol.usecase.suggest import suggest_units
from tests.integration.web.county import DING, OU, House, opened_house
from tests.networks import place

DISPATCHER = Caller("ding", Role.DISPATCHER)
OFFICER = Caller("ou", Role.OFFICER, unit_id="F01")


@pytest.fixture
def services(house: House) -> Iterator[Services]:
    """The module's county, every unit on patrol and every incident closed again."""
    yield house.services
    for incident in house.services.incidents.list_incidents():
        close_incident(house.services, DISPATCHER, incident.id)
    for unit in house.services.units.list_units():
        house.services.units.save_status(unit.id, UnitStatus.PATROL, house.services.clock())


def report(services: Services, key: str | None = None, kind: str = "theft") -> str:
    told = Report(place(300, 300), kind, Source.PUBLIC, key=key)
    return str(report_incident(services, DISPATCHER, told)["id"])


def events_of(services: Services, kind: EventKind) -> list[dict[str, Any]]:
    return [event.data for event in services.stream.read(START, count=10_000) if event.kind is kind]


def test_of_fifty_who_send_the_same_unit_at_once_exactly_one_succeeds(services: Services) -> None:
    incidents = [report(services) for _ in range(5)]

    def send(number: int) -> str:
        try:
            assign_unit(services, DISPATCHER, incidents[number % 5], "F01")
        except ConflictError:
            return "refused"
        return "sent"

    with ThreadPoolExecutor(16) as pool:
        outcome = Counter(pool.map(send, range(50)))
    assert outcome == {"sent": 1, "refused": 49}
    active = [one for one in services.assignments.list_active() if one.unit_id == "F01"]
    assert len(active) == 1


def test_fifty_requests_over_http_are_no_different(house: House, services: Services) -> None:
    incident = report(services)
    session = house.sign_in(DING)
    token = session.page_token()
    cookie = session.client.get_cookie("patrol")
    assert cookie is not None

    def send(_: int) -> int:
        client = house.app.test_client()
        client.set_cookie("patrol", cookie.value)
        return client.post(
            f"/api/v1/incidents/{incident}/assign",
            json={"unit_id": "F02"},
            headers={"X-CSRFToken": token},
        ).status_code

    with ThreadPoolExecutor(16) as pool:
        assert Counter(pool.map(send, range(50))) == {200: 1, 409: 49}


def test_several_units_may_be_sent_to_one_incident(services: Services) -> None:
    incident = report(services)
    assign_unit(services, DISPATCHER, incident, "F01")
    record = assign_unit(services, DISPATCHER, incident, "C01")
    assert [one["unit_id"] for one in record["assignments"]] == ["F01", "C01"]


def test_a_report_with_the_same_key_is_the_same_incident_and_told_once(services: Services) -> None:
    before = len(events_of(services, EventKind.INCIDENT_CHANGED))
    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda _: report(services, "key-1"), range(16)))
    assert len(ids) == 1
    assert len(events_of(services, EventKind.INCIDENT_CHANGED)) == before + 1


def test_a_key_that_was_used_for_something_else_is_a_conflict(services: Services) -> None:
    report(services, "key-2")
    with pytest.raises(ConflictError, match="key-2 was used before"):
        report(services, "key-2", kind="noise")


def test_the_same_key_of_another_person_is_another_incident(services: Services) -> None:
    mine = report(services, "key-3")
    told = Report(place(300, 300), "theft", Source.PUBLIC, key="key-3")
    assert report_incident(services, OFFICER, told)["id"] != mine


def test_an_officers_report_always_counts_as_patrol_discovered(services: Services) -> None:
    told = Report(place(300, 300), "theft", Source.PUBLIC)
    assert report_incident(services, OFFICER, told)["source"] == "patrol"


def test_a_report_says_in_which_town_it_is(services: Services) -> None:
    told = Report(place(300, 300), "theft", Source.PUBLIC)
    assert report_incident(services, DISPATCHER, told)["town_id"] == "T1"
    assert find_town(services.towns.list_towns(), place(-5_000, 0)) is None


def test_an_assignment_goes_its_way_and_unit_and_incident_go_with_it(services: Services) -> None:
    incident = report(services)
    record = assign_unit(services, DISPATCHER, incident, "F01")
    sent = record["assignments"][0]["id"]
    assert (record["status"], services.units.get_status("F01")) == ("assigned", "assigned")
    for step, incident_status, unit_status in (
        (Step.ACCEPT, "assigned", "enroute"),
        (Step.ARRIVE, "onscene", "onscene"),
        (Step.FINISH, "open", "patrol"),
    ):
        record = take_step(services, OFFICER, sent, step)
        assert record["status"] == incident_status
        assert services.units.get_status("F01").value == unit_status
    times = [record["assignments"][0][name] for name in ("accepted", "arrived", "ended")]
    assert times == sorted(times)
    assert record["status"] == services.incidents.get_incident(incident).status.value


def test_a_step_that_is_taken_twice_keeps_its_first_time(services: Services) -> None:
    record = assign_unit(services, DISPATCHER, report(services), "F01")
    sent = record["assignments"][0]["id"]
    first = take_step(services, OFFICER, sent, Step.ACCEPT)["assignments"][0]["accepted"]
    again = take_step(services, OFFICER, sent, Step.ACCEPT)["assignments"][0]["accepted"]
    assert first == again


def test_who_arrives_without_accepting_has_accepted(services: Services) -> None:
    record = assign_unit(services, DISPATCHER, report(services), "F01")
    done = take_step(services, OFFICER, record["assignments"][0]["id"], Step.ARRIVE)
    assert done["assignments"][0]["accepted"] is not None


def test_a_late_accept_does_not_take_an_officer_off_the_scene(services: Services) -> None:
    record = assign_unit(services, DISPATCHER, report(services), "F01")
    sent = record["assignments"][0]["id"]
    take_step(services, OFFICER, sent, Step.ARRIVE)
    take_step(services, OFFICER, sent, Step.ACCEPT)
    assert services.units.get_status("F01") is UnitStatus.ONSCENE


def test_an_officer_speaks_for_the_own_unit_only(services: Services) -> None:
    record = assign_unit(services, DISPATCHER, report(services), "F02")
    sent = record["assignments"][0]["id"]
    with pytest.raises(AccessError, match="F02"):
        take_step(services, OFFICER, sent, Step.ACCEPT)
    take_step(services, DISPATCHER, sent, Step.ACCEPT)


def test_closing_sets_every_unit_free_and_ends_what_comes_after(services: Services) -> None:
    incident = report(services)
    record = assign_unit(services, DISPATCHER, incident, "F01")
    assign_unit(services, DISPATCHER, incident, "F02")
    closed = close_incident(services, DISPATCHER, incident)
    assert closed["status"] == "closed"
    assert all(one["ended"] for one in closed["assignments"])
    assert services.units.get_status("F01") is UnitStatus.PATROL
    with pytest.raises(ConflictError, match="has ended"):
        take_step(services, OFFICER, record["assignments"][0]["id"], Step.ACCEPT)
    with pytest.raises(ConflictError, match="is closed"):
        assign_unit(services, DISPATCHER, incident, "F01")
    assert services.incidents.get_incident(incident).status is IncidentStatus.CLOSED


def test_closing_and_sending_at_once_never_leaves_a_unit_at_a_closed_incident(
    services: Services,
) -> None:
    for _ in range(10):
        incident = report(services)

        def send(unit_id: str, incident: str = incident) -> None:
            try:
                assign_unit(services, DISPATCHER, incident, unit_id)
            except ConflictError:
                return

        with ThreadPoolExecutor(4) as pool:
            for unit_id in ("F01", "F02", "C01"):
                pool.submit(send, unit_id)
            pool.submit(close_incident, services, DISPATCHER, incident)
        assert services.assignments.list_active() == ()
        for unit in services.units.list_units():
            services.units.save_status(unit.id, UnitStatus.PATROL, services.clock())


@pytest.mark.parametrize("status", [UnitStatus.OFF, UnitStatus.SOS])
def test_a_unit_off_shift_or_in_distress_is_not_sent(
    services: Services, status: UnitStatus
) -> None:
    services.units.save_status("F02", status, services.clock())
    with pytest.raises(ConflictError, match=status.value):
        assign_unit(services, DISPATCHER, report(services), "F02")


def test_what_does_not_exist_is_said_to_not_exist(services: Services) -> None:
    with pytest.raises(NotFoundError, match="X9"):
        assign_unit(services, DISPATCHER, report(services), "X9")
    with pytest.raises(NotFoundError, match="nothing"):
        assign_unit(services, DISPATCHER, "nothing", "F01")


def test_a_unit_in_distress_stays_so_until_it_says_otherwise(services: Services) -> None:
    record = assign_unit(services, DISPATCHER, report(services), "F01")
    sent = record["assignments"][0]["id"]
    unit = services.units.get_unit("F01")
    set_my_status(services, OFFICER, unit, UnitStatus.SOS)
    take_step(services, DISPATCHER, sent, Step.ACCEPT)
    assert services.units.get_status("F01") is UnitStatus.SOS
    assert events_of(services, EventKind.ALERT_RAISED)[-1] == {"kind": "sos", "unit_id": "F01"}
    # What the unit was sent to goes on where it was.
    assert set_my_status(services, OFFICER, unit, UnitStatus.PATROL) is UnitStatus.ENROUTE


def test_an_officer_who_is_sent_cannot_take_a_break_first(services: Services) -> None:
    assign_unit(services, DISPATCHER, report(services), "F01")
    with pytest.raises(ConflictError, match="finish there first"):
        set_my_status(services, OFFICER, services.units.get_unit("F01"), UnitStatus.BREAK)


def test_only_units_with_a_fresh_position_are_ranked_and_who_is_sent_is_not_free(
    services: Services,
) -> None:
    now_s = services.clock().timestamp()
    for unit_id, x_m, seen_s in (
        ("F01", 100, now_s),
        ("F02", 200, now_s),
        ("C01", 300, now_s - 999),
    ):
        spot = place(x_m, 100)
        services.board.put_unit(
            {"id": unit_id, "lon": spot.lon, "lat": spot.lat, "time": now_s, "seen": seen_s}
        )
    assign_unit(services, DISPATCHER, report(services), "F01")

    def by_name(_place: object, candidates: Any) -> list[tuple[str, float, float]]:
        return [(name, 60.0, 80.0) for name, _, _ in candidates]

    ranked = list_nearest(services, by_name, place(300, 300))
    assert {near.unit.id: near.free for near in ranked} == {"F01": False, "F02": True}


def test_every_step_is_in_the_audit_log(tmp_path: Path) -> None:
    with opened_house(tmp_path) as house:
        services = house.services
        incident = report(services)
        sent = assign_unit(services, DISPATCHER, incident, "F01")["assignments"][0]["id"]
        for step in Step:
            take_step(services, OFFICER, sent, step)
        close_incident(services, DISPATCHER, incident)
        actions = [line.entry.action for line in services.audit.list(6)][::-1]
        assert actions == [
            "incident.reported",
            "incident.assigned",
            "assignment.accept",
            "assignment.arrive",
            "assignment.finish",
            "incident.closed",
        ]
        assert services.audit.verify().ok


def test_without_redis_a_change_stands_and_only_the_news_is_lost(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident = report(services)
    monkeypatch.setattr(services.stream, "publish", lambda *_: None)
    close_incident(services, DISPATCHER, incident)
    assert services.incidents.get_incident(incident).status is IncidentStatus.CLOSED


def test_an_officer_works_through_the_api_as_a_dispatcher_sends(
    house: House, services: Services
) -> None:
    ding, ou = house.sign_in(DING), house.sign_in(OU)
    spot = place(250, 250)
    body = {"lon": spot.lon, "lat": spot.lat, "kind": "noise", "note": "<img src=x>"}
    made = ding.post("/api/v1/incidents", body)
    assert made.status_code == 201
    incident = made.json["incident"]
    assert incident["note"] == "<img src=x>"
    ding.post(f"/api/v1/incidents/{incident['id']}/assign", {"unit_id": "F01"})
    route = ou.get("/api/v1/my/route").json
    assert route["assignment"]["incident"]["id"] == incident["id"]
    answer = ou.post(f"/api/v1/assignments/{route['assignment']['id']}/accept")
    assert answer.json["incident"]["assignments"][0]["accepted"].endswith("Z")
    card = ding.get("/api/v1/units/F01").json
    assert card["status"] == "enroute"
    assert card["assignment"]["incident_id"] == incident["id"]
    listed = ding.get("/api/v1/incidents?active=1").json["incidents"]
    assert [one["id"] for one in listed] == [incident["id"]]


def test_two_open_incidents_share_the_units_so_that_the_total_way_is_least(
    services: Services,
) -> None:
    now = services.clock().timestamp()
    for unit_id in ("F01", "F02"):
        state = {"id": unit_id, "lon": 0.0, "lat": 0.0, "time": now, "seen": now}
        services.board.put_unit(state)
    first, second = place(300, 300), place(500, 500)
    # One after the other would send F01 to the first and leave F02 a quarter of an hour away.
    times = {(first, "F01"): 10.0, (first, "F02"): 15.0, (second, "F01"): 20.0}

    def rank(goal: Any, candidates: Any) -> list[tuple[str, float, float]]:
        near = [(name, times.get((goal, name), 900.0), 1.0) for name, _, _ in candidates]
        return sorted(near, key=lambda one: one[1])

    one = report(services)
    told = report_incident(services, DISPATCHER, Report(second, "theft", Source.PUBLIC))
    found = {each.incident_id: each for each in suggest_units(services, rank)}
    assert (found[one].unit_id, found[str(told["id"])].unit_id) == ("F02", "F01")
    assert (found[one].travel_s, found[one].nearest_s) == (15.0, 10.0)
