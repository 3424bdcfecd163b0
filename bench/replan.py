"""Re-planning after incidents: 500 places, 30 units, random incidents that take two cars.

Each event begins with a good plan of the whole shift. At a random time an incident takes the two
nearest cars for 40 minutes; what is under way or announced stays frozen. Ours re-optimises warm,
then gives back moves of stops between units that bring less than their price (3 minutes of an
average unit's time, as configured by default). It is held against dropping what no longer fits, and
against a cold re-solve of 10 CPU s on a sample. Latency is wall time of freezing, searching,
pricing and checking together, in a warm process; the processor time of the same is beside it.
"""

import argparse
import time
from dataclasses import dataclass, field

import numpy as np

from bench.harness import Bench, percentile, run
from bench.instances import SHIFT_S, cover_problem
from patrol.routing.check import check_solution
from patrol.routing.engine import Search, ignore_progress
from patrol.routing.engine.local import LocalEngine, compile_kernels
from patrol.routing.engine.state import make_data
from patrol.routing.moves import price_moves
from patrol.routing.problem import Ints, Problem, Solution, UnitRoute
from patrol.routing.replan import Change, Taken, difference, freeze
from patrol.routing.value import plan_value

CAR = 2
AWAY_S = 2_400
SEARCH_S, REPAIR_S = 0.2, 1e-6
MOVE_PRICE_MIN = 3.0
MOVED_BAR = 15.0
"""Per cent of the stops left that may go to another unit."""


def incident(problem: Problem, rng: np.random.Generator) -> Change:
    """An incident somewhere at some time: the two cars nearest by base go there."""
    at_s = int(rng.uniform(0.1, 0.8) * SHIFT_S)
    place = int(problem.hotspots.place[rng.integers(problem.hotspots.size)])
    cars = np.flatnonzero(problem.fleet.mode == CAR)
    ways = problem.travel.time_s[CAR, problem.fleet.start[cars], place]
    near = cars[np.argsort(ways, kind="stable")[:2]]
    return Change(at_s, {int(unit): Taken(at_s + AWAY_S, place) for unit in near})


def worth(problem: Problem, solution: Solution) -> float:
    """Value of a plan; the run ends where the checker finds a broken rule."""
    value = plan_value(problem, solution)
    verdict = check_solution(problem, solution, value.total)
    if not verdict.ok:
        raise SystemExit(f"plan breaks rules: {verdict.broken[:3]}")
    return value.total


def price_of(problem: Problem, plan: Solution) -> float:
    """What a moved stop must bring: minutes of an average unit's time."""
    left_s = np.maximum(problem.fleet.end_s - problem.fleet.start_s, 0)
    return MOVE_PRICE_MIN * 60 * plan_value(problem, plan).total / max(1.0, float(left_s.sum()))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How much work to do."""
    parser.add_argument("--events", type=int, default=1_000)
    parser.add_argument("--resolved", type=int, default=20, help="events re-solved cold for 10 s")
    parser.add_argument("--places", type=int, default=500)


@dataclass(slots=True)
class Tally:
    """What the events gave."""

    took: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    moved: list[float] = field(default_factory=list)
    free: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    drop: list[float] = field(default_factory=list)


def run_event(
    problem: Problem, plan: Solution, near: Ints, change: Change, seed: int, tally: Tally
) -> tuple[Problem, Solution, Solution]:
    """One re-plan, timed: the rest of the shift, the old stops that fit, and the new plan."""
    begun, cpu_0 = time.perf_counter(), time.thread_time()
    rest, left = freeze(problem, plan, change)
    kept = LocalEngine().improve(rest, left, Search(REPAIR_S, seed), ignore_progress, near)
    # Counted work, as the service does it: one seed, one plan.
    found = LocalEngine().improve(rest, left, Search(SEARCH_S, seed), ignore_progress, near)
    fresh = price_moves(rest, left, kept, found, price_of(rest, found))
    worth(rest, fresh)
    tally.took.append(1000 * (time.perf_counter() - begun))
    tally.busy.append(1000 * (time.thread_time() - cpu_0))
    tally.moved.append(difference(rest, left, fresh).moved_share)
    tally.free.append(difference(rest, left, found).moved_share)
    return rest, kept, fresh


def resolve(rest: Problem, kept: Solution, fresh: Solution, search: Search, tally: Tally) -> None:
    """Hold one event against a cold search; what is frozen counts for nobody."""
    cold = LocalEngine(by_clock=True).solve(rest, search, ignore_progress)
    done = plan_value(rest, _frozen_only(rest)).total
    warm = worth(rest, fresh)
    best = max(worth(rest, cold), warm) - done
    tally.warm.append((warm - done) / best)
    tally.drop.append((worth(rest, kept) - done) / best)


def measure(bench: Bench) -> None:
    """Run the events."""
    compile_kernels()
    events = 20 if bench.quick else bench.args.events
    resolved = 2 if bench.quick else bench.args.resolved
    cold_s = 3.0 if bench.quick else 10.0
    problem = cover_problem(bench.args.places, bench.seed)
    near = make_data(problem).near
    begin = Search(5.0 if bench.quick else 30.0, bench.seed)
    plan = LocalEngine().solve(problem, begin, ignore_progress)
    rng, tally = np.random.default_rng(bench.seed), Tally()
    # Events that are re-solved are spread over all of them.
    again = set(np.linspace(0, events - 1, resolved).astype(int).tolist())
    for event in range(events):
        change = incident(problem, rng)
        rest, kept, fresh = run_event(problem, plan, near, change, event, tally)
        if event in again:
            resolve(rest, kept, fresh, Search(cold_s, event), tally)
    bench.figure("events", events)
    tell(bench, tally, cold_s)


def tell(bench: Bench, tally: Tally, cold_s: float) -> None:
    """Figures and bars."""
    for share in (0.5, 0.9, 0.99):
        bench.figure(f"latency p{100 * share:g}", percentile(tally.took, share), "ms")
        bench.figure(f"CPU p{100 * share:g}", percentile(tally.busy, share), "ms")
    bench.bar("latency p99", percentile(tally.took, 0.99), at_most=300.0, measure="ms")
    warm_share = 100 * float(np.mean(tally.warm))
    bench.compare(
        f"share of a {cold_s:g} s re-solve, rest of the shift, {len(tally.warm)} events",
        ours=warm_share,
        peers={"dropping what does not fit": 100 * float(np.mean(tally.drop))},
        measure="%",
        better="higher",
        least=100 * min(tally.warm),
    )
    bench.bar("share of a re-solve", warm_share, at_least=99.5, measure="%")
    moved = 100 * percentile(tally.moved, 0.99)
    bench.compare(
        "stops moved to another unit, mean",
        ours=100 * float(np.mean(tally.moved)),
        peers={"without their price": 100 * float(np.mean(tally.free))},
        measure="%",
        better="lower",
        p99=moved,
        worst=100 * max(tally.moved),
    )
    bench.bar("stops moved to another unit, p99", moved, at_most=MOVED_BAR, measure="%")


def _frozen_only(problem: Problem) -> Solution:
    """What stands whatever is planned: it is worth the same for everybody and left out."""
    return Solution(tuple(UnitRoute(problem.frozen_of(unit)) for unit in range(problem.units)))


if __name__ == "__main__":
    run("replan", measure, doc=__doc__, packages=("numba",), add_arguments=add_arguments)
