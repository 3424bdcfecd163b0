"""A unit's newest state: how changes are folded into it, and how fresh it is."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from patrol.model.fix import Fix
from patrol.model.unit import Unit, UnitStatus

State = dict[str, Any]
"""id, name, mode, status, lon, lat, heading_deg, speed_mps, battery_share, time, seen, signal."""

POSITION_FIELDS = frozenset({"lon", "lat", "heading_deg", "speed_mps", "battery_share", "time"})
"""What belongs to one fix: taken over together, or not at all where the fix came late."""


class Signal(StrEnum):
    """How fresh a unit's position is."""

    LIVE = "live"
    STALE = "stale"
    LOST = "lost"


def unit_change(unit: Unit, status: UnitStatus) -> State:
    """What is known of a unit without a position."""
    return {
        "id": unit.id,
        "name": unit.name,
        "mode": unit.mode.value,
        "status": status.value,
    }


def fix_change(fix: Fix, seen_s: float) -> State:
    """A fix as a change of its unit's state; ``seen_s`` is the server's time, s since 1970."""
    return {
        "id": fix.unit_id,
        "lon": round(fix.place.lon, 7),
        "lat": round(fix.place.lat, 7),
        "heading_deg": fix.heading_deg,
        "speed_mps": fix.speed_mps,
        "battery_share": fix.battery_share,
        "time": round(fix.time.timestamp(), 3),
        "seen": round(seen_s, 3),
        "signal": Signal.LIVE.value,
    }


def fold_unit(known: Mapping[str, Any] | None, change: Mapping[str, Any]) -> State:
    """Fold a change into a unit's state.

    Position fields are taken together, only with a ``time``, and only where that is not older
    than what is known: a fix that comes late never moves a marker backwards. ``seen`` only grows.
    A unit that is off duty has no position.
    Redis does the same in :mod:`patrol.bus.board`.
    """
    state = dict(known or {})
    time = change.get("time")
    late = time is not None and isinstance(state.get("time"), int | float) and time < state["time"]
    for name, value in change.items():
        if name in POSITION_FIELDS:
            if time is not None and not late:
                state[name] = value
        elif name == "seen":
            if not isinstance(state.get("seen"), int | float) or value > state["seen"]:
                state["seen"] = value
        else:
            state[name] = value
    if state.get("status") == UnitStatus.OFF.value:
        for name in POSITION_FIELDS:
            state.pop(name, None)
    return state


def fold_units(changes: Iterable[Mapping[str, Any]]) -> dict[str, State]:
    """Fold many changes, in order: the newest state of each unit by its id."""
    states: dict[str, State] = {}
    for change in changes:
        unit_id = str(change["id"])
        states[unit_id] = fold_unit(states.get(unit_id), change)
    return states


def signal_of(state: Mapping[str, Any], now_s: float, stale_s: float, lost_s: float) -> Signal:
    """How fresh a unit's position is, by when the server last heard of it."""
    seen = state.get("seen")
    if not isinstance(seen, int | float):
        return Signal.LOST
    age_s = now_s - seen
    if age_s >= lost_s:
        return Signal.LOST
    return Signal.STALE if age_s >= stale_s else Signal.LIVE
