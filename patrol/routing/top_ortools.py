"""Team orienteering by OR-Tools' routing: a second opinion on what our own search finds."""

import time
from typing import Any

import numpy as np
from ortools.constraint_solver import (  # type: ignore[import-untyped]  # ships no py.typed
    pywrapcp,
    routing_enums_pb2,
)

from patrol.routing.top import Instance, TopResult

TOP_SCALE = 1_000
"""OR-Tools counts whole numbers: thousandths, lengths rounded up so that routes keep the limit."""


def solve_top_ortools(instance: Instance, seconds: float) -> TopResult:
    """Collect the greatest score by guided local search.

    One unit of length costs one of score, its best scaling. OR-Tools stops by the clock and takes
    no seed here.
    """
    begun_s = time.process_time()
    last, routes = len(instance.points) - 1, instance.routes
    manager = pywrapcp.RoutingIndexManager(last + 1, routes, [0] * routes, [last] * routes)
    model = pywrapcp.RoutingModel(manager)
    p = instance.points
    ways = np.ceil(TOP_SCALE * np.hypot(*(p[:, None] - p[None]).transpose(2, 0, 1))).astype(int)
    transit = model.RegisterTransitMatrix(ways.tolist())
    model.SetArcCostEvaluatorOfAllVehicles(transit)
    model.AddDimension(transit, 0, int(instance.limit * TOP_SCALE), True, "way")
    for i in range(1, last):
        model.AddDisjunction([manager.NodeToIndex(i)], round(TOP_SCALE * float(instance.scores[i])))
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.local_search_metaheuristic = (
        routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    )
    parameters.time_limit.FromMilliseconds(max(1, round(seconds * 1000)))
    found = model.SolveWithParameters(parameters)
    answer = _routes(model, manager, found, routes) if found else ()
    score = float(sum(instance.scores[i - 1] for route in answer for i in route))
    return TopResult(score, time.process_time() - begun_s, answer, 0)


def _routes(model: Any, manager: Any, found: Any, routes: int) -> tuple[tuple[int, ...], ...]:
    """Points of each route, numbered from 1 as in the file."""
    answer: list[tuple[int, ...]] = []
    for r in range(routes):
        index, route = found.Value(model.NextVar(model.Start(r))), []
        while not model.IsEnd(index):
            route.append(manager.IndexToNode(index) + 1)
            index = found.Value(model.NextVar(index))
        answer.append(tuple(route))
    return tuple(answer)
