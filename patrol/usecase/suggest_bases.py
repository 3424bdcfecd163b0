"""Which unit should start from which base: short ways to the weight, by minimum cost flow."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from patrol.model.errors import InputError, PlanError
from patrol.model.unit import Mode, Unit
from patrol.routing.assign import OUT_OF_REACH, apportion, assign
from patrol.routing.check import check_solution
from patrol.routing.engine import Search
from patrol.routing.engine.local import LocalEngine
from patrol.routing.problem import MODES, UNREACHABLE_S, Problem
from patrol.routing.value import plan_value
from patrol.usecase.plan_shift import load_shift
from patrol.usecase.services import Services
from patrol.usecase.shift_problem import ShiftProblem, shift_times

MOVE_S = 120
"""Seconds a day that another base must save a unit on each way, or it stays where it is."""

NOBODY_S = 86_400
"""A base without one of its units costs as much as a day's way: it is never left bare to save."""

Told = Callable[[float], None]
"""Told the share of the work that is done, in [0, 1]."""


@dataclass(frozen=True, slots=True)
class BaseNeed:
    """A base with its share of the weight, and how many movable units it has and should have."""

    base_id: str
    name: str
    weight_share: float
    has: int
    wanted: int


@dataclass(frozen=True, slots=True)
class BaseMove:
    """A unit that should start elsewhere; mean seconds to the weight from either base."""

    unit_id: str
    name: str
    mode: Mode
    base_id: str
    to_base_id: str
    way_before_s: float | None
    way_after_s: float


@dataclass(frozen=True, slots=True)
class BaseSuggestion:
    """Moves, with what the shift is worth without and with them, searched equally long."""

    shift: str
    on: date
    needs: tuple[BaseNeed, ...]
    moves: tuple[BaseMove, ...]
    before: float
    after: float
    share_before: float
    share_after: float

    @property
    def gain(self) -> float:
        """What the moves bring, in weight x hours; negative where they do harm."""
        return self.after - self.before


def suggest_bases(
    services: Services, name: str, on: date, seconds: float, told: Told
) -> BaseSuggestion:
    """Assign units to bases for a shift, and say what it would bring.

    Every hotspot belongs to the base from which somebody is there first; units are split over
    bases by the weight of these areas, and go where the ways of their mode are shortest. Guard
    units stay with their estate.

    Raises
    ------
    InputError
        If the shift or the seconds are out of range.
    PlanError
        If there is nothing to plan for, or only one base.
    """
    config = services.config
    if name not in config.shifts:
        raise InputError(f"shift must be one of {', '.join(config.shifts)}, got {name}")
    if not 0 < seconds <= 600:
        raise InputError(f"seconds must be in (0, 600], got {seconds}")
    bases = services.bases.list_bases()
    if len(bases) < 2:
        raise PlanError(f"units can be moved between two bases or more, there are {len(bases)}")
    told(0.0)
    start, end = shift_times(config.shifts[name], on, config.county.zone)
    shift = load_shift(services, name, start, end, seed=0)
    shares, ways = base_ways(shift.problem, len(bases))
    free = [u for u, unit in enumerate(shift.units) if unit.guard_of is None]
    now = shift.problem.fleet.start
    wanted = apportion(shares, len(free))
    goals = _goals(ways, now, free, wanted)
    fleet = replace(shift.problem.fleet, start=goals, end=goals)
    search = Search(seconds, 0)
    before = _worth(shift.problem, search, lambda share: told(share / 2))
    moved = not np.array_equal(goals, now)
    after = (
        _worth(replace(shift.problem, fleet=fleet), search, lambda share: told(0.5 + share / 2))
        if moved
        else before
    )
    told(1.0)
    own = now[free]
    return BaseSuggestion(
        shift=name,
        on=on,
        needs=tuple(
            BaseNeed(base.id, base.name, float(shares[b]), int((own == b).sum()), wanted[b])
            for b, base in enumerate(bases)
        ),
        moves=_moves(shift, goals, ways, [base.id for base in bases]),
        before=before[0],
        after=after[0],
        share_before=before[1],
        share_after=after[1],
    )


def base_ways(problem: Problem, bases: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Share of the weight that lies nearest to each base, and each unit's mean way there.

    Returns
    -------
    shares
        Shape (bases,), sum 1 where anything can be reached.
    ways
        Mean seconds by the unit's mode from each base to the hotspots of the base's area, by
        weight; infinite where the mode gets nowhere from there. Shape (units, bases).
    """
    place = problem.hotspots.place
    # Usual times: where a unit starts from is not a matter of one peak.
    time_s = problem.travel.time_s[: len(MODES), :bases][:, :, place].astype(np.float64)
    open_to = (problem.hotspots.modes[None, :] >> np.arange(len(MODES))[:, None]) & 1 > 0
    time_s[(time_s >= UNREACHABLE_S) | ~open_to[:, None, :]] = np.inf
    weight = problem.hotspots.cumulative[:, -1]
    used = sorted(set(problem.fleet.mode.tolist()))
    soonest = time_s[used].min(axis=0)
    area = np.where(np.isfinite(soonest.min(axis=0)), soonest.argmin(axis=0), -1)
    shares = np.array([weight[area == b].sum() for b in range(bases)])
    ways = np.full((problem.units, bases), np.inf)
    for b in range(bases):
        for mode in used:
            known = (area == b) & np.isfinite(time_s[mode, b]) & (weight > 0)
            if known.any():
                ways[problem.fleet.mode == mode, b] = np.average(
                    time_s[mode, b, known], weights=weight[known]
                )
    total = float(shares.sum())
    return (shares / total if total > 0 else shares), ways


def _goals(
    ways: NDArray[np.float64], now: NDArray[np.int32], free: list[int], wanted: list[int]
) -> NDArray[np.int32]:
    """The base of every unit, as an index; those that are not free stay."""
    costs = np.where(np.isfinite(ways[free]), np.rint(np.nan_to_num(ways[free], posinf=0)), -1)
    costs = costs.astype(np.int64)
    elsewhere = np.arange(ways.shape[1])[None, :] != now[free][:, None]
    costs[(costs != OUT_OF_REACH) & elsewhere] += MOVE_S
    goals = now.copy()
    for row, base in assign(costs, wanted, NOBODY_S):
        goals[free[row]] = base
    return goals


def _worth(problem: Problem, search: Search, told: Told) -> tuple[float, float]:
    def progress(share: float, _value: float) -> bool:
        told(share)
        return True

    found = LocalEngine().solve(problem, search, progress)
    value = plan_value(problem, found)
    verdict = check_solution(problem, found, value.total)
    if not verdict.ok:
        raise PlanError(f"no plan that keeps the rules was found: {verdict.broken[0]}")
    return value.cover, value.share


def _moves(
    shift: ShiftProblem,
    goals: NDArray[np.int32],
    ways: NDArray[np.float64],
    bases: list[str],
) -> tuple[BaseMove, ...]:
    found: list[BaseMove] = []
    for u, unit in enumerate(shift.units):
        old, new = int(shift.problem.fleet.start[u]), int(goals[u])
        if old != new:
            before = float(ways[u, old])
            found.append(
                BaseMove(
                    unit.id,
                    unit.name,
                    unit.mode,
                    bases[old],
                    bases[new],
                    before if np.isfinite(before) else None,
                    float(ways[u, new]),
                )
            )
    return tuple(found)


def apply_bases(services: Services, suggestion: BaseSuggestion) -> int:
    """Let the units start from the bases suggested from now on; gives how many were moved."""
    goal = {move.unit_id: move for move in suggestion.moves}
    moved: list[Unit] = [
        replace(unit, base_id=goal[unit.id].to_base_id)
        for unit in services.units.list_units()
        if unit.id in goal and unit.base_id == goal[unit.id].base_id
    ]
    services.units.save_units(moved)
    return len(moved)
