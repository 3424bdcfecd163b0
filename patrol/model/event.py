"""Events: what is put on the stream after a change was committed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class EventKind(StrEnum):
    """Every kind of event there is; ``docs/events.md`` lists their payloads."""

    UNIT_MOVED = "unit.moved"
    UNIT_CHANGED = "unit.changed"
    INCIDENT_CHANGED = "incident.changed"
    PLAN_PUBLISHED = "plan.published"
    PLAN_REPLANNED = "plan.replanned"
    PLAN_PROGRESS = "plan.progress"
    CAMERA_STATE = "camera.state"
    CAMERA_COUNTED = "camera.counted"
    CAMERA_NOTICED = "camera.noticed"
    CAMERA_CHANGED = "camera.changed"
    PASS_SEEN = "pass.seen"  # noqa: S105 - a pass at a hotspot, not a password
    WEIGHTS_CHANGED = "weights.changed"
    ACCESS_CHANGED = "access.changed"
    ALERT_RAISED = "alert.raised"
    ALERT_CHANGED = "alert.changed"


@dataclass(frozen=True, slots=True, order=True)
class Seq:
    """An event's place in the stream: Redis' stream id as two integers, never compared as text."""

    ms: int
    n: int

    @classmethod
    def parse(cls, text: str) -> "Seq":
        """Read ``"1700000000000-3"``."""
        ms, _, n = text.partition("-")
        return cls(int(ms), int(n or 0))

    def __str__(self) -> str:
        return f"{self.ms}-{self.n}"


@dataclass(frozen=True, slots=True)
class Event:
    """One event as read from the stream; ``data`` is the JSON payload of its kind."""

    seq: Seq
    kind: EventKind
    at: datetime
    data: dict[str, Any]
