"""Simulated officers: they walk their routes, send positions, check in, and go where they are sent.

What an officer's phone would do goes through the service's own doors: positions by HTTP with a
device token, everything else through the use cases behind the pages.
"""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event
from typing import Any

import numpy as np

from patrol.demo.errand import Errand, FindWay
from patrol.demo.phone import Phone
from patrol.demo.walk import Moment, Walk
from patrol.model.access import Role
from patrol.model.errors import AccessError, PatrolError
from patrol.model.incident import Assignment
from patrol.model.place import Place, Projection
from patrol.model.plan import Plan
from patrol.model.unit import Unit, UnitStatus
from patrol.usecase.access import Caller
from patrol.usecase.dispatch import Step, take_step
from patrol.usecase.my_route import check_in, find_route
from patrol.usecase.services import Services
from patrol.usecase.unit_status import BUSY, change_status

log = logging.getLogger(__name__)

GPS_ERROR_M = 2.5
"""Standard deviation of a reported position, as phones in the open have it."""
SENDERS = 4
FOLLOW_PLAN_S = 20.0
"""How often the officers look whether another plan was published."""


@dataclass(slots=True)
class Officer:
    """One unit's people: their phone, their way, and what they have done so far."""

    unit: Unit
    phone: Phone
    base: Place
    walk: Walk | None = None
    duty: tuple[datetime, datetime] | None = None
    errand: Errand | None = None
    stops_made: set[int] = field(default_factory=set)
    sent: int = 0
    shut_out: bool = False

    def is_on_duty(self, now: datetime) -> bool:
        """Whether their shift runs now; nobody's position is sent outside of it.

        A route may be over before the shift is: then they wait at their base.
        """
        return self.duty is not None and self.duty[0] <= now < self.duty[1]

    def moment(self, now: datetime, paced: datetime) -> Moment:
        """Where they are; ``paced`` is the time on the route, which may run faster than ``now``."""
        if self.errand is not None:
            return self.errand.at(now)
        if self.walk is not None:
            return self.walk.at(paced)
        return Moment(self.base, 0.0, 0.0, None)


class Simulation:
    """All officers of a shift.

    Parameters
    ----------
    services
        Where plans, assignments and statuses are.
    officers
        One for each unit that takes part.
    find_way
        The way along the streets between two places by mode.
    speed
        How much faster than real time routes are walked; 1 keeps to the plan's times.
    seed
        Of the positions' errors.
    """

    def __init__(
        self,
        services: Services,
        officers: Sequence[Officer],
        find_way: FindWay,
        *,
        speed: float = 1.0,
        seed: int = 7,
    ) -> None:
        self._services = services
        self.officers = tuple(officers)
        self._find_way = find_way
        self._speed = speed
        self._rng = np.random.default_rng(seed)
        self._began = services.clock()
        self._plan: Plan | None = None
        self._looked: datetime | None = None
        self.kept = 0

    def run(self, stop: Event, interval_s: float, tell: Callable[[str], None]) -> None:
        """Step until told to stop."""
        with ThreadPoolExecutor(SENDERS) as senders:
            while not stop.is_set():
                began = self._services.clock()
                kept = self.step(senders)
                self.kept += kept
                log.info("%d positions of %d units were kept", kept, len(self.officers))
                took_s = (self._services.clock() - began).total_seconds()
                if took_s > interval_s:
                    tell(f"a round took {took_s:.1f} s, longer than the interval {interval_s} s")
                stop.wait(max(0.0, interval_s - took_s))
        for officer in self.officers:
            officer.phone.close()

    def step(self, senders: ThreadPoolExecutor) -> int:
        """Let every officer do what is due now and send a position; returns how many were kept."""
        now = self._services.clock()
        self._follow_plan(now)
        sent_to = {one.unit_id: one for one in self._services.assignments.list_active()}
        statuses = self._services.units.list_statuses()
        paced = self._paced(now)
        posts = []
        for officer in self.officers:
            try:
                self._act(officer, now, paced, sent_to.get(officer.unit.id), statuses)
            except PatrolError as error:
                # Somebody at the desk was faster: an incident closed, a plan replaced.
                log.warning("unit %s: %s", officer.unit.id, error)
            if officer.is_on_duty(now) and not officer.shut_out:
                fix = self._make_fix(officer, now, officer.moment(now, paced))
                posts.append(senders.submit(_send, officer, fix))
        return sum(post.result() for post in posts)

    def _paced(self, now: datetime) -> datetime:
        return self._began + (now - self._began) * self._speed

    def _follow_plan(self, now: datetime) -> None:
        if self._looked is not None and (now - self._looked).total_seconds() < FOLLOW_PLAN_S:
            return
        self._looked = now
        plan_id = self._services.plans.find_current_id(now)
        if plan_id == (self._plan.id if self._plan else None):
            return
        self._plan = None if plan_id is None else self._services.plans.get_plan(plan_id)
        for officer in self.officers:
            route = None if self._plan is None else find_route(self._plan, officer.unit.id)
            before = officer.moment(now, self._paced(now)) if officer.walk else None
            officer.walk = None if route is None else Walk(route, officer.base)
            officer.duty = None if self._plan is None else (self._plan.start, self._plan.end)
            officer.stops_made.clear()
            if before is not None and officer.walk is not None and officer.errand is None:
                officer.errand = Errand.join(
                    officer.unit.mode,
                    before.place,
                    officer.walk,
                    self._paced(now),
                    now,
                    self._find_way,
                )

    def _act(
        self,
        officer: Officer,
        now: datetime,
        paced: datetime,
        sent_to: Assignment | None,
        statuses: dict[str, UnitStatus],
    ) -> None:
        unit = officer.unit
        if sent_to is not None:
            self._answer_call(officer, sent_to, now, paced)
        elif officer.errand is not None and (
            officer.errand.assignment_id is not None or officer.errand.is_over(now)
        ):
            # The call is over, or was closed at the desk: back to the route.
            self._rejoin(officer, officer.errand, now, paced)
        status = statuses.get(unit.id, UnitStatus.OFF)
        wanted = self._status_on_route(officer, now, paced)
        if status not in BUSY and status is not UnitStatus.SOS and sent_to is None:
            if status is not wanted:
                change_status(self._services, unit.id, wanted)
            if officer.errand is None and officer.walk is not None:
                self._check_in(officer, officer.walk, now, paced)

    def _status_on_route(self, officer: Officer, now: datetime, paced: datetime) -> UnitStatus:
        if not officer.is_on_duty(now):
            return UnitStatus.OFF
        rest = officer.walk.route.rest if officer.walk else None
        if rest and rest.start <= paced < rest.start + timedelta(seconds=rest.length_s):
            return UnitStatus.BREAK
        return UnitStatus.PATROL

    def _check_in(self, officer: Officer, walk: Walk, now: datetime, paced: datetime) -> None:
        stop = walk.at(paced).stop
        if stop is None or stop in officer.stops_made:
            return
        officer.stops_made.add(stop)
        hotspot_id = walk.route.visits[stop].hotspot_id
        check_in(self._services, _caller(officer), officer.unit, hotspot_id, now)

    def _answer_call(
        self, officer: Officer, sent_to: Assignment, now: datetime, paced: datetime
    ) -> None:
        errand = officer.errand
        if errand is None or errand.assignment_id != sent_to.id:
            incident = self._services.incidents.get_incident(sent_to.incident_id)
            here = officer.moment(now, paced).place
            officer.errand = Errand.to_incident(
                officer.unit.mode, here, sent_to, incident.place or here, now, self._find_way
            )
            return
        for step, column, due in (
            (Step.ACCEPT, sent_to.accepted, errand.accept_at),
            (Step.ARRIVE, sent_to.arrived, errand.arrive_at),
            (Step.FINISH, sent_to.ended, errand.finish_at),
        ):
            if column is None and now >= due:
                take_step(self._services, _caller(officer), sent_to.id, step)
                return

    def _rejoin(self, officer: Officer, errand: Errand, now: datetime, paced: datetime) -> None:
        officer.errand = None
        if errand.assignment_id is not None and officer.walk is not None:
            here = errand.at(now).place
            officer.errand = Errand.join(
                officer.unit.mode, here, officer.walk, paced, now, self._find_way
            )

    def _make_fix(self, officer: Officer, now: datetime, moment: Moment) -> dict[str, Any]:
        projection = Projection(moment.place)
        error_m = self._rng.normal(0, GPS_ERROR_M, 2)
        lon, lat = projection.to_lonlat(float(error_m[0]), float(error_m[1]))
        officer.sent += 1
        return {
            "time": now.isoformat(),
            "lon": round(lon, 7),
            "lat": round(lat, 7),
            "speed_mps": round(moment.speed_mps, 1),
            "heading_deg": round(moment.heading_deg, 1),
            "accuracy_m": 5.0,
            "battery_share": round(max(0.15, 1 - officer.sent / 20_000), 3),
        }


def _send(officer: Officer, fix: dict[str, Any]) -> int:
    try:
        return officer.phone.send(fix)
    except AccessError as error:
        officer.shut_out = True
        log.warning("%s; it sends no more", error)
        return 0


def _caller(officer: Officer) -> Caller:
    return Caller(f"unit:{officer.unit.id}", Role.OFFICER, officer.unit.id)
