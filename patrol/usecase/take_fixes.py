"""Taking positions: believed ones are committed, then shown, then told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from patrol.live.board import fix_change, unit_change
from patrol.live.clean import Cleaned, FixRules, Refused, clean_fixes
from patrol.model.errors import OutsideError
from patrol.model.event import EventKind
from patrol.model.fix import Fix
from patrol.model.place import Place
from patrol.model.unit import Unit, UnitStatus
from patrol.store.group import GroupCommit
from patrol.store.units import Standing
from patrol.usecase.services import Services


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one unit's fixes: how many are kept (repeats among them), which are not."""

    kept: int
    added: int
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True)
class _Sent:
    """One request."""

    services: Services
    unit: Unit
    fixes: Sequence[Fix]


class FixDesk:
    """Handles the requests that come at the same time together.

    One look at the units, one commit, one change of the board and one event serve them all; each
    is still answered for itself, after its fixes are on the disk.
    """

    def __init__(self) -> None:
        self._group: GroupCommit[_Sent, Taken] = GroupCommit(_take_all)

    def take(self, services: Services, unit: Unit, fixes: Sequence[Fix]) -> Taken:
        """See :func:`take_fixes`."""
        return self._group.submit(_Sent(services, unit, fixes))


def take_fixes(services: Services, unit: Unit, fixes: Sequence[Fix]) -> Taken:
    """Keep a unit's fixes; when this returns they are on disk.

    Nothing from outside the unit's duty is kept.

    Raises
    ------
    OutsideError
        If the database does not take them; the sender should try again later.
    """
    return services.fix_desk.take(services, unit, fixes)


def _take_all(sent: Sequence[_Sent]) -> list[Taken]:
    services = sent[0].services
    now = services.clock()
    unit_ids = sorted({one.unit.id for one in sent})
    standings = services.units.find_standings(unit_ids)
    previous = _find_previous(services, unit_ids)
    cleaned = []
    for one in sent:
        standing = standings.get(one.unit.id)
        part = clean_fixes(
            one.fixes,
            rules=FixRules(services.config.live.max_speed_kmh),
            now=now,
            duty=None if standing is None else standing.duty,
            previous=previous.get(one.unit.id),
        )
        if part.kept:
            previous[one.unit.id] = part.kept[-1]
        cleaned.append(part)
    if not any(part.kept for part in cleaned):
        return [Taken(0, 0, part.refused) for part in cleaned]
    added = services.fixes.add_batches([part.kept for part in cleaned])
    shown = [(one.unit, part) for one, part, new in zip(sent, cleaned, added, strict=True) if new]
    _show(services, shown, standings, now)
    return [
        Taken(len(part.kept), new, part.refused) for part, new in zip(cleaned, added, strict=True)
    ]


def _find_previous(services: Services, unit_ids: Sequence[str]) -> dict[str, Fix]:
    """Each unit's newest fix: from the board in one look, from the database where it is not."""
    try:
        states = services.board.find_units(unit_ids)
    except OutsideError:
        states = {}
    found = {}
    for unit_id in unit_ids:
        fix = _fix_of(states.get(unit_id)) or services.fixes.find_newest(unit_id)
        if fix is not None:
            found[unit_id] = fix
    return found


def _fix_of(state: dict[str, Any] | None) -> Fix | None:
    if state is None or state.get("time") is None or state.get("lon") is None:
        return None
    place = Place(state["lon"], state["lat"])
    return Fix(str(state["id"]), datetime.fromtimestamp(state["time"], UTC), place)


def _show(
    services: Services,
    shown: Sequence[tuple[Unit, Cleaned]],
    standings: dict[str, Standing],
    now: datetime,
) -> None:
    """Put the newest fixes on the board and tell them; what is committed stands without Redis."""
    if not shown:
        return
    changes: list[dict[str, Any]] = []
    since: dict[str, float] = {}
    for unit, part in shown:
        standing = standings.get(unit.id)
        status = UnitStatus.OFF if standing is None else standing.status
        changes.append({**unit_change(unit, status), **fix_change(part.kept[-1], now.timestamp())})
        oldest_s = round(part.kept[0].time.timestamp(), 3)
        since[unit.id] = min(oldest_s, since.get(unit.id, oldest_s))
    try:
        states = services.board.put_units(changes)
    except OutsideError:
        # The stream logs its trouble once; a second line for the board would say the same.
        states = changes
    newest = {str(state["id"]): state for state in states}
    services.stream.publish(EventKind.UNIT_MOVED, {"units": list(newest.values()), "since": since})
