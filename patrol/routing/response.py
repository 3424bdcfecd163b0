"""Response guarantee: some able unit within N minutes of each hotspot, all shift long.

At every step of five minutes a hotspot is reached if a unit that is neither resting nor off its
shift can be there within the ring of the hotspot's class. A unit between two stops goes on to the
next one or turns back, whichever is sooner; a frozen stop counts as being there.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.routing.problem import UNREACHABLE_S, Floats, Ints, Problem, Solution, UnitRoute

STEP_S = 300
"""Distance between two looks."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of time in which nobody can be at a hotspot in time; ``best_s`` is the soonest."""

    hotspot: int
    begin_s: int
    end_s: int
    limit_s: int
    best_s: int


@dataclass(frozen=True, slots=True, eq=False)
class Response:
    """How well a plan keeps the guarantee.

    ``kept_share`` is the share of weight x time within its ring, ``missed`` the rest in weight x
    hours; ``by_class`` holds kept shares by class (nan: no hotspot of it); ``eta_s`` has shape
    (looks, hotspots).
    """

    kept_share: float
    missed: float
    by_class: tuple[float, ...]
    eta_s: Ints
    limit_s: Ints

    def gaps(self) -> tuple[Gap, ...]:
        """All stretches in which the guarantee is not kept, by place and time."""
        found: list[Gap] = []
        late = self.eta_s > self.limit_s[None, :]
        for h in np.flatnonzero(late.any(axis=0)):
            edges = np.flatnonzero(np.diff(np.r_[0, late[:, h].astype(np.int8), 0]))
            for begin, end in zip(edges[::2], edges[1::2], strict=True):
                best = int(self.eta_s[begin:end, h].min())
                found.append(
                    Gap(int(h), int(begin) * STEP_S, int(end) * STEP_S, int(self.limit_s[h]), best)
                )
        return tuple(found)


def classes(weights: Floats, shares: tuple[float, float]) -> Ints:
    """Class of each hotspot: 0 for the heaviest ``shares[0]``, 1 for the next, 2 for the rest."""
    order = np.argsort(-weights, kind="stable")
    found = np.full(weights.size, 2, np.int32)
    first = round(shares[0] * weights.size)
    found[order[:first]] = 0
    found[order[first : first + round(shares[1] * weights.size)]] = 1
    return found


def check_response(
    problem: Problem, solution: Solution, kind: Ints, rings_s: tuple[int, int, int]
) -> Response:
    """Look at a plan every five minutes.

    Parameters
    ----------
    kind
        Class of each hotspot, 0 to 2, shape (hotspots,).
    rings_s
        Seconds within which somebody must be able to be there, by class.
    """
    looks = np.arange(0, problem.horizon_s, STEP_S)
    eta_s = np.full((looks.size, problem.hotspots.size), UNREACHABLE_S, np.int64)
    for unit, route in enumerate(solution.routes):
        _look(problem, unit, route, looks, eta_s)
    limit_s = np.array(rings_s, np.int32)[kind]
    kept = eta_s <= limit_s[None, :]
    weight = _weights(problem, looks)
    whole = float(weight.sum())
    return Response(
        kept_share=float((weight * kept).sum()) / whole if whole > 0 else 1.0,
        missed=float((weight * ~kept).sum()),
        by_class=tuple(_share(weight, kept, kind == c) for c in range(3)),
        eta_s=np.minimum(eta_s, UNREACHABLE_S).astype(np.int32),
        limit_s=limit_s,
    )


def _share(weight: Floats, kept: NDArray[np.bool_], own: NDArray[np.bool_]) -> float:
    whole = float(weight[:, own].sum())
    return float((weight * kept)[:, own].sum()) / whole if whole > 0 else float("nan")


def _weights(problem: Problem, looks: NDArray[np.int64]) -> Floats:
    """Weight x hours between two looks, shape (looks, hotspots)."""
    edges = np.arange(problem.hotspots.cumulative.shape[1]) * problem.slot_s
    cuts = np.append(looks, problem.horizon_s)
    rows = [np.diff(np.interp(cuts, edges, row)) for row in problem.hotspots.cumulative]
    return np.array(rows).reshape(-1, looks.size).T


def _look(
    problem: Problem,
    unit: int,
    route: UnitRoute,
    looks: NDArray[np.int64],
    eta_s: NDArray[np.int64],
) -> None:
    """Bring in where one unit can be, at all looks."""
    travel, mode, spots = problem.travel, int(problem.fleet.mode[unit]), problem.hotspots.place
    for begin, end, place, towards, arrive in _whereabouts(problem, unit, route):
        own = np.flatnonzero((looks >= begin) & (looks < end))
        if not own.size:
            continue
        now = looks[own, None]
        # Turning back takes as long as the unit has gone.
        back = now if towards < 0 else 2 * now - begin
        found = travel.arrivals_s(mode, place, spots[None, :], back) - now
        if towards >= 0:
            there = np.full_like(now, arrive)
            onward = travel.arrivals_s(mode, towards, spots[None, :], there) - now
            found = np.minimum(found, onward)
        eta_s[own] = np.minimum(eta_s[own], found)


def _whereabouts(
    problem: Problem, unit: int, route: UnitRoute
) -> list[tuple[int, int, int, int, int]]:
    """Stretches (begin, end, place, place towards or -1, arrival there); rests are left out."""
    fleet = problem.fleet
    mode, frozen = int(fleet.mode[unit]), len(problem.frozen_of(unit))
    spot_of = problem.hotspots.place
    found = [
        (stop.arrive_s, stop.depart_s, int(spot_of[stop.hotspot]), -1, 0)
        for stop in route.stops[:frozen]
    ]
    place, free_s = int(fleet.start[unit]), int(fleet.start_s[unit])
    rest_end_s = route.rest_s + int(fleet.rest_s[unit])
    if route.rest_s >= 0 and route.rest_after == frozen - 1:
        found.append((free_s, route.rest_s, place, -1, 0))
        free_s = max(free_s, rest_end_s)
    for i, stop in enumerate(route.stops[frozen:], start=frozen):
        goal = int(spot_of[stop.hotspot])
        there_s = problem.travel.arrive_s(mode, place, goal, free_s)
        found.append((free_s, there_s, place, goal, there_s))
        found.append((there_s, stop.depart_s, goal, -1, 0))
        place, free_s = goal, stop.depart_s
        if route.rest_s >= 0 and route.rest_after == i:
            found.append((free_s, route.rest_s, place, -1, 0))
            free_s = rest_end_s
    found.append((free_s, int(fleet.end_s[unit]), place, -1, 0))
    return found
