"""Prices of covered time for the bound: Lagrangian relaxation of "a moment is covered once".

The shift is cut into slots. With a price per place and slot, at most its weight, every unit alone
takes its best walk at these prices (:mod:`patrol.routing.pricing`), and

    limit = sum (weight - price) + sum price x frozen cover + sum over units of its best walk

is never below the value of any plan, whatever the prices. Descent
(:mod:`patrol.routing.descent`) makes it small. It is the dual of column generation: the same limit
at the end, but valid after every round, and without a linear program of tens of thousands of rows.
"""

from dataclasses import dataclass
from math import gcd

import numpy as np
from numpy.typing import NDArray

from patrol.routing.engine.chance import make_chance
from patrol.routing.pays import NOTHING, Rates, add_cover, fill_pays
from patrol.routing.pricing import Network, Tables, fill, make_tables, trace
from patrol.routing.problem import UNREACHABLE_S, Floats, Ints, Problem

NEAR = 24
"""Next places of a walk that are kept exactly; the others are reached by a shortened way."""
PRICE_SLOT_S = 600
"""Longest slot of the prices; they divide the weights' slots."""
ROUND_UP = 1 + 1e-6
"""Worths are kept in 32 bits; this keeps them from being rounded below the truth."""


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Units that end alike, and how many leave each of several bases at each time."""

    net: Network
    allowed: NDArray[np.bool_]
    layers: int
    rest: tuple[int, int, int]
    starts: tuple[tuple[int, Ints, int], ...]
    """(first step, steps to every place or -1, number of units)."""


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """Weights and prices by place and slot, in weight x hours."""

    weight: Floats
    frozen: Floats
    slot_s: int
    step_s: int
    steps: int


def make_board(problem: Problem, step_s: int) -> Board:
    """Weights of all price slots and the share of each that frozen stops cover."""
    slot_s = gcd(problem.slot_s, PRICE_SLOT_S)
    if slot_s < 60:
        slot_s = problem.slot_s
    slots = problem.horizon_s // slot_s
    edges = np.arange(problem.hotspots.cumulative.shape[1]) * problem.slot_s
    cuts = np.arange(slots + 1) * slot_s
    weight = np.stack([np.diff(np.interp(cuts, edges, row)) for row in problem.hotspots.cumulative])
    frozen = np.zeros_like(weight)
    for stops in problem.frozen:
        for stop in stops:
            end_s = stop.arrive_s + problem.cover_s(stop.hotspot, stop.dwell_s)
            frozen[stop.hotspot] += overlap(stop.arrive_s, end_s, slots, slot_s)
    steps = -(-max(problem.horizon_s, int(problem.fleet.end_s.max())) // step_s) + 1
    return Board(weight, np.minimum(frozen, 1.0), slot_s, step_s, steps)


def overlap(begin_s: float, end_s: float, slots: int, slot_s: int) -> Floats:
    """Share of every slot that lies in an interval."""
    edges = np.arange(slots + 1) * slot_s
    clipped = np.clip(edges, begin_s, end_s)
    return np.asarray(np.diff(clipped) / slot_s)


def make_groups(problem: Problem, step_s: int, *, merged: bool = False) -> list[Group]:
    """Units by what a walk of theirs depends on.

    ``merged`` lets units of a mode end at the nearest of all their bases: fewer groups, a slightly
    higher limit, and nearly the same best prices.
    """
    allowed = problem.allowed()
    return [
        _group(problem, allowed, step_s, starts)
        for starts in _gathered(problem, merged=merged).values()
    ]


def count_layers(problem: Problem, *, merged: bool) -> int:
    """Layers of all groups together, which is what a round's work grows with."""
    fleet = problem.fleet
    gathered = _gathered(problem, merged=merged).values()
    rests = [fleet.rest_s[next(iter(starts.values()))[0]] for starts in gathered]
    return sum(2 if rest_s > 0 else 1 for rest_s in rests)


def _gathered(
    problem: Problem, *, merged: bool
) -> dict[tuple[object, ...], dict[tuple[int, int], list[int]]]:
    """Units by what their walks depend on, then by where and when they start."""
    fleet = problem.fleet
    gathered: dict[tuple[object, ...], dict[tuple[int, int], list[int]]] = {}
    for unit in range(problem.units):
        key = (
            int(fleet.mode[unit]),
            -1 if merged else int(fleet.end[unit]),
            int(fleet.end_s[unit]),
            int(fleet.rest_s[unit]),
            int(fleet.rest_open_s[unit]),
            int(fleet.rest_close_s[unit]),
            int(fleet.longest_leg_m[unit]),
            int(fleet.serves[unit]),
        )
        start = (int(fleet.start[unit]), int(fleet.start_s[unit]))
        gathered.setdefault(key, {}).setdefault(start, []).append(unit)
    return gathered


def _group(
    problem: Problem,
    allowed: NDArray[np.bool_],
    step_s: int,
    starts: dict[tuple[int, int], list[int]],
) -> Group:
    fleet, spots = problem.fleet, problem.hotspots
    units = [unit for found in starts.values() for unit in found]
    one = units[0]
    mode = int(fleet.mode[one])
    can: NDArray[np.bool_] = np.any(allowed[units], axis=0)
    ways = _legs(problem, one)
    between = ways[np.ix_(spots.place, spots.place)]
    between[~can] = UNREACHABLE_S
    between[:, ~can] = UNREACHABLE_S
    np.fill_diagonal(between, UNREACHABLE_S)
    near, way, far_in, far_out = _near(between, step_s)
    ends = np.unique(fleet.end[units])
    back = problem.travel.least_s(mode)[np.ix_(spots.place, ends)].min(axis=1)
    stay = (spots.dwell_s // step_s).astype(np.int32)
    rest = (
        int(fleet.rest_s[one]),
        int(fleet.rest_open_s[one]),
        int(fleet.rest_close_s[one]) - int(fleet.rest_s[one]),
    )
    gap = np.maximum(spots.gap_s // step_s, stay.min(axis=1))
    net = Network(
        near,
        way,
        far_in,
        far_out,
        _steps(back, step_s),
        gap.astype(np.int32),
        stay,
        np.array(rest, np.int32) // step_s,
        int(fleet.end_s[one]) // step_s,
        max(1, int(stay.min())),
    )
    found = tuple(
        (start_s, _ways_out(ways[start, spots.place], can), len(who))
        for (start, start_s), who in starts.items()
    )
    return Group(net, can, 2 if rest[0] > 0 else 1, rest, found)


def _ways_out(ways: Ints, can: NDArray[np.bool_]) -> Ints:
    return np.where(can & (ways < UNREACHABLE_S), ways, -1).astype(np.int32)


def _legs(problem: Problem, unit: int) -> Ints:
    """Travel times of a unit, closed where there is no way or it is longer than its longest leg."""
    mode = problem.fleet.mode[unit]
    far = problem.travel.distance_m[mode] > problem.fleet.longest_leg_m[unit]
    return np.where(far, UNREACHABLE_S, problem.travel.least_s(mode))


def _steps(ways: Ints, step_s: int) -> Ints:
    return (np.minimum(ways, UNREACHABLE_S) // step_s).astype(np.int32)


def _near(between: Ints, step_s: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Nearest places with the steps to them, and the least steps to and from the others."""
    count = len(between)
    kept = min(NEAR, count)
    order = np.argsort(between, axis=1, kind="stable")[:, :kept]
    ways = np.take_along_axis(between, order, axis=1)
    open_way = ways < UNREACHABLE_S
    far = between.copy()
    np.put_along_axis(far, order, UNREACHABLE_S, axis=1)
    return (
        np.where(open_way, order, -1).astype(np.int32),
        np.where(open_way, ways // step_s, -1).astype(np.int32),
        _steps(far.min(axis=0), step_s),
        _steps(far.min(axis=1), step_s),
    )


def covers(problem: Problem) -> Ints:
    """Seconds that a stop covers, by place and option."""
    spots = problem.hotspots
    quality = np.interp(spots.dwell_s, problem.curve_s, problem.curve_quality)
    return np.rint(quality * spots.residual_s[:, None]).astype(np.int32)


def _close_windows(problem: Problem, board: Board, out: Rates) -> None:
    spots = problem.hotspots
    starts = np.arange(board.steps) * board.step_s
    for h in range(spots.size):
        own = range(int(spots.window_ptr[h]), int(spots.window_ptr[h + 1]))
        if len(own):
            opened = np.zeros(board.steps, np.bool_)
            for w in own:
                opened |= (starts + board.step_s > spots.window_open_s[w]) & (
                    starts < spots.window_close_s[w]
                )
            out[h][:, ~opened] = NOTHING


@dataclass(slots=True)
class Limit:
    """What one round found: the limit, and how far every slot is covered over its price."""

    value: float
    slope: Floats


class Relaxation:
    """The relaxed problem on one grid of times; asked again and again at other prices."""

    def __init__(self, problem: Problem, step_s: int, *, merged: bool = False) -> None:
        self.problem = problem
        self.board = make_board(problem, step_s)
        self.groups = make_groups(problem, step_s, merged=merged)
        spots = problem.hotspots
        layers = max((group.layers for group in self.groups), default=1)
        self._tables = make_tables(spots.size, self.board.steps, layers)
        self._covers = covers(problem)
        self._pay = np.zeros((spots.size, spots.dwell_s.shape[1], self.board.steps), np.float32)
        self._walk = np.zeros((4096, 3), np.int32)
        self._chance = make_chance(0)

    def limit(self, price: Floats, heat: float = 0.0, draws: int = 1) -> Limit:
        """The limit at these prices."""
        board = self.board
        sums = np.concatenate([np.zeros((len(price), 1)), np.cumsum(price, axis=1)], axis=1)
        fill_pays(self._pay, sums, self._covers, board.slot_s, board.step_s)
        if self.problem.hotspots.window_open_s.size:
            _close_windows(self.problem, board, self._pay)
        value = float((board.weight - price).sum() + (price * board.frozen).sum())
        slope = board.frozen - 1.0
        for group in self.groups:
            pay = self._pay
            if not group.allowed.all():
                pay = np.where(group.allowed[:, None, None], pay, NOTHING)
            tables = self._tables_of(group.layers)
            fill(tables, group.net, pay)
            for start_s, ways, count in group.starts:
                best, start = self._best_start(tables, group, start_s, ways)
                if best > 0:
                    value += count * best * ROUND_UP
                    for _ in range(draws):
                        stops = trace(tables, group.net, pay, start, self._walk, self._chance, heat)
                        add_cover(
                            slope,
                            sums,
                            self._walk[:stops],
                            self._covers,
                            board.slot_s,
                            board.step_s,
                            count / draws,
                        )
        return Limit(value, slope)

    def _tables_of(self, layers: int) -> Tables:
        tables = self._tables
        if layers == tables.go.shape[0]:
            return tables
        return tables._replace(
            go=tables.go[:layers],
            go_next=tables.go_next[:layers],
            go_other=tables.go_other[:layers],
            come=tables.come[:layers],
            come_next=tables.come_next[:layers],
            come_other=tables.come_other[:layers],
            far=tables.far[:layers],
        )

    def _best_start(
        self, tables: Tables, group: Group, start_s: int, ways: Ints
    ) -> tuple[float, tuple[int, int, int]]:
        """Best worth of a unit that starts there, and its first arrival."""
        best, found = 0.0, (0, 0, 0)
        step_s, steps = self.board.step_s, self.board.steps
        rest_s, open_s, last_s = (int(x) for x in group.rest)
        departures = [(group.layers - 1, start_s)]
        if group.layers == 2 and max(start_s, open_s) <= last_s:
            departures.append((0, max(start_s, open_s) + rest_s))
        for layer, leave_s in departures:
            k = (leave_s + ways) // step_s
            q = np.flatnonzero((ways >= 0) & (k < steps))
            if q.size:
                worth = tables.come[layer, q, k[q]]
                top = int(np.argmax(worth))
                if worth[top] > best:
                    best, found = float(worth[top]), (layer, int(q[top]), int(k[q[top]]))
        return best, found
