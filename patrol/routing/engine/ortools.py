"""The second engine: the same problem through OR-Tools' routing library.

It knows no value by gap, so hotspots become windowed copies (``routing/copies.py``). Travel goes in
as matrices: on our sizes they are 1.6 times faster to a first plan than Python callbacks, at half
the memory (ANCHORS, November 2026).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from ortools.constraint_solver import (  # type: ignore[import-untyped]  # ships no py.typed
    pywrapcp,
    routing_enums_pb2,
)

from patrol.routing.copies import Copies, make_copies
from patrol.routing.engine import Progress, Search
from patrol.routing.problem import UNREACHABLE_S, Problem, Solution, UnitRoute
from patrol.routing.schedule import Pick, timed_route

SOLUTIONS_PER_S = 20.0
"""Improving steps a second with 500 tasks on the 2-core reference machine (November 2026), falling
with the square of tasks. Turns seconds into countable work, so that one seed gives one plan; the
clock only ends a search that takes far longer than that."""

SLOWEST_FIRST_PLAN_S = 60.0
"""The clock never ends a search sooner than this: without a first plan there is nothing."""

TASKS_PER_STOP = 1.25
"""Tasks handed over for each stop the units could make; the first plan's time grows steeper than
their number (26 s at 2,300 tasks), and the weakest would not be chosen."""

PRIZE_S = 3_600
"""Seconds of travel that a task of mean prize is worth."""

_ALLOWED_RATIO = 2.0
_LEAST_LEG_S = 180


@dataclass(frozen=True, slots=True, eq=False)
class OrToolsEngine:
    """OR-Tools routing: local cheapest insertion, then guided local search."""

    name: str = "ortools"

    def solve(self, problem: Problem, search: Search, progress: Progress) -> Solution:
        """Search within ``search.seconds``; see :class:`patrol.routing.engine.Engine`."""
        copies = _strongest(problem, make_copies(problem, search.seed))
        if copies.size == 0:
            return _decode(problem, copies, [[] for _ in range(problem.units)])
        model = Model(problem, copies)
        return _decode(problem, copies, model.search(search, progress))


def _strongest(problem: Problem, copies: Copies) -> Copies:
    if copies.size == 0:
        return copies
    work_s = int((problem.fleet.end_s - problem.fleet.start_s).sum())
    most = round(TASKS_PER_STOP * work_s / (int(copies.dwell_s.min()) + _LEAST_LEG_S))
    keep = np.sort(np.argsort(-copies.prize, kind="stable")[:most])
    return copies.take(keep)


class Model:
    """The routing model: tasks are nodes 0..n-1, then a start and an end node per unit."""

    def __init__(self, problem: Problem, copies: Copies) -> None:
        self.problem, self.copies = problem, copies
        units, tasks = problem.units, copies.size
        starts = [tasks + unit for unit in range(units)]
        ends = [tasks + units + unit for unit in range(units)]
        self.manager = pywrapcp.RoutingIndexManager(tasks + 2 * units, units, starts, ends)
        self.routing = pywrapcp.RoutingModel(self.manager)
        self._add_travel()
        self._add_tasks()
        self._add_rests()

    def _add_travel(self) -> None:
        problem, copies = self.problem, self.copies
        fleet = problem.fleet
        places = np.concatenate([problem.hotspots.place[copies.hotspot], fleet.start, fleet.end])
        dwell = np.concatenate([copies.dwell_s, np.zeros(2 * problem.units, np.int32)])
        # A way that is closed or too long takes longer than any shift has.
        never = 2 * int(fleet.end_s.max()) + 1
        transits: dict[tuple[int, int], int] = {}
        costs: dict[tuple[int, int], int] = {}
        by_unit: list[int] = []
        for unit in range(problem.units):
            key = (int(fleet.mode[unit]), int(fleet.longest_leg_m[unit]))
            if key not in transits:
                # Times of the slowest traffic band: what fits by them fits in every band.
                travel = problem.travel.most_s(key[0])[np.ix_(places, places)].astype(np.int64)
                far = problem.travel.distance_m[key[0]][np.ix_(places, places)] > key[1]
                far[:, copies.size :] = False
                travel[far | (travel >= UNREACHABLE_S)] = never
                costs[key] = self.routing.RegisterTransitMatrix(travel.tolist())
                transits[key] = self.routing.RegisterTransitMatrix(
                    (travel + dwell[:, None]).tolist()
                )
            by_unit.append(transits[key])
            self.routing.SetArcCostEvaluatorOfVehicle(costs[key], unit)
        horizon = int(fleet.end_s.max())
        self.routing.AddDimensionWithVehicleTransits(by_unit, horizon, horizon, False, "time")
        self.time = self.routing.GetDimensionOrDie("time")
        for unit in range(problem.units):
            start, end = int(fleet.start_s[unit]), int(fleet.end_s[unit])
            self.time.CumulVar(self.routing.Start(unit)).SetRange(start, end)
            self.time.CumulVar(self.routing.End(unit)).SetRange(start, end)

    def _add_tasks(self) -> None:
        copies = self.copies
        allowed = self.problem.allowed()
        price = np.maximum(1, np.round(copies.prize * PRIZE_S / copies.prize.mean())).astype(int)
        for task in range(copies.size):
            index = self.manager.NodeToIndex(task)
            units = np.flatnonzero(allowed[:, copies.hotspot[task]])
            self.routing.AddDisjunction([index], int(price[task]))
            if units.size == 0:
                self.routing.ActiveVar(index).SetValue(0)
                continue
            # SetAllowedVehiclesForIndex of 9.15's Python wrapper takes no list (no typemap for
            # absl::Span), so the vehicle variable is cut instead; -1 is "not visited".
            self.routing.VehicleVar(index).SetValues([-1, *(int(unit) for unit in units)])
            self.time.CumulVar(index).SetRange(
                int(copies.open_s[task]), int(copies.close_s[task]) - 1
            )

    def _add_rests(self) -> None:
        fleet, solver = self.problem.fleet, self.routing.solver()
        visit_s = [0] * self.routing.Size()
        for task in range(self.copies.size):
            visit_s[self.manager.NodeToIndex(task)] = int(self.copies.dwell_s[task])
        for unit in np.flatnonzero(fleet.rest_s > 0):
            length = int(fleet.rest_s[unit])
            first = max(int(fleet.rest_open_s[unit]), int(fleet.start_s[unit]))
            last = int(fleet.rest_close_s[unit]) - length
            rest = solver.FixedDurationIntervalVar(first, last, length, False, f"rest {unit}")
            self.time.SetBreakIntervalsOfVehicle([rest], int(unit), visit_s)

    def search(
        self, search: Search, progress: Progress, *, by_clock: bool = False
    ) -> list[list[int]]:
        """Tasks of every unit in order; what was best when time ran out or progress said stop.

        ``by_clock`` ends after ``search.seconds`` exactly, as benchmarks want it.
        """
        parameters = _parameters(search, self.copies.size)
        if by_clock:
            parameters.solution_limit = 2**31
            parameters.time_limit.FromMilliseconds(round(search.seconds * 1000))
        best: list[list[list[int]]] = [[[] for _ in range(self.problem.units)]]
        self.routing.AddAtSolutionCallback(self._watcher(best, search, progress))
        self.routing.SolveWithParameters(parameters)
        return best[0]

    def _watcher(
        self, best: list[list[list[int]]], search: Search, progress: Progress
    ) -> Callable[[], None]:
        limit = _solutions(search, self.copies.size)
        state: dict[str, Any] = {"seen": 0, "cost": None, "stop": False}

        def seen() -> None:
            state["seen"] += 1
            cost = self.routing.CostVar().Max()
            if state["cost"] is None or cost < state["cost"]:
                state["cost"] = cost
                best[0] = self._routes()
            if state["seen"] % 50 == 1 and not state["stop"]:
                prize = sum(float(self.copies.prize[t]) for tasks in best[0] for t in tasks)
                state["stop"] = not progress(min(1.0, state["seen"] / limit), prize)
            if state["stop"]:
                self.routing.solver().FinishCurrentSearch()

        return seen

    def _routes(self) -> list[list[int]]:
        routes: list[list[int]] = []
        for unit in range(self.problem.units):
            tasks: list[int] = []
            index = self.routing.NextVar(self.routing.Start(unit)).Value()
            while not self.routing.IsEnd(index):
                tasks.append(self.manager.IndexToNode(index))
                index = self.routing.NextVar(index).Value()
            routes.append(tasks)
        return routes


def _solutions(search: Search, tasks: int) -> int:
    return max(1, round(search.seconds * SOLUTIONS_PER_S * (500 / max(tasks, 1)) ** 2))


def _parameters(search: Search, tasks: int) -> Any:
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = (
        routing_enums_pb2.FirstSolutionStrategy.LOCAL_CHEAPEST_INSERTION
    )
    parameters.local_search_metaheuristic = (
        routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    )
    parameters.solution_limit = _solutions(search, tasks)
    limit_ms = round(search.seconds * _ALLOWED_RATIO * 1000)
    parameters.time_limit.seconds = limit_ms // 1000
    parameters.time_limit.nanos = limit_ms % 1000 * 1_000_000
    return parameters


def _decode(problem: Problem, copies: Copies, tasks: list[list[int]]) -> Solution:
    """Time the routes by our own rules.

    OR-Tools may put a rest in the middle of a leg; ours is taken where the unit has stopped.
    """
    routes: list[UnitRoute] = []
    for unit, nodes in enumerate(tasks):
        picks = [
            Pick(
                int(copies.hotspot[t]),
                int(copies.dwell_s[t]),
                int(copies.open_s[t]),
                int(copies.close_s[t]),
                float(copies.prize[t]),
            )
            for t in nodes
        ]
        routes.append(timed_route(problem, unit, picks))
    return Solution(tuple(routes))
