"""Who goes where at once: least total time by OR-Tools' minimum cost flow."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow  # type: ignore[import-untyped]  # no py.typed

from patrol.model.errors import InputError, PlanError

OUT_OF_REACH = -1
"""Cost of a pair that cannot be."""


def assign(costs: NDArray[np.int64], wanted: Sequence[int], missing: int) -> list[tuple[int, int]]:
    """Pairs (unit, goal) of least total cost, each unit at most once.

    Parameters
    ----------
    costs
        Cost of each unit at each goal, whole and >= 0, or OUT_OF_REACH; shape (units, goals).
    wanted
        How many units each goal wants.
    missing
        Cost of one unit that a goal goes without; above every cost, or it is left out gladly.

    Raises
    ------
    InputError
        If the shapes disagree or a number is negative.
    """
    units, goals = costs.shape
    if len(wanted) != goals or min(wanted, default=0) < 0 or missing < 0:
        raise InputError(
            f"assign: wanted must be {goals} numbers >= 0 and missing >= 0, got "
            f"{list(wanted)} and {missing}"
        )
    flow = min_cost_flow.SimpleMinCostFlow()
    source, sink, nobody = units + goals, units + goals + 1, units + goals + 2
    pairs: dict[int, tuple[int, int]] = {}
    for unit in range(units):
        flow.add_arc_with_capacity_and_unit_cost(source, unit, 1, 0)
        for goal in range(goals):
            if costs[unit, goal] >= 0:
                arc = flow.add_arc_with_capacity_and_unit_cost(
                    unit, units + goal, 1, int(costs[unit, goal])
                )
                pairs[arc] = (unit, goal)
    whole = sum(wanted)
    flow.add_arc_with_capacity_and_unit_cost(source, nobody, whole, 0)
    for goal, count in enumerate(wanted):
        flow.add_arc_with_capacity_and_unit_cost(nobody, units + goal, count, missing)
        flow.add_arc_with_capacity_and_unit_cost(units + goal, sink, count, 0)
    flow.set_node_supply(source, whole)
    flow.set_node_supply(sink, -whole)
    if flow.solve() != flow.OPTIMAL:
        raise PlanError("no assignment was found")
    return sorted(pair for arc, pair in pairs.items() if flow.flow(arc) > 0)


def apportion(shares: NDArray[np.float64], count: int) -> list[int]:
    """Split a whole number by shares, by the largest remainders; what is left goes to the first.

    Parameters
    ----------
    shares
        Each >= 0, shape (n,); all 0 gives nobody anything.
    count
        What is split, >= 0.
    """
    total = float(shares.sum())
    if total <= 0:
        return [0] * shares.size
    exact = shares / total * count
    whole = np.floor(exact).astype(int)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: count - int(whole.sum())]] += 1
    return [int(number) for number in whole]
