"""What the live map shows now, read from the board and the stores."""

from collections.abc import Collection
from typing import Any

from patrol.model.unit import UnitStatus
from patrol.usecase.alerts import list_live_alerts
from patrol.usecase.dispatch import list_records
from patrol.usecase.services import Services
from patrol.web.live_fold import Changes, Picture, Shown
from patrol.web.present import plan_mark
from patrol.web.present_camera import camera_records

UNIT_FIELDS = (
    "id",
    "name",
    "mode",
    "status",
    "lon",
    "lat",
    "heading_deg",
    "speed_mps",
    "battery_share",
    "time",
    "seen",
    "signal",
)


def shown_unit(state: dict[str, Any]) -> Shown:
    """A unit as clients get it; one that is off shift is gone, and so is where it was."""
    if state.get("status") in (None, UnitStatus.OFF.value):
        return {"id": state["id"], "gone": True}
    return {name: state.get(name) for name in UNIT_FIELDS}


def shown_incident(record: dict[str, Any]) -> Shown:
    """An incident as clients get it; a closed one leaves the map."""
    return record | {"gone": True} if record["status"] == "closed" else record


def shown_alert(record: dict[str, Any]) -> Shown:
    """An alert as clients get it; one that is done leaves the map."""
    return record if record["done"] is None else record | {"gone": True}


class LiveState:
    """Reads whole pictures and changed things; keeps only the mark of the plan that runs."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._plan_id: str | None = None
        self._plan: Shown | None = None

    @property
    def mark(self) -> Shown | None:
        """The mark of the plan that ran at the last look."""
        return self._plan

    def read_all(self) -> Picture:
        """Everything: the snapshot of somebody who sees the whole map."""
        units = (shown_unit(state) for state in self._services.board.list_units())
        return Picture(
            units=tuple(unit for unit in units if "gone" not in unit),
            incidents=tuple(list_records(self._services, active=True)),
            cameras=self._cameras(None),
            alerts=tuple(list_live_alerts(self._services)),
            plan=self.read_plan(),
        )

    def read_changes(self, changes: Changes) -> Picture:
        """The present state of what changed."""
        units = dict(changes.units)
        for unit_id in changes.unit_ids:
            state = self._services.board.find_unit(unit_id)
            units[unit_id] = {"id": unit_id, "status": None} if state is None else state
        return Picture(
            units=tuple(shown_unit(state) for state in units.values()),
            incidents=tuple(shown_incident(record) for record in changes.incidents.values()),
            cameras=self._cameras(changes.camera_ids) if changes.camera_ids else (),
            alerts=tuple(shown_alert(record) for record in changes.alerts.values()),
            plan=self.read_plan() if changes.plan else None,
            plan_changed=changes.plan,
        )

    def read_plan(self) -> Shown | None:
        """The mark of the plan that runs; the plan itself is read once for each id."""
        plan_id = self._services.plans.find_current_id(self._services.clock())
        if plan_id != self._plan_id:
            plan = None if plan_id is None else self._services.plans.find_plan(plan_id)
            self._plan = None if plan is None else plan_mark(plan.id, plan.shift, plan.on)
            self._plan_id = plan_id
        return self._plan

    def _cameras(self, wanted: Collection[str] | None) -> tuple[Shown, ...]:
        cameras = [
            camera
            for camera in self._services.cameras.list_cameras()
            if wanted is None or camera.id in wanted
        ]
        if not cameras:
            return ()
        return tuple(
            camera_records(
                cameras, self._services.cameras.list_health(), self._services.counts.latest()
            )
        )
