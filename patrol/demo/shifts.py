"""Keep the demo planned: the shift that runs now, and each next one when it begins."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from threading import Event
from zoneinfo import ZoneInfo

from patrol.config.schema import Config, Shift
from patrol.model.errors import PatrolError
from patrol.usecase.plan_shift import PlanProgress, PlanRequest, plan_shift
from patrol.usecase.publish_plan import publish_plan
from patrol.usecase.services import Services

Tell = Callable[[str], None]

SEED = 7
SECONDS = 10.0
LOOK_EVERY_S = 20.0
AHEAD = timedelta(minutes=10)
"""A shift is planned so long before it begins."""


def shift_at(config: Config, now: datetime) -> tuple[str, date] | None:
    """The shift that runs at a time and the local day it began on; ``None`` between shifts."""
    zone = config.county.zone
    today = now.astimezone(zone).date()
    for name, shift in config.shifts.items():
        for day in (today - timedelta(days=1), today):
            start, end = span(shift, day, zone)
            if start <= now < end:
                return name, day
    return None


def span(shift: Shift, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When a shift of a day starts and ends; one that ends at or before its start ends tomorrow."""
    start = datetime.combine(day, shift.start, zone)
    last = day if shift.end > shift.start else day + timedelta(days=1)
    return start, datetime.combine(last, shift.end, zone)


def plan_now(services: Services, tell: Tell) -> None:
    """Plan and publish the shift that runs now, unless that was done."""
    _plan_at(services, services.clock(), tell)


def keep_planned(services: Services, stop: Event, tell: Tell) -> None:
    """Plan each next shift shortly before it begins, until told to stop."""
    while not stop.wait(LOOK_EVERY_S):
        try:
            _plan_at(services, services.clock() + AHEAD, tell)
        except PatrolError as error:
            tell(f"the next shift could not be planned: {error}")


def _plan_at(services: Services, at: datetime, tell: Tell) -> None:
    found = shift_at(services.config, at)
    if found is None or services.plans.find_published(*found) is not None:
        return
    name, day = found
    tell(f"planning shift {name} of {day} for {len(services.units.list_units())} units")
    seconds = min(SECONDS, services.config.routing.seconds)
    request = PlanRequest(name, day, seconds, SEED, None)

    def progress(_: PlanProgress) -> bool:
        return True

    plan = publish_plan(services, plan_shift(services, request, progress).id)
    visits = sum(len(route.visits) for route in plan.routes)
    tell(
        f"plan {plan.id}: {visits} visits, {plan.coverage_share:.0%} of what could be covered, "
        f"checker: {'ok' if plan.verdict.ok else 'BROKEN'}"
    )
