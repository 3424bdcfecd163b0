"""The price of moving stops between units: a re-plan gives back what is not worth it.

The search knows value alone, and swaps stops between officers for a few seconds' gain; each swap is
a message, a question on the radio and a plan that nobody trusts. So the new routes are compared
with the old ones (what no longer fits left out), and units, alone or in pairs that exchanged stops,
go back to their old routes where the moves cost more than the value they brought.
"""

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

from patrol.routing.problem import Problem, Solution, Stop, UnitRoute

ROUNDS = 3
"""Passes over the units; the second finds little, the third next to nothing."""


class Worth:
    """Value of single places, asked for thousands of times: lists and tables, no arrays.

    The same formula as ``value.py``, which a test holds it against.
    """

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._rows: dict[int, list[float]] = {}
        self._cover: dict[tuple[int, int], int] = {}
        self._duties: dict[int, list[tuple[int, int, float]]] = {}
        duties = problem.duties
        for spot, opens, closes, price in zip(
            duties.hotspot.tolist(),
            duties.open_s.tolist(),
            duties.close_s.tolist(),
            duties.price.tolist(),
            strict=True,
        ):
            self._duties.setdefault(spot, []).append((opens, closes, price))

    def of(self, spot: int, visits: list[tuple[int, int]]) -> float:
        """Cover and duties of a place with these visits (arrival, dwell)."""
        duties = sum(
            price
            for opens, closes, price in self._duties.get(spot, ())
            if any(opens <= arrive < closes for arrive, _ in visits)
        )
        return self.cover(spot, visits) + duties

    def cover(self, spot: int, visits: list[tuple[int, int]]) -> float:
        """Cover of a place alone."""
        value, reached = 0.0, 0
        for arrive, dwell in sorted(visits):
            end = arrive + self._cover_s(spot, dwell)
            begin = max(arrive, reached)
            if end > begin:
                value += self._until(spot, end) - self._until(spot, begin)
                reached = end
        return value

    def plan(self, solution: Solution, *, duties: bool = True) -> float:
        """Cover, and duties where asked, of a whole plan."""
        visits: dict[int, list[tuple[int, int]]] = {}
        for route in solution.routes:
            for stop in route.stops:
                visits.setdefault(stop.hotspot, []).append((stop.arrive_s, stop.dwell_s))
        of = self.of if duties else self.cover
        return sum(of(spot, rows) for spot, rows in visits.items())

    def _cover_s(self, spot: int, dwell_s: int) -> int:
        found = self._cover.get((spot, dwell_s))
        if found is None:
            found = self._cover[spot, dwell_s] = self._problem.cover_s(spot, dwell_s)
        return found

    def _until(self, spot: int, at_s: int) -> float:
        row = self._rows.get(spot)
        if row is None:
            row = self._rows[spot] = self._problem.hotspots.cumulative[spot].tolist()
        if at_s >= self._problem.horizon_s:
            return row[-1]
        slot, rest = divmod(max(0, at_s), self._problem.slot_s)
        return row[slot] + rest / self._problem.slot_s * (row[slot + 1] - row[slot])


@dataclass(slots=True)
class _Mix:
    """Routes of some units from the old plan, of the others from the new one."""

    problem: Problem
    worth: Worth
    before: dict[int, Counter[int]]
    routes: list[tuple[Stop, ...]]
    visits: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    by_unit: dict[int, Counter[int]] = field(default_factory=dict)
    happened: dict[int, set[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for unit, stops in enumerate(self.routes):
            self._add(unit, stops)
        for own in self.problem.frozen:
            for stop in own:
                self.happened.setdefault(stop.hotspot, set()).add(stop.arrive_s)

    def _add(self, unit: int, stops: tuple[Stop, ...]) -> None:
        own = len(self.problem.frozen_of(unit))
        for i, stop in enumerate(stops):
            self.visits.setdefault(stop.hotspot, []).append((stop.arrive_s, stop.dwell_s))
            if i >= own:
                self.by_unit.setdefault(stop.hotspot, Counter())[unit] += 1

    def _take(self, unit: int) -> None:
        own = len(self.problem.frozen_of(unit))
        for i, stop in enumerate(self.routes[unit]):
            self.visits[stop.hotspot].remove((stop.arrive_s, stop.dwell_s))
            if i >= own:
                self.by_unit[stop.hotspot][unit] -= 1

    def swap(self, units: tuple[int, ...], routes: list[tuple[Stop, ...]]) -> None:
        """Give units other routes."""
        for unit in units:
            self._take(unit)
        for unit, stops in zip(units, routes, strict=True):
            self.routes[unit] = stops
            self._add(unit, stops)

    def score(self, spots: set[int], price: float) -> float:
        """Value of some places (cover and duties) less the price of stops moved there."""
        return sum(
            self.worth.of(spot, self.visits.get(spot, [])) - price * self._moved(spot)
            for spot in spots
        )

    def _moved(self, spot: int) -> int:
        old, now = self.before.get(spot), self.by_unit.get(spot)
        if not old or not now:
            return 0
        same = sum(min(count, now.get(unit, 0)) for unit, count in old.items())
        return min(sum(old.values()), sum(now.values())) - same

    def fits(self, spots: set[int]) -> bool:
        """Whether least gaps and most stops hold at some places; what is frozen has happened."""
        for spot in spots:
            frozen = self.happened.get(spot, set())
            times = sorted(at for at, _ in self.visits.get(spot, []))
            if len(times) > max(int(self.problem.hotspots.most[spot]), len(frozen)):
                return False
            gap_s = int(self.problem.hotspots.gap_s[spot])
            for a, b in pairwise(times):
                if b - a < gap_s and not {a, b} <= frozen:
                    return False
        return True


def price_moves(
    problem: Problem, left: Solution, kept: Solution, new: Solution, price: float
) -> Solution:
    """The new plan with moves taken back that are worth less than their price.

    Parameters
    ----------
    left
        What was left of the old plan (of :func:`patrol.routing.replan.freeze`), frozen stops out.
    kept
        The old plan brought up to date: nothing moved, what no longer fits left out.
    new
        The plan that the search found.
    price
        What one moved stop must bring, in weight x hours.
    """
    before: dict[int, Counter[int]] = {}
    for unit, route in enumerate(left.routes):
        for stop in route.stops:
            before.setdefault(stop.hotspot, Counter())[unit] += 1
    mix = _Mix(problem, Worth(problem), before, [route.stops for route in new.routes])
    routes = list(new.routes)
    for _ in range(ROUNDS):
        changed = False
        for units in _groups(problem, mix, routes, kept):
            old = [kept.routes[unit].stops for unit in units]
            if _better(mix, units, old, price):
                changed = True
                for unit in units:
                    routes[unit] = kept.routes[unit]
        if not changed:
            break
    every = set(mix.visits) | {stop.hotspot for route in kept.routes for stop in route.stops}
    priced = mix.score(every, price)
    mix.swap(tuple(range(problem.units)), [route.stops for route in kept.routes])
    # Whole plans as well: what single steps reach may still be worth less than staying.
    return kept if mix.score(every, price) > priced else Solution(tuple(routes))


def _groups(
    problem: Problem, mix: _Mix, routes: list[UnitRoute], kept: Solution
) -> list[tuple[int, ...]]:
    """Units that changed, alone, and pairs of which one has what the other had."""
    changed = [u for u in range(problem.units) if routes[u] != kept.routes[u]]
    groups: list[tuple[int, ...]] = [(unit,) for unit in changed]
    pairs: Counter[tuple[int, int]] = Counter()
    for spot, old in mix.before.items():
        now = +mix.by_unit.get(spot, Counter())
        for one in old - now:
            for other in now - old:
                if one in changed and other in changed:
                    pairs[min(one, other), max(one, other)] += 1
    return groups + [pair for pair, _ in pairs.most_common()]


def _better(mix: _Mix, units: tuple[int, ...], old: list[tuple[Stop, ...]], price: float) -> bool:
    """Try the old routes of some units; they stay where that scores at least as well."""
    now = [mix.routes[unit] for unit in units]
    if now == old:
        return False
    spots = {stop.hotspot for stops in (*now, *old) for stop in stops}
    before = mix.score(spots, price)
    mix.swap(units, old)
    if mix.fits(spots) and mix.score(spots, price) >= before:
        return True
    mix.swap(units, now)
    return False
