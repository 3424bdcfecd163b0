"""What a unit is doing: kept, shown on the board, and told."""

from patrol.live.board import unit_change
from patrol.model.event import EventKind
from patrol.model.unit import UnitStatus
from patrol.usecase.services import Services

BUSY = frozenset({UnitStatus.ASSIGNED, UnitStatus.ENROUTE, UnitStatus.ONSCENE})
"""Statuses that come from an assignment and end with it."""


def change_status(services: Services, unit_id: str, status: UnitStatus) -> None:
    """Keep a unit's new status and tell the map; a unit in distress stays so until it says more.

    Raises
    ------
    NotFoundError
        If there is no such unit.
    """
    unit = services.units.get_unit(unit_id)
    before = services.units.get_status(unit_id)
    if before is UnitStatus.SOS and status in BUSY:
        return
    services.units.save_status(unit_id, status, services.clock())
    services.board.put_unit(unit_change(unit, status))
    services.stream.publish(
        EventKind.UNIT_CHANGED, {"unit_id": unit_id, "status": status.value, "was": before.value}
    )
