"""Alerts: news of cameras that somebody at the desk should look at. About places, never persons."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from patrol.model.camera import CameraState
from patrol.model.clock import check_aware


class AlertKind(StrEnum):
    """What an alert is about."""

    HIGH = "high"
    """Far more counted than is usual at this hour of the week."""
    LOW = "low"
    """Far less."""
    CROWDING = "crowding"
    LOITERING = "loitering"
    STOPPED_VEHICLE = "stopped_vehicle"
    WRONG_WAY = "wrong_way"
    TROUBLE = "trouble"
    """The feed cannot be used; ``state`` says why."""


NOTICED = frozenset(
    {AlertKind.CROWDING, AlertKind.LOITERING, AlertKind.STOPPED_VEHICLE, AlertKind.WRONG_WAY}
)
"""Kinds that a rule noticed: over before anybody looks, so they wait for somebody who does."""


@dataclass(frozen=True, slots=True)
class CameraAlert:
    """One piece of news of one camera, from when it began until nobody needs to see it any more.

    ``value`` is what was counted: events an hour or people for ``HIGH`` and ``LOW``, the highest
    count of a notice for those noticed; ``usual`` is what is usual there and then, where known.
    ``newest`` is when it was last seen to go on, ``times`` how often it was noticed. It is live
    until ``done``: over, and known to somebody where that is needed.
    """

    id: str
    camera_id: str
    kind: AlertKind
    opened: datetime
    newest: datetime
    rule: str = ""
    value: float = 0.0
    usual: float | None = None
    times: int = 1
    state: CameraState | None = None
    ended: datetime | None = None
    acknowledged: datetime | None = None
    done: datetime | None = None
    incident_id: str | None = None

    def __post_init__(self) -> None:
        check_aware(self.opened, f"alert {self.id}: opened")
        check_aware(self.newest, f"alert {self.id}: newest")

    @property
    def subject(self) -> tuple[str, AlertKind, str]:
        """What can be live only once: camera, kind and rule."""
        return self.camera_id, self.kind, self.rule
