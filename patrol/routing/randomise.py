"""Plans nearly as good as the best one, and the choice among them.

A plan that is best every day is the same every day. So the search goes on from the best plan at
weights that are noisy by place and half hour, then comes back to the true ones, with a small price
on half hours in which an observer expects no stop; what stays within a share of the best is a
candidate. Of the candidates the one is taken whose price is lowest: value
given away, response rings missed, uneven load, towns under their least share, and how well an
observer of the last days would foresee it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from patrol.routing.engine import Progress, Search
from patrol.routing.engine.local import LocalEngine
from patrol.routing.engine.state import make_data
from patrol.routing.fairness import imbalance, shares_by, shortfalls, unit_loads
from patrol.routing.observer import (
    SLOT_S,
    Foreseen,
    Seen,
    expected,
    foreseen,
    habit,
    half_hours,
    usual_visits,
)
from patrol.routing.problem import Duties, Floats, Ints, Problem, Solution
from patrol.routing.response import check_response
from patrol.routing.value import Value, plan_value

NOISE = 0.5
"""Spread of the logarithm of the noise on weights."""
EARLY = 0.3
"""How light a place is made before its phase."""
AVOID = 0.9
"""How much lighter a half hour is made in which every observed day had a visit."""
NOISY_PART = 0.25
"""Part of a candidate's search at noisy weights; the rest brings it back to the true ones."""
SURPRISE = (0.1, 0.4)
"""What a stop in a half hour that the observer would not name is worth on top while candidates are
searched, as a share of the cover of an average stop there: for the first candidate and the last."""


@dataclass(frozen=True, slots=True)
class Prices:
    """What each fault of a candidate costs, as a share of the best plan's value.

    ``response`` for all weight x time outside its ring, ``fairness`` for a mean distance of 100 %
    from the mode's mean load, ``town`` for a town without any of its least share, ``foreseen`` for
    an observer who does twice as well as chance.
    """

    response: float
    fairness: float
    town: float
    foreseen: float


@dataclass(frozen=True, slots=True, eq=False)
class Wishes:
    """What candidates are judged by; ``class_of`` and ``rings_s`` as in check_response."""

    prices: Prices
    class_of: Ints
    rings_s: tuple[int, int, int]
    towns: Sequence[str]
    town_least: Mapping[str, float]
    days: Sequence[Seen]


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A plan with its value and price (share of the best value, lower is better)."""

    solution: Solution
    value: Value
    price: float
    seen: Foreseen


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The plan taken, what the best was worth, and how many were near it."""

    taken: Candidate
    best_value: float
    tried: int
    near: int

    @property
    def cost_share(self) -> float:
        """What the choice gave away, as a share of the best value."""
        if self.best_value <= 0:
            return 0.0
        return max(0.0, 1 - self.taken.value.total / self.best_value)


def noisy(problem: Problem, rng: np.random.Generator, days: Sequence[Seen]) -> Problem:
    """The problem at weights with noise, lighter where the observed days had their visits."""
    spots = problem.hotspots
    steps = np.diff(spots.cumulative, axis=1)
    factor = np.exp(rng.normal(0, NOISE, steps.shape)) * _phased(problem, rng)
    if days:
        often = habit(days)
        middle = (np.arange(steps.shape[1]) + 0.5) * problem.slot_s
        slot = np.minimum(
            (middle // (problem.horizon_s / often.shape[1])).astype(int), often.shape[1] - 1
        )
        factor *= 1 - AVOID * often[:, slot]
    sums = np.concatenate([np.zeros((spots.size, 1)), np.cumsum(steps * factor, axis=1)], axis=1)
    return replace(problem, hotspots=replace(spots, cumulative=sums))


def draw_candidates(
    problem: Problem, best: Solution, count: int, search: Search, wishes: Wishes, progress: Progress
) -> list[Solution]:
    """Further plans from the best one, ``search.seconds`` in all; fewer when cancelled."""
    if count <= 0 or search.seconds <= 0 or best.stops == 0:
        return []
    engine, near = LocalEngine(), make_data(problem).near
    each_s = search.seconds / count
    found: list[Solution] = []
    for i in range(count):
        if not progress(i / count, 0.0):
            break
        seed = int(np.random.SeedSequence([search.seed, i]).generate_state(1)[0] >> 1)
        shaken = noisy(problem, np.random.default_rng(seed), wishes.days)
        away = engine.improve(shaken, best, Search(each_s * NOISY_PART, seed), _go_on, near)
        least, most = SURPRISE
        share = least * (most / least) ** (i / max(1, count - 1))
        back = Search(each_s * (1 - NOISY_PART), seed)
        aim = surprising(problem, wishes.days, share) if wishes.days else problem
        found.append(engine.improve(aim, away, back, _go_on, near))
    return found


def surprising(problem: Problem, days: Sequence[Seen], share: float) -> Problem:
    """The problem with a price on half hours in which the observer does not expect a stop.

    The search alone works on it; what a plan is worth is told by the true problem.

    Parameters
    ----------
    share
        Price over the cover of an average stop at the place.
    """
    spots, old = problem.hotspots, problem.duties
    place, slot = np.nonzero(~expected(days) & (usual_visits(days) > 0)[:, None])
    stop_worth = spots.cumulative[:, -1] * np.minimum(1.0, spots.residual_s / problem.horizon_s)
    hotspot = np.concatenate([old.hotspot, place])
    order = np.argsort(hotspot, kind="stable")
    open_s = np.concatenate([old.open_s, slot * SLOT_S])
    close_s = np.concatenate([old.close_s, (slot + 1) * SLOT_S])
    price = np.concatenate([old.price, share * stop_worth[place]])
    duties = Duties(
        hotspot[order].astype(np.int32),
        open_s[order].astype(np.int32),
        close_s[order].astype(np.int32),
        price[order],
    )
    return replace(problem, duties=duties)


def _phased(problem: Problem, rng: np.random.Generator) -> Floats:
    """Factors that let each place be covered from a moment of its own on, drawn anew.

    Places that are kept covered all shift long are visited one residual time apart; only another
    first visit makes the others unforeseeable.
    """
    steps = problem.hotspots.cumulative.shape[1] - 1
    begins = (np.arange(steps) + 0.5) * problem.slot_s
    phase = rng.uniform(0, 1, problem.hotspots.size) * problem.hotspots.residual_s
    return np.where(begins[None, :] < phase[:, None], EARLY, 1.0)


def _go_on(_share: float, _value: float) -> bool:
    return True


def choose(
    problem: Problem, plans: Sequence[Solution], wishes: Wishes, within_share: float
) -> Choice:
    """The plan of lowest price among those within a share of the best value.

    Parameters
    ----------
    plans
        At least one; ties go to the first.
    within_share
        How much less than the best a plan may be worth, in [0, 1).
    """
    values = [plan_value(problem, plan) for plan in plans]
    best = max(value.total for value in values)
    near = [
        _priced(problem, plan, value, best, wishes)
        for plan, value in zip(plans, values, strict=True)
        if value.total >= best * (1 - within_share)
    ]
    taken = min(near, key=lambda candidate: candidate.price)
    return Choice(taken, best, len(plans), len(near))


def _priced(
    problem: Problem, plan: Solution, value: Value, best: float, wishes: Wishes
) -> Candidate:
    prices = wishes.prices
    response = check_response(problem, plan, wishes.class_of, wishes.rings_s)
    shares = shares_by(wishes.towns, value.by_hotspot)
    short = shortfalls(shares, wishes.town_least)
    towns = sum(gap / wishes.town_least[town] for town, gap in short.items())
    seen = foreseen(wishes.days, seen_in(problem, plan))
    price = (
        (1 - value.total / best if best > 0 else 0.0)
        + prices.response * (1 - response.kept_share)
        + prices.fairness * imbalance(problem, unit_loads(problem, plan))
        + prices.town * towns
        + prices.foreseen * max(0.0, seen.lift - 1)
    )
    return Candidate(plan, value, price, seen)


def seen_in(problem: Problem, plan: Solution) -> Seen:
    """What an observer writes down of a plan."""
    visits = [(stop.hotspot, stop.arrive_s) for route in plan.routes for stop in route.stops]
    return half_hours(problem.hotspots.size, problem.horizon_s, visits)


def town_floors(
    towns: Sequence[str], weights: Floats, asked: Mapping[str, float]
) -> dict[str, float]:
    """Least shares that are asked for, of towns that have hotspots at all."""
    have = {town for town, weight in zip(towns, weights.tolist(), strict=True) if weight > 0}
    return {town: share for town, share in asked.items() if town in have and share > 0}
