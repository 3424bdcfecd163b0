"""Fixes and passes: where a unit was, and what it really did at a hotspot."""

import math
from dataclasses import dataclass
from datetime import datetime

from patrol.model.clock import check_aware
from patrol.model.errors import InputError
from patrol.model.place import Place


@dataclass(frozen=True, slots=True)
class Fix:
    """One reported position of a unit, WGS 84, with the device's own time and sequence.

    ``battery_share`` in [0, 1]; ``seq`` (per device, >= 0) with ``time`` tells a repeat.
    """

    unit_id: str
    time: datetime
    place: Place
    speed_mps: float | None = None
    heading_deg: float | None = None
    accuracy_m: float | None = None
    battery_share: float | None = None
    seq: int | None = None

    def __post_init__(self) -> None:
        check_aware(self.time, f"fix of {self.unit_id}: time")
        _check_range("speed_mps", self.speed_mps, 0, 120)
        _check_range("heading_deg", self.heading_deg, 0, 360)
        _check_range("accuracy_m", self.accuracy_m, 0, 100_000)
        _check_range("battery_share", self.battery_share, 0, 1)


def _check_range(name: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not (math.isfinite(value) and low <= value <= high):
        raise InputError(f"{name} must be in [{low}, {high}], got {value}")


@dataclass(frozen=True, slots=True)
class Pass:
    """What really happened at a hotspot: a unit was near it during ``[start, end)``."""

    unit_id: str
    hotspot_id: str
    start: datetime
    end: datetime
    planned: bool
