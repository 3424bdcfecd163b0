"""Re-plans of a running shift: proposed, taken, refused, undone; and what stays."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from patrol.bus.stream import START
from patrol.model.access import Role
from patrol.model.errors import ConflictError, InputError, NotFoundError
from patrol.model.event import EventKind
from patrol.model.incident import Incident, IncidentStatus, Source
from patrol.model.plan import Plan, PlanStatus
from patrol.usecase.access import Caller
from patrol.usecase.dispatch import Report, assign_unit, close_incident, report_incident
from patrol.usecase.plan_shift import PlanRequest, plan_shift
from patrol.usecase.publish_plan import publish_plan
from patrol.usecase.replan import ReplanRequest, replan
from patrol.usecase.replan_desk import (
    ask_replan,
    find_replan,
    refuse_replan,
    take_replan,
    undo_replan,
)
from patrol.usecase.services import Services
from tests.integration.web.county import DING, House, opened_house
from tests.networks import place

pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # noon in Shanghai
DISPATCHER = Caller("ding", Role.DISPATCHER)


class Watch:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = NOW
        self.tests = 0

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def watch() -> Watch:
    return Watch()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, watch: Watch) -> Iterator[House]:
    shift = {"start": "11:00", "end": "17:00", "break_min": 0}
    routing = {"seconds": 0.4, "bound_seconds": 0, "longest_foot_leg_m": 3000}
    folder = tmp_path_factory.mktemp("replans") / "county"
    with opened_house(
        folder, clock=watch, shifts={"noon": shift}, routing=routing, hotspots={"count": 30}
    ) as house:
        _add_incidents(house.services)
        yield house


@pytest.fixture
def services(house: House, watch: Watch) -> Iterator[Services]:
    """The county with a fresh plan of the noon shift, an hour into it."""
    watch.tests += 1
    watch.now = NOW + timedelta(minutes=watch.tests)
    services = house.services
    request = PlanRequest("noon", NOW.date(), seed=1)
    publish_plan(services, plan_shift(services, request, lambda _: True).id)
    yield services
    for one in services.assignments.list_active():
        close_incident(services, DISPATCHER, one.incident_id)


def _add_incidents(services: Services) -> None:
    rng = np.random.default_rng(1)
    services.incidents.add_incidents(
        [
            Incident(
                id=f"old-{i}",
                time=NOW - timedelta(days=int(rng.integers(1, 60)), hours=int(rng.integers(0, 24))),
                place=place(*(float(m) for m in rng.uniform(0, 1000, 2))),
                kind="theft",
                source=Source.PUBLIC,
                status=IncidentStatus.CLOSED,
            )
            for i in range(150)
        ]
    )


def current(services: Services) -> Plan:
    plan = services.plans.find_current(services.clock())
    assert plan is not None
    return plan


def send(services: Services, unit_id: str = "C01") -> str:
    told = report_incident(services, DISPATCHER, Report(place(900, 900), "theft", Source.PUBLIC))
    assign_unit(services, DISPATCHER, str(told["id"]), unit_id)
    return str(told["id"])


def under_way(services: Services, plan: Plan, unit_id: str) -> list[tuple[str, datetime]]:
    route = next(route for route in plan.routes if route.unit_id == unit_id)
    now = services.clock()
    return [(visit.hotspot_id, visit.arrive) for visit in route.visits if visit.arrive <= now]


def test_a_proposal_changes_nothing_until_it_is_taken(services: Services, watch: Watch) -> None:
    old = current(services)
    send(services)
    found = replan(services, ReplanRequest(cause="assigned:C01"))
    assert (found.note.state, found.plan.status) == ("proposed", PlanStatus.DRAFT)
    assert current(services).id == old.id
    assert find_replan(services) == found.plan
    watch.now += timedelta(seconds=20)
    taken = take_replan(services, found.plan.id)
    assert (current(services).id, taken.status) == (found.plan.id, PlanStatus.PUBLISHED)
    with pytest.raises(ConflictError, match="is running, not proposed"):
        take_replan(services, found.plan.id)


def test_what_is_under_way_stays_and_the_unit_is_taken_from_its_stops(services: Services) -> None:
    old = current(services)
    send(services)
    found = replan(services, ReplanRequest(cause="assigned:C01", publish=True))
    assert found.plan.verdict.broken == ()
    for unit_id in ("F01", "F02"):
        kept = under_way(services, old, unit_id)
        assert under_way(services, found.plan, unit_id)[: len(kept)] == kept
    away = next(route for route in found.plan.routes if route.unit_id == "C01")
    now = services.clock()
    free = now + timedelta(minutes=40)
    assert all(visit.arrive <= now or visit.arrive >= free for visit in away.visits)
    counted = dict.fromkeys(("moved", "dropped", "added"), 0)
    for change in found.note.changes:
        counted[change.what] += 1
    assert counted == {
        "moved": found.note.moved, "dropped": found.note.dropped, "added": found.note.added
    }  # fmt: skip


def test_undo_brings_the_plan_back_that_ran_before(services: Services, watch: Watch) -> None:
    old = current(services)
    send(services)
    found = replan(services, ReplanRequest(publish=True))
    watch.now += timedelta(seconds=30)
    assert undo_replan(services, found.plan.id).id == old.id
    assert current(services).id == old.id
    with pytest.raises(ConflictError, match="is undone, not running"):
        undo_replan(services, found.plan.id)


def test_a_refused_proposal_is_gone(services: Services, watch: Watch) -> None:
    old = current(services)
    found = replan(services, ReplanRequest(lost=("F02",), cause="lost"))
    refuse_replan(services, found.plan.id)
    assert find_replan(services) is None
    assert current(services).id == old.id
    route = next(route for route in found.plan.routes if route.unit_id == "F02")
    assert all(visit.arrive < services.clock() for visit in route.visits)


def test_a_unit_that_has_left_stays_away_in_later_re_plans(
    services: Services, watch: Watch
) -> None:
    left = services.clock()
    replan(services, ReplanRequest(lost=("F02",), cause="lost", publish=True))
    watch.now += timedelta(seconds=30)
    send(services)
    found = replan(services, ReplanRequest(cause="assigned:C01"))
    assert found.note.lost == ("F02",)
    route = next(route for route in found.plan.routes if route.unit_id == "F02")
    assert all(visit.arrive < left for visit in route.visits)


def test_stops_of_a_unit_that_left_are_told_as_moved_or_dropped(services: Services) -> None:
    old = current(services)
    now = services.clock()
    route = next(route for route in old.routes if route.unit_id == "F02")
    missed = sum(visit.arrive >= now for visit in route.visits)
    assert missed > 0
    note = replan(services, ReplanRequest(lost=("F02",), cause="lost")).note
    gone = [one for one in note.changes if "F02" in (one.unit_id, one.from_unit)]
    assert [one.what for one in gone if one.unit_id == "F02"].count("added") == 0
    assert len(gone) == missed
    assert note.moved + note.dropped >= missed


def test_a_new_proposal_takes_the_place_of_the_one_that_waits(
    services: Services, watch: Watch
) -> None:
    first = replan(services, ReplanRequest(lost=("F02",), cause="lost"))
    watch.now += timedelta(seconds=5)
    second = replan(services, ReplanRequest())
    assert second.note.lost == ("F02",)
    assert find_replan(services) == second.plan
    refuse_replan(services, second.plan.id)
    assert find_replan(services) is None
    with pytest.raises(ConflictError, match="is superseded, not proposed"):
        take_replan(services, first.plan.id)
    watch.now += timedelta(seconds=5)
    assert replan(services, ReplanRequest()).note.lost == ()


def test_lists_tell_plans_from_re_plans(services: Services) -> None:
    old = current(services)
    found = replan(services, ReplanRequest(lost=("F02",), cause="lost"))
    states = {one.id: one.replan for one in services.plans.list_plans()}
    assert (states[old.id], states[found.plan.id]) == ("", "proposed")
    refuse_replan(services, found.plan.id)
    states = {one.id: one.replan for one in services.plans.list_plans()}
    assert states[found.plan.id] == "refused"


def test_a_proposal_made_from_a_plan_that_no_longer_runs_is_refused(
    services: Services, watch: Watch
) -> None:
    first = replan(services, ReplanRequest(lost=("F02",)))
    watch.now += timedelta(seconds=5)
    request = PlanRequest("noon", NOW.date(), seed=2)
    publish_plan(services, plan_shift(services, request, lambda _: True).id)
    with pytest.raises(ConflictError, match="was made from plan"):
        take_replan(services, first.plan.id)


def test_every_step_is_told(services: Services, watch: Watch) -> None:
    found = replan(services, ReplanRequest(lost=("F02",), cause="lost"))
    watch.now += timedelta(seconds=5)
    take_replan(services, found.plan.id)
    told = [
        event.data
        for event in services.stream.read(START, count=10_000)
        if event.kind is EventKind.PLAN_REPLANNED and event.data["id"] == found.plan.id
    ]
    assert [one["state"] for one in told] == ["proposed", "running"]
    assert told[0]["cause"] == "lost"


def test_unknown_units_and_shifts_that_do_not_run_are_named(
    services: Services, watch: Watch
) -> None:
    with pytest.raises(InputError, match="lost unit X9 is not in the plan"):
        replan(services, ReplanRequest(lost=("X9",)))
    watch.now += timedelta(days=3)
    with pytest.raises(NotFoundError, match="no published plan runs"):
        replan(services, ReplanRequest())
    assert ask_replan(services, "assigned:C01") is None


def test_sending_a_unit_asks_for_a_re_plan_and_the_page_shows_and_takes_it(
    house: House, services: Services, watch: Watch
) -> None:
    session = house.sign_in(DING)
    told = report_incident(services, DISPATCHER, Report(place(900, 900), "theft", Source.PUBLIC))
    before = services.redis.llen("rq:queue:replans")
    answer = session.post(f"/api/v1/incidents/{told['id']}/assign", {"unit_id": "C01"})
    assert answer.status_code == 200
    assert services.redis.llen("rq:queue:replans") == before + 1  # type: ignore[operator]
    found = replan(services, ReplanRequest(cause="assigned:C01"))
    shown = session.get("/api/v1/replans/current").json["replan"]  # type: ignore[index]
    assert (shown["id"], shown["state"], shown["cause"]) == (
        found.plan.id, "proposed", "assigned:C01"
    )  # fmt: skip
    touched = {change["unit_id"] for change in shown["changes"]}
    assert touched <= {route["unit_id"] for route in shown["routes"]}
    watch.now += timedelta(seconds=5)
    assert session.post(f"/api/v1/replans/{shown['id']}/take").json["replan"]["state"] == "running"  # type: ignore[index]
    back = session.post(f"/api/v1/replans/{shown['id']}/undo")
    assert back.json["plan_id"] == shown["old_id"]  # type: ignore[index]
