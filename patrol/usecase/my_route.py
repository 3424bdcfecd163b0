"""An officer's own route: what comes next, check-in, status."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from patrol.model.errors import ConflictError, InputError
from patrol.model.event import EventKind
from patrol.model.fix import Pass
from patrol.model.incident import Assignment
from patrol.model.plan import Plan, Route, Visit
from patrol.model.unit import Unit, UnitStatus
from patrol.usecase.access import Caller, write_audit
from patrol.usecase.services import Services
from patrol.usecase.unit_status import change_status

AHEAD = timedelta(minutes=5)
"""How far a phone's clock may be ahead of ours."""

BEHIND = timedelta(hours=24)
"""How late a check-in may arrive from a phone that was offline."""


@dataclass(frozen=True, slots=True)
class MyRoute:
    """A unit's part of the plan that runs, and how far it has got.

    ``done`` holds the indices of visits that were made, ``left`` those that are to come: what lies
    before the last one made was passed over, and comes again only when nothing else is left.
    """

    unit: Unit
    plan_id: str | None
    route: Route | None
    done: tuple[int, ...]
    left: tuple[int, ...]
    assignment: Assignment | None
    status: UnitStatus

    @property
    def next_index(self) -> int | None:
        """The visit that comes next, ``None`` where none is left or there is no route."""
        return self.left[0] if self.left else None


def get_my_unit(services: Services, caller: Caller) -> Unit:
    """The caller's unit.

    Raises
    ------
    ConflictError
        If the account belongs to no unit.
    """
    if caller.unit_id is None:
        raise ConflictError(f"{caller.name} belongs to no unit: an administrator sets it")
    return services.units.get_unit(caller.unit_id)


def find_my_route(services: Services, unit: Unit) -> MyRoute:
    """The unit's route of the plan that runs now."""
    plan = services.plans.find_current(services.clock())
    route = None if plan is None else find_route(plan, unit.id)
    done: tuple[int, ...] = ()
    if route is not None:
        passes = services.passes.list_passes(route.start - AHEAD, route.end + AHEAD, unit.id)
        done = visits_done(route.visits, passes)
    return MyRoute(
        unit=unit,
        plan_id=None if plan is None or route is None else plan.id,
        route=route,
        done=done,
        left=() if route is None else visits_left(len(route.visits), done),
        assignment=services.assignments.find_active_for_unit(unit.id),
        status=services.units.get_status(unit.id),
    )


def find_route(plan: Plan, unit_id: str) -> Route | None:
    """The unit's route in a plan."""
    return next((route for route in plan.routes if route.unit_id == unit_id), None)


def visits_done(visits: tuple[Visit, ...], passes: tuple[Pass, ...]) -> tuple[int, ...]:
    """Which visits were made.

    A hotspot may be visited several times in a shift, so the place alone does not tell: each pass
    counts for the visit of its hotspot that is nearest in time.
    """
    done = set()
    for one in passes:
        same = [i for i, visit in enumerate(visits) if visit.hotspot_id == one.hotspot_id]
        if same:
            done.add(min(same, key=lambda i: abs(visits[i].arrive - one.start)))
    return tuple(sorted(done))


def visits_left(count: int, done: Collection[int]) -> tuple[int, ...]:
    """Which of ``count`` visits are to come: those after the last one made, else what was missed.

    Units are called away and go on from where they are; a stop of two hours ago is not their next.
    """
    last = max(done, default=-1)
    ahead = tuple(index for index in range(last + 1, count) if index not in done)
    return ahead or tuple(index for index in range(count) if index not in done)


def check_in(services: Services, caller: Caller, unit: Unit, hotspot_id: str, at: datetime) -> Pass:
    """Keep that the officer says to be at a hotspot; sending it again changes nothing.

    Raises
    ------
    InputError
        If the time is out of range or the hotspot is not on the route of that time.
    """
    now = services.clock()
    if not now - BEHIND <= at <= now + AHEAD:
        raise InputError(
            f"time must be within the last {BEHIND.total_seconds() / 3600:.0f} h "
            f"and not ahead of {now.isoformat()}, got {at.isoformat()}"
        )
    plan = services.plans.find_current(at)
    route = None if plan is None else find_route(plan, unit.id)
    if route is None or all(visit.hotspot_id != hotspot_id for visit in route.visits):
        raise InputError(f"hotspot {hotspot_id} is not on unit {unit.id}'s route of that time")
    made = Pass(unit.id, hotspot_id, start=at, end=at, planned=True)
    if services.passes.add_passes([made]).added:
        write_audit(services, caller, "visit.checkin", hotspot_id, unit.id)
        services.stream.publish(
            EventKind.PASS_SEEN,
            {
                "unit_id": unit.id,
                "hotspot_id": hotspot_id,
                "start": made.start.isoformat(),
                "end": made.end.isoformat(),
                "planned": True,
            },
        )
    return made


def set_my_status(services: Services, caller: Caller, unit: Unit, status: UnitStatus) -> UnitStatus:
    """Change what the officer's unit is doing; returns the status that holds from now on.

    Raises
    ------
    ConflictError
        If the unit is sent to an incident and has not finished there.
    """
    before = services.units.get_status(unit.id)
    sent = services.assignments.find_active_for_unit(unit.id)
    if sent is not None and status is not UnitStatus.SOS:
        if before is not UnitStatus.SOS:
            raise ConflictError(
                f"unit {unit.id} is sent to incident {sent.incident_id}: finish there first"
            )
        status = _status_of(sent)
        # Distress ends here by the officer's own word; work in hand goes on.
        services.units.save_status(unit.id, UnitStatus.PATROL, services.clock())
    change_status(services, unit.id, status)
    write_audit(services, caller, "unit.status", unit.id, status.value)
    if status is UnitStatus.SOS and before is not UnitStatus.SOS:
        services.stream.publish(EventKind.ALERT_RAISED, {"kind": "sos", "unit_id": unit.id})
    return status


def _status_of(sent: Assignment) -> UnitStatus:
    if sent.arrived is not None:
        return UnitStatus.ONSCENE
    return UnitStatus.ASSIGNED if sent.accepted is None else UnitStatus.ENROUTE
