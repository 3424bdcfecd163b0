"""Peers of the route benchmarks, all given the same tasks: PyVRP, VROOM, OR-Tools.

A peer answers with tasks per unit in order; times are then set by our own schedule, and the plan
goes through the independent checker like any other.
"""

import time
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pyvrp
import vroom
from pyvrp.stop import MaxRuntime

from patrol.routing.copies import Copies
from patrol.routing.engine import Search, ignore_progress
from patrol.routing.engine.ortools import Model
from patrol.routing.problem import UNREACHABLE_S, Problem, Solution, UnitRoute
from patrol.routing.schedule import Pick, timed_route
from patrol.routing.top import Instance, TopResult

PRIZE_S = 1_000
"""Seconds of travel that one unit of weight is worth to PyVRP."""
TOP_SCALE = 1_000
TOP_PRIZE = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What a peer found, and the CPU seconds it took."""

    solution: Solution
    cpu_s: float


def tasks_of(problem: Problem) -> Copies:
    """The tasks of a problem whose hotspots are windowed tasks already: its duties."""
    spots, duties = problem.hotspots, problem.duties
    return Copies(
        duties.hotspot,
        duties.open_s,
        duties.close_s,
        np.ascontiguousarray(spots.dwell_s[duties.hotspot, 0]),
        duties.price,
    )


def solve_pyvrp(problem: Problem, tasks: Copies, seconds: float, seed: int) -> Answer:
    """PyVRP: prizes, windows, one profile per mode. It has no breaks."""
    begun = time.process_time()
    fleet, place = problem.fleet, problem.hotspots.place[tasks.hotspot]
    data = pyvrp.ProblemData(
        locations=[pyvrp.Location(0, 0) for _ in range(problem.travel.time_s.shape[1])],
        clients=[
            pyvrp.Client(
                location=int(place[t]),
                service_duration=int(tasks.dwell_s[t]),
                tw_early=int(tasks.open_s[t]),
                tw_late=int(tasks.close_s[t]) - 1,
                prize=max(1, round(PRIZE_S * float(tasks.prize[t]))),
                required=False,
            )
            for t in range(tasks.size)
        ],
        depots=[pyvrp.Depot(location=int(base)) for base in np.unique(fleet.start)],
        vehicle_types=[
            pyvrp.VehicleType(
                start_depot=int(np.searchsorted(np.unique(fleet.start), fleet.start[unit])),
                end_depot=int(np.searchsorted(np.unique(fleet.start), fleet.end[unit])),
                tw_early=int(fleet.start_s[unit]),
                tw_late=int(fleet.end_s[unit]),
                profile=int(fleet.mode[unit]),
            )
            for unit in range(problem.units)
        ],
        distance_matrices=[
            np.minimum(m, UNREACHABLE_S).astype(np.int64) for m in problem.travel.time_s
        ],
        duration_matrices=[
            np.minimum(m, UNREACHABLE_S).astype(np.int64) for m in problem.travel.time_s
        ],
    )
    result = pyvrp.solve(data, MaxRuntime(seconds), seed=seed, collect_stats=False, display=False)
    nodes: list[list[int]] = [[] for _ in range(problem.units)]
    for route in result.best.routes():
        nodes[route.vehicle_type()] = [one.idx for one in route if one.is_client()]
    return Answer(decode(problem, tasks, nodes), time.process_time() - begun)


def solve_vroom(problem: Problem, tasks: Copies, seconds: float) -> Answer:
    """VROOM: priorities 0-100, windows, one profile per mode; ends by itself or by the clock."""
    begun = time.process_time()
    fleet, place = problem.fleet, problem.hotspots.place[tasks.hotspot]
    given = vroom.Input()
    for mode in sorted(set(fleet.mode.tolist())):
        way_s = np.minimum(problem.travel.time_s[mode], 10**7).astype(np.uint32)
        given.set_durations_matrix(f"m{mode}", way_s)
    top = float(tasks.prize.max())
    given.add_job(
        [
            vroom.Job(
                t,
                int(place[t]),
                default_service=int(tasks.dwell_s[t]),
                priority=max(1, round(100 * float(tasks.prize[t]) / max(top, 100.0))),
                time_windows=[vroom.TimeWindow(int(tasks.open_s[t]), int(tasks.close_s[t]) - 1)],
            )
            for t in range(tasks.size)
        ]
    )
    given.add_vehicle(
        [
            vroom.Vehicle(
                unit,
                start=int(fleet.start[unit]),
                end=int(fleet.end[unit]),
                profile=f"m{fleet.mode[unit]}",
                time_window=vroom.TimeWindow(int(fleet.start_s[unit]), int(fleet.end_s[unit])),
            )
            for unit in range(problem.units)
        ]
    )
    limit = timedelta(seconds=seconds)
    found = given.solve(exploration_level=5, nb_threads=1, timeout=limit)
    nodes: list[list[int]] = [[] for _ in range(problem.units)]
    for row in found.routes.itertuples():
        if row.type == "job":
            nodes[int(row.vehicle_id)].append(int(row.id))
    return Answer(decode(problem, tasks, nodes), time.process_time() - begun)


def solve_ortools(problem: Problem, tasks: Copies, seconds: float) -> Answer:
    """OR-Tools routing, guided local search, stopped by the clock."""
    begun = time.process_time()
    model = Model(problem, tasks)
    nodes = model.search(Search(seconds), ignore_progress, by_clock=True)
    return Answer(decode(problem, tasks, nodes), time.process_time() - begun)


def decode(problem: Problem, tasks: Copies, nodes: list[list[int]]) -> Solution:
    """Time the tasks of every unit by our own schedule."""
    routes: list[UnitRoute] = []
    for unit, found in enumerate(nodes):
        picks = [
            Pick(
                int(tasks.hotspot[t]),
                int(tasks.dwell_s[t]),
                int(tasks.open_s[t]),
                int(tasks.close_s[t]),
                float(tasks.prize[t]),
            )
            for t in found
        ]
        routes.append(timed_route(problem, unit, picks))
    return Solution(tuple(routes))


def _ways(instance: Instance) -> np.ndarray:
    """Whole thousandths of a unit, rounded up so that the true length stays in the limit."""
    p = instance.points
    return np.ceil(TOP_SCALE * np.hypot(*(p[:, None] - p[None]).transpose(2, 0, 1))).astype(
        np.int64
    )


def top_pyvrp(instance: Instance, seconds: float, seed: int) -> TopResult:
    """Team orienteering by PyVRP: prize 20 thousandths per score, distance limit per route."""
    begun = time.process_time()
    ways, last = _ways(instance), len(instance.points) - 1
    data = pyvrp.ProblemData(
        locations=[pyvrp.Location(0, 0) for _ in range(last + 1)],
        clients=[
            pyvrp.Client(
                location=i,
                prize=round(TOP_PRIZE * TOP_SCALE * float(instance.scores[i])),
                required=False,
            )
            for i in range(1, last)
        ],
        depots=[pyvrp.Depot(location=0), pyvrp.Depot(location=last)],
        vehicle_types=[
            pyvrp.VehicleType(
                instance.routes,
                start_depot=0,
                end_depot=1,
                max_distance=int(instance.limit * TOP_SCALE),
            )
        ],
        distance_matrices=[ways],
        duration_matrices=[np.zeros_like(ways)],
    )
    result = pyvrp.solve(data, MaxRuntime(seconds), seed=seed, collect_stats=False, display=False)
    routes = tuple(
        tuple(one.idx + 2 for one in route if one.is_client()) for route in result.best.routes()
    )
    return _scored(instance, routes, time.process_time() - begun)


def top_vroom(instance: Instance) -> TopResult:
    """Team orienteering by VROOM, level 5; it ends by itself."""
    begun = time.process_time()
    ways, last = _ways(instance), len(instance.points) - 1
    given = vroom.Input()
    given.set_durations_matrix("car", ways.astype(np.uint32))
    given.add_job(
        [
            vroom.Job(i, i, priority=min(100, round(float(instance.scores[i]))))
            for i in range(1, last)
        ]
    )
    limit = int(instance.limit * TOP_SCALE)
    given.add_vehicle(
        [
            vroom.Vehicle(r, start=0, end=last, time_window=vroom.TimeWindow(0, limit))
            for r in range(instance.routes)
        ]
    )
    found = given.solve(exploration_level=5, nb_threads=1)
    routes: list[list[int]] = [[] for _ in range(instance.routes)]
    for row in found.routes.itertuples():
        if row.type == "job":
            routes[int(row.vehicle_id)].append(int(row.id) + 1)
    return _scored(instance, tuple(map(tuple, routes)), time.process_time() - begun)


def _scored(instance: Instance, routes: tuple[tuple[int, ...], ...], cpu_s: float) -> TopResult:
    score = float(sum(instance.scores[i - 1] for route in routes for i in route))
    return TopResult(score, cpu_s, routes, 0)
