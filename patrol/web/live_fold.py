"""Events folded into frames: pure, so that "replaying events gives the snapshot" can be tested."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from patrol.model.event import Event, EventKind, Seq

Shown = dict[str, Any]
"""One unit, incident or camera as the map gets it: a whole object with its ``id``."""


@dataclass(frozen=True, slots=True)
class View:
    """What one room of clients may see: the whole map, or one unit's own part of it."""

    unit_id: str | None = None

    @property
    def room(self) -> str:
        """Name of the room of clients with this view."""
        return "map" if self.unit_id is None else f"unit:{self.unit_id}"

    def sees_unit(self, unit: Mapping[str, Any]) -> bool:
        """Whether the unit is shown."""
        return self.unit_id is None or unit.get("id") == self.unit_id

    def find_incident(self, incident: Mapping[str, Any]) -> Shown | None:
        """The incident as the view may see it.

        An officer sees those that the unit is sent to. One that it was sent to and has left is
        shown as gone; of any other the view hears nothing.
        """
        if self.unit_id is None:
            return dict(incident)
        own = [
            sent
            for sent in incident.get("assignments") or ()
            if sent.get("unit_id") == self.unit_id
        ]
        if any(sent.get("ended") is None for sent in own):
            return dict(incident)
        return {"id": incident["id"], "gone": True} if own else None


MAP = View()

_CAMERA_KINDS = frozenset(
    {EventKind.CAMERA_STATE, EventKind.CAMERA_COUNTED, EventKind.CAMERA_CHANGED}
)


@dataclass(slots=True)
class Changes:
    """What changed since the last frame; the newest state of each thing wins."""

    units: dict[str, Shown] = field(default_factory=dict)
    unit_ids: set[str] = field(default_factory=set)
    """Units whose status changed: their state is read again."""
    incidents: dict[str, Shown] = field(default_factory=dict)
    camera_ids: set[str] = field(default_factory=set)
    """Cameras whose entry, state or counts changed: they are read again, once a tick."""
    alerts: dict[str, Shown] = field(default_factory=dict)
    plan: bool = False
    users: set[str] = field(default_factory=set)
    """Accounts whose access changed."""

    def add(self, event: Event) -> None:
        """Fold one event in; kinds that the map does not show change nothing."""
        data = event.data
        if event.kind is EventKind.UNIT_MOVED:
            for state in data.get("units") or [data]:
                self.units[str(state["id"])] = state
        elif event.kind is EventKind.UNIT_CHANGED:
            self.unit_ids.add(str(data.get("unit_id") or data["id"]))
        elif event.kind is EventKind.INCIDENT_CHANGED:
            incident = data.get("incident") or data
            self.incidents[str(incident["id"])] = incident
        elif event.kind in _CAMERA_KINDS:
            self.camera_ids.add(str(data.get("camera_id") or data["id"]))
        elif event.kind is EventKind.ALERT_CHANGED:
            alert = data["alert"]
            self.alerts[str(alert["id"])] = alert
        elif event.kind in (EventKind.PLAN_PUBLISHED, EventKind.PLAN_REPLANNED):
            self.plan = True
        elif event.kind is EventKind.ACCESS_CHANGED:
            self.users.add(str(data["user"]))

    @property
    def shows(self) -> bool:
        """Whether there is anything to send."""
        things = (self.units, self.unit_ids, self.incidents, self.camera_ids, self.alerts)
        return self.plan or any(things)


@dataclass(frozen=True, slots=True)
class Picture:
    """Whole objects to send: everything (snapshot) or what changed (delta)."""

    units: tuple[Shown, ...] = ()
    incidents: tuple[Shown, ...] = ()
    cameras: tuple[Shown, ...] = ()
    alerts: tuple[Shown, ...] = ()
    plan: Shown | None = None
    plan_changed: bool = False

    def seen_by(self, view: View) -> "Picture":
        """The part that the view may see."""
        if view.unit_id is None:
            return self
        return Picture(
            units=tuple(filter(view.sees_unit, self.units)),
            incidents=tuple(
                shown for shown in map(view.find_incident, self.incidents) if shown is not None
            ),
            plan=self.plan,
            plan_changed=self.plan_changed,
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in it."""
        things = (self.units, self.incidents, self.cameras, self.alerts)
        return not (self.plan_changed or any(things))


@dataclass(frozen=True, slots=True)
class Message:
    """One event of the live protocol; see ``docs/live.md``."""

    event: str
    payload: dict[str, Any]

    def encode(self, namespace: str) -> bytes:
        """As one Engine.IO message with one Socket.IO event of the namespace."""
        return f"42{namespace},".encode() + orjson.dumps([self.event, self.payload])


def make_snapshot(to: Seq, now: datetime, picture: Picture) -> Message:
    """Everything a view may see; ``to`` was taken before the state was read."""
    payload = {
        "to": str(to),
        "now": _iso(now),
        "units": picture.units,
        "incidents": picture.incidents,
        "cameras": picture.cameras,
        "alerts": picture.alerts,
        "plan": picture.plan,
    }
    return Message("snapshot", payload)


def make_delta(start: Seq, to: Seq, now: datetime, picture: Picture) -> Message:
    """What changed after ``start`` up to and including ``to``."""
    payload: dict[str, Any] = {
        "from": str(start),
        "to": str(to),
        "now": _iso(now),
        "units": picture.units,
        "incidents": picture.incidents,
        "cameras": picture.cameras,
        "alerts": picture.alerts,
    }
    if picture.plan_changed:
        payload["plan"] = picture.plan
    return Message("delta", payload)


def make_beat(to: Seq, now: datetime) -> Message:
    """The newest position that was sent, so that a client finds a silent gap without traffic."""
    return Message("beat", {"to": str(to), "now": _iso(now)})


def _iso(value: datetime) -> str:
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def fold(events: Iterable[Event], into: Changes | None = None) -> Changes:
    """Fold many events."""
    changes = Changes() if into is None else into
    for event in events:
        changes.add(event)
    return changes
