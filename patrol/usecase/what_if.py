"""What a plan would be worth with another mode for a unit, one unit more, or one less."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from patrol.model.errors import InputError
from patrol.model.plan import Plan
from patrol.model.unit import Mode, Unit
from patrol.routing.check import check_solution
from patrol.routing.engine import Search
from patrol.routing.engine.local import LocalEngine
from patrol.routing.fill import fill_route
from patrol.routing.problem import Solution, UnitRoute
from patrol.routing.value import plan_value
from patrol.usecase.plan_shift import load_shift
from patrol.usecase.plan_solution import solution_of
from patrol.usecase.services import Services
from patrol.usecase.shift_problem import ShiftProblem

EXTRA = "extra"
"""Id of a unit that does not exist yet."""

SIDE_SHARE = 1 / 3
"""Part of the work that one search is; a fourth, which is rare, goes on at the end."""

FILL_SHARE = 0.2
"""Search for the first route of a unit that joins, as a part of a side's."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """One question; exactly one of the three is asked.

    ``unit`` would go by ``mode``; ``add`` is the mode of one unit more, at ``base`` (the first
    unit's of that mode by default); ``remove`` is a unit less.
    """

    unit: str | None = None
    mode: Mode | None = None
    add: Mode | None = None
    base: str | None = None
    remove: str | None = None
    seconds: float = 2.0

    def __post_init__(self) -> None:
        asked = [self.unit is not None, self.add is not None, self.remove is not None]
        if sum(asked) != 1 or (self.unit is None) != (self.mode is None):
            raise InputError(
                "what-if needs one question: a unit with a mode, a mode to add, or a unit to remove"
            )
        if not 0 < self.seconds <= 600:
            raise InputError(f"seconds must be in (0, 600], got {self.seconds}")


@dataclass(frozen=True, slots=True)
class Answer:
    """Value and coverage as things are and as they would be, searched equally long."""

    plan_id: str
    before: float
    after: float
    share_before: float
    share_after: float
    stops_before: int
    stops_after: int
    towns: dict[str, float]
    """Change of value by town id."""

    @property
    def gain(self) -> float:
        """What the change brings, in weight x hours."""
        return self.after - self.before


Told = Callable[[float], None]
"""Told the share of the work that is done, in [0, 1]."""


def _tell_nobody(_share: float) -> None:
    pass


def what_if(services: Services, plan_id: str, asked: WhatIf, told: Told = _tell_nobody) -> Answer:
    """Search the plan's shift with and without a change, both from the plan as it is.

    Raises
    ------
    NotFoundError
        If there is no such plan.
    InputError
        If a unit or base is unknown, or the change leaves no unit.
    """
    plan = services.plans.get_plan(plan_id)
    units = services.units.list_units()
    look = _Look(services, plan, asked.seconds, told)
    changed = _changed(services, units, asked)
    # Both sides begin with the same plan and are searched equally long, or what more search finds
    # would pass for what the change brings.
    common = look.search(units).routes
    before, after = look.search(units, common), look.search(changed, common)
    # One unit more is never worth less: what was found without it can be done with it as well.
    if asked.add is not None and after.value < before.value:
        after = look.search(changed, before.routes)
    if asked.remove is not None and after.value > before.value:
        before = look.search(units, after.routes)
    towns = {
        town: after.towns.get(town, 0.0) - before.towns.get(town, 0.0)
        for town in sorted({*before.towns, *after.towns})
    }
    return Answer(
        plan.id,
        before.value,
        after.value,
        before.share,
        after.share,
        before.stops,
        after.stops,
        towns,
    )


@dataclass(frozen=True, slots=True)
class _Side:
    value: float
    share: float
    stops: int
    towns: dict[str, float]
    routes: dict[str, UnitRoute]


@dataclass(slots=True)
class _Look:
    """Searches of one question, and how far they have got."""

    services: Services
    plan: Plan
    seconds: float
    told: Told
    searched: int = 0

    def search(self, units: Sequence[Unit], begin: Mapping[str, UnitRoute] | None = None) -> _Side:
        plan = self.plan
        self.told(self.searched * SIDE_SHARE)
        shift = load_shift(self.services, plan.shift, plan.start, plan.end, plan.seed, units=units)
        old = solution_of(shift, plan)
        modes = {route.unit_id: route.mode for route in plan.routes}
        # Who changes the mode or joins starts with a route found beside the others' (the old one is
        # timed for other wheels).
        kept = [
            replace(route, stops=())
            if modes.get(unit.id) not in (None, unit.mode)
            else _route_of(unit, route, begin)
            for unit, route in zip(shift.units, old.routes, strict=True)
        ]
        search = Search(self.seconds, plan.seed)
        known = modes if begin is None else begin
        for index, unit in enumerate(shift.units):
            if unit.id not in known or modes.get(unit.id, unit.mode) is not unit.mode:
                short = Search(self.seconds * FILL_SHARE, plan.seed)
                kept[index] = fill_route(shift.problem, Solution(tuple(kept)), index, short)
        found = LocalEngine().improve(shift.problem, Solution(tuple(kept)), search, self._progress)
        self.searched += 1
        return _side(shift, found)

    def _progress(self, share: float, _value: float) -> bool:
        # Never stopped halfway: sides that were searched unequally long cannot be compared.
        self.told(min(1.0, (self.searched + share) * SIDE_SHARE))
        return True


def _side(shift: ShiftProblem, found: Solution) -> _Side:
    value = plan_value(shift.problem, found)
    verdict = check_solution(shift.problem, found, value.total)
    if not verdict.ok:
        raise InputError(f"what-if found no plan that keeps the rules: {verdict.broken[0]}")
    towns: dict[str, float] = {}
    for spot, worth in zip(shift.hotspots, value.by_hotspot.tolist(), strict=True):
        towns[spot.town_id or ""] = towns.get(spot.town_id or "", 0.0) + worth
    routes = {unit.id: route for unit, route in zip(shift.units, found.routes, strict=True)}
    return _Side(value.cover, value.share, found.stops, towns, routes)


def _route_of(unit: Unit, planned: UnitRoute, begin: Mapping[str, UnitRoute] | None) -> UnitRoute:
    """What a unit begins with: its planned route, or the one of an earlier search or none."""
    return planned if begin is None else begin.get(unit.id, replace(planned, stops=()))


def _changed(services: Services, units: Sequence[Unit], asked: WhatIf) -> list[Unit]:
    known = {unit.id: unit for unit in units}
    for name in (asked.unit, asked.remove):
        if name is not None and name not in known:
            raise InputError(f"unit {name} is unknown")
    if asked.add is not None:
        return [*units, _extra(services, units, asked.add, asked.base)]
    if asked.remove is not None:
        return [unit for unit in units if unit.id != asked.remove]
    mode = asked.mode or Mode.FOOT
    return [replace(unit, mode=mode) if unit.id == asked.unit else unit for unit in units]


def _extra(services: Services, units: Sequence[Unit], mode: Mode, base: str | None) -> Unit:
    bases = [one.id for one in services.bases.list_bases()]
    if base is not None and base not in bases:
        raise InputError(f"base must be one of {', '.join(bases)}, got {base}")
    home = base or next((unit.base_id for unit in units if unit.mode is mode), bases[0])
    return Unit(EXTRA, EXTRA, mode, home)
