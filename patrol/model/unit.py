"""Patrol units: foot, e-bike and car, from a base, and guards working jointly."""

from dataclasses import dataclass
from enum import StrEnum

from patrol.model.errors import InputError
from patrol.model.place import Place


class Mode(StrEnum):
    """How a unit moves; decides which streets it may take and how fast."""

    FOOT = "foot"
    EBIKE = "ebike"
    CAR = "car"


class UnitStatus(StrEnum):
    """What a unit is doing now."""

    OFF = "off"
    """Not on shift: no position is accepted or shown."""
    PATROL = "patrol"
    """Following its route, free to be sent."""
    BREAK = "break"
    ASSIGNED = "assigned"
    """Sent to an incident, not yet accepted."""
    ENROUTE = "enroute"
    ONSCENE = "onscene"
    SOS = "sos"


@dataclass(frozen=True, slots=True)
class Base:
    """Where units start and end their shift: a station or a post."""

    id: str
    name: str
    place: Place
    town_id: str | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """One patrol unit. Names are call signs, never persons.

    ``guard_of`` names the estate or firm whose guards form the unit (joint defence), ``None`` for
    the police's own; ``device_id`` is the identifier its phone or terminal reports under.
    """

    id: str
    name: str
    mode: Mode
    base_id: str
    crew: int = 2
    guard_of: str | None = None
    device_id: str | None = None

    def __post_init__(self) -> None:
        if not self.id:
            raise InputError("a unit's id must not be empty")
        if not 1 <= self.crew <= 20:
            raise InputError(f"unit {self.id}: crew must be in [1, 20], got {self.crew}")
