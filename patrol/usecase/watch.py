"""Watching units: who has gone silent, and the board after Redis was lost."""

import logging

from patrol.live.board import Signal, fix_change, signal_of, unit_change
from patrol.model.event import EventKind
from patrol.model.unit import UnitStatus
from patrol.usecase.services import Services

log = logging.getLogger(__name__)


def watch_signals(services: Services) -> int:
    """Mark units whose signal went stale, was lost or came back; how many changed.

    A unit on duty that is lost also raises an alert: an officer may need help.
    """
    now_s = services.clock().timestamp()
    live = services.config.live
    changed = 0
    for state in services.board.list_units():
        if state.get("status", UnitStatus.OFF.value) == UnitStatus.OFF.value:
            continue
        before = state.get("signal")
        if state.get("seen") is None:
            # It went on duty and has not sent a position yet: nothing was lost.
            continue
        signal = signal_of(state, now_s, live.stale_s, live.lost_s)
        if signal.value == before:
            continue
        changed += 1
        unit_id = str(state["id"])
        services.board.put_unit({"id": unit_id, "signal": signal.value})
        services.stream.publish(
            EventKind.UNIT_CHANGED, {"unit_id": unit_id, "signal": signal.value, "was": before}
        )
        if signal is Signal.LOST:
            log.warning("unit %s: no position for %d s", unit_id, live.lost_s)
            services.stream.publish(EventKind.ALERT_RAISED, {"kind": "lost", "unit_id": unit_id})
    return changed


def restore_board(services: Services) -> int:
    """Put every unit back on the board from the database; how many were missing there.

    For a start with an empty Redis, and after one that lost its data.
    """
    there = {str(state["id"]) for state in services.board.list_units()}
    statuses = services.units.list_statuses()
    missing = [unit for unit in services.units.list_units() if unit.id not in there]
    changes = []
    for unit in missing:
        status = statuses.get(unit.id, UnitStatus.OFF)
        change = unit_change(unit, status)
        newest = None if status is UnitStatus.OFF else services.fixes.find_newest(unit.id)
        if newest is not None:
            change |= fix_change(newest, newest.time.timestamp())
        changes.append(change)
    services.board.put_units(changes)
    return len(missing)
