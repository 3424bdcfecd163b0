"""The made county, planned and served by the real command for the tests of the pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from patrol.app import opened
from patrol.config.edit import edit_config
from patrol.demo.build import DemoFolder, add_accounts, build_county, write_config
from patrol.model.fix import Fix
from patrol.model.place import Place
from patrol.model.plan import Plan
from patrol.model.unit import Unit, UnitStatus
from patrol.usecase.plan_shift import PlanRequest, plan_shift
from patrol.usecase.publish_plan import publish_plan
from patrol.usecase.services import Services
from patrol.usecase.take_fixes import take_fixes
from tests.e2e.command import OUTPUT, Patrol
from tests.e2e.served import serving

SHIFT = "now"
SEED = 7


@dataclass(frozen=True, slots=True)
class ServedCounty:
    """A running service: its address, who may sign in, and where to reach its data."""

    base_url: str
    passwords: dict[str, str]
    folder: DemoFolder
    plan: Plan
    units: tuple[Unit, ...]

    def move(self, unit_id: str, place: Place, *, status: UnitStatus | None = None) -> None:
        """Let a unit report a place, through the use case that phones and terminals go through."""
        with opened(self.folder.config) as services:
            # The status first: what the map is told of a fix carries it.
            if status is not None:
                services.units.save_status(unit_id, status, services.clock())
            _report(services, unit_id, place)


def _report(services: Services, unit_id: str, place: Place) -> None:
    fix = Fix(unit_id, services.clock(), place, speed_mps=1.5, heading_deg=40, battery_share=0.8)
    assert take_fixes(services, services.units.get_unit(unit_id), [fix]).kept == 1


def _plan_now(services: Services) -> Plan:
    """A shift that began an hour ago, with every unit at its first stop."""
    began = services.clock().astimezone(services.config.county.zone) - timedelta(hours=1)
    request = PlanRequest(SHIFT, began.date(), seconds=2, seed=SEED)
    plan = publish_plan(services, plan_shift(services, request, lambda _: True).id)
    for route in plan.routes:
        services.units.save_status(route.unit_id, UnitStatus.PATROL, services.clock())
        if route.visits:
            _report(services, route.unit_id, Place(route.visits[0].lon, route.visits[0].lat))
    return plan


@contextmanager
def served_county(folder: Path, port: int) -> Iterator[ServedCounty]:
    """Build, plan and serve the county; stops the service in the end."""
    demo = DemoFolder(folder)
    write_config(demo, port)
    with opened(demo.config) as services:
        # A shift around the present, whatever hour the tests run at.
        local = services.clock().astimezone(services.config.county.zone)
    start, end = local - timedelta(hours=1), local + timedelta(hours=5)
    times = {"start": f"{start:%H:%M}", "end": f"{end:%H:%M}"}
    edit_config(
        demo.config,
        {
            "shifts": {SHIFT: {**times, "break_min": 0}},
            # Enough places that no unit is left without a stop because all are covered.
            "hotspots": {"count": 160},
            # All of the search's time for one plan: tests want stops for as many units as can be.
            "routing": {"choice": {"candidates": 0}},
            "cameras": {"processes": 0, "stills": True, "alerts": {"trouble_s": 2}},
            "web": {"signin_per_min": 600},
            # A slow machine must not make units stale while a test looks at something else.
            "live": {"stale_s": 3_000, "lost_s": 6_000},
        },
    )
    with opened(demo.config) as services:
        build_county(services, demo, lambda _: None)
        passwords = add_accounts(services, demo)
        plan = _plan_now(services)
        units = tuple(services.units.list_units())
    log = OUTPUT / f"served-county-{port}.log"
    with serving(Patrol(demo.config), port, log) as base_url:
        yield ServedCounty(base_url, passwords, demo, plan, units)
