"""Turning positions into passes, while they come in and again where some came late."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from patrol.bus.stream import START
from patrol.live.passes import PassFinder, Spot
from patrol.model.event import EventKind, Seq
from patrol.model.fix import Pass
from patrol.model.place import Place
from patrol.model.plan import Plan
from patrol.usecase.services import Services

log = logging.getLogger(__name__)

AHEAD = timedelta(minutes=5)
"""Devices' clocks may be a little ahead of ours."""


@dataclass(slots=True)
class _Follow:
    """How far one unit's track was read."""

    finder: PassFinder
    until: datetime


class PassWatch:
    """Follows the published plan's hotspots; one of these lives in the leading keeper."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._plan: Plan | None = None
        self._spots: tuple[Spot, ...] = ()
        self._follows: dict[str, _Follow] = {}
        self._told: set[tuple[str, str, datetime]] = set()
        self._seq: Seq | None = None

    def step(self) -> int:
        """Read what is new and give the number of passes that were written.

        Raises
        ------
        OutsideError
            If database or Redis are away; the next step takes up where this one stopped.
        """
        now = self._services.clock()
        self._take_up_plan(now)
        if self._plan is None:
            return 0
        written = 0
        for unit_id, since in self._moved().items():
            written += self._follow(unit_id, since, now)
        for unit_id, follow in self._follows.items():
            written += self._keep(unit_id, follow.finder.quiet(now), ended=True)
        return written

    def _take_up_plan(self, now: datetime) -> None:
        plan_id = self._services.plans.find_current_id(now)
        if plan_id == (self._plan.id if self._plan else None):
            return
        for unit_id, follow in self._follows.items():
            self._keep(unit_id, follow.finder.finish(), ended=True)
        self._plan = self._services.plans.find_plan(plan_id) if plan_id else None
        self._spots = make_spots(self._plan) if self._plan else ()
        self._follows.clear()
        self._told.clear()
        self._seq = None
        if self._plan is not None:
            log.info("passes: following plan %s, %d hotspots", self._plan.id, len(self._spots))

    def _moved(self) -> dict[str, datetime]:
        """Units that sent fixes since the last step, with the time of the oldest of them."""
        stream = self._services.stream
        if self._seq is None:
            # At a start every unit of the plan is read from the shift's beginning.
            self._seq = stream.newest()
            start = self._plan.start if self._plan else self._services.clock()
            return {unit.id: start for unit in self._services.units.list_units()}
        moved: dict[str, datetime] = {}
        if self._seq != START and stream.oldest() > self._seq:
            log.warning("passes: the stream was cut behind us, reading all tracks again")
            self._seq = None
            return self._moved()
        while events := stream.read(self._seq):
            self._seq = events[-1].seq
            for event in events:
                if event.kind is not EventKind.UNIT_MOVED or "since" not in event.data:
                    continue
                for unit_id, since_s in event.data["since"].items():
                    since = datetime.fromtimestamp(since_s, tz=event.at.tzinfo)
                    moved[unit_id] = min(since, moved.get(unit_id, since))
        return moved

    def _follow(self, unit_id: str, since: datetime, now: datetime) -> int:
        plan = self._plan
        if plan is None:
            return 0
        follow = self._follows.get(unit_id)
        # An event's time is rounded to milliseconds, so the very next fix may seem late by one.
        late = follow is not None and since + timedelta(milliseconds=2) < follow.until
        if follow is None or late:
            follow = self._follows[unit_id] = _Follow(self._new_finder(), plan.start)
        began = follow.until == plan.start
        fixes = self._services.fixes.list_track(unit_id, follow.until, min(now + AHEAD, plan.end))
        if not fixes:
            return 0
        follow.until = fixes[-1].time
        ended = follow.finder.feed(fixes)
        if began:
            found = [*ended, *follow.finder.under_way()]
            self._services.passes.replace_passes(unit_id, plan.start, plan.end, found)
            self._tell(found, ended=set(ended))
            return len(found)
        return self._keep(unit_id, ended, ended=True) + self._keep(
            unit_id, follow.finder.under_way(), ended=False
        )

    def _new_finder(self) -> PassFinder:
        live = self._services.config.live
        return PassFinder(self._spots, enter_m=live.pass_m, silence_s=live.lost_s)

    def _keep(self, unit_id: str, found: Iterable[Pass], *, ended: bool) -> int:
        passes = list(found)
        if not passes:
            return 0
        saved = self._services.passes.add_passes(passes)
        log.debug("unit %s: %d passes written", unit_id, saved.added + saved.changed)
        self._tell(passes, ended=set(passes) if ended else set())
        return saved.added + saved.changed

    def _tell(self, passes: Iterable[Pass], ended: set[Pass]) -> None:
        """Tell each pass when it begins and when it ends, not at every fix in between."""
        events = []
        for one in passes:
            key = (one.unit_id, one.hotspot_id, one.start)
            if key in self._told and one not in ended:
                continue
            self._told.add(key)
            events.append(
                (
                    EventKind.PASS_SEEN,
                    {
                        "unit_id": one.unit_id,
                        "hotspot_id": one.hotspot_id,
                        "start": one.start,
                        "end": one.end,
                        "planned": one.planned,
                        "ended": one in ended,
                    },
                )
            )
        self._services.stream.publish_all(events)


def make_spots(plan: Plan) -> tuple[Spot, ...]:
    """Every hotspot that the plan visits, with the units that are to visit it."""
    places: dict[str, Place] = {}
    units: dict[str, set[str]] = {}
    for route in plan.routes:
        for visit in route.visits:
            places[visit.hotspot_id] = Place(visit.lon, visit.lat)
            units.setdefault(visit.hotspot_id, set()).add(route.unit_id)
    return tuple(Spot(name, place, frozenset(units[name])) for name, place in places.items())
