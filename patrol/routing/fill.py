"""A route for one unit beside the routes of all others, which stay as they are."""

from dataclasses import replace

from patrol.routing.engine import Search, ignore_progress
from patrol.routing.engine.local import LocalEngine
from patrol.routing.problem import Problem, Solution, UnitRoute


def fill_route(problem: Problem, solution: Solution, unit: int, search: Search) -> UnitRoute:
    """The best route found for a unit, given what the others cover.

    A search that begins with a plan moves stops between routes that have some; a unit that joins
    with none would stay without for long.

    Parameters
    ----------
    problem
        The shift, without frozen stops of ``unit``.
    solution
        Routes of all; that of ``unit`` is not looked at.
    search
        How long, and the seed.
    """
    fleet = problem.fleet
    start, start_s, rest_s = fleet.start.copy(), fleet.start_s.copy(), fleet.rest_s.copy()
    for other in range(problem.units):
        if other != unit:
            start[other], start_s[other], rest_s[other] = fleet.end[other], fleet.end_s[other], 0
    frozen = tuple(
        () if other == unit else route.stops for other, route in enumerate(solution.routes)
    )
    alone = replace(
        problem,
        fleet=replace(fleet, start=start, start_s=start_s, rest_s=rest_s),
        frozen=frozen,
    )
    return LocalEngine().solve(alone, search, ignore_progress).routes[unit]
