"""Re-planning after incidents: 500 places, 30 units, random incidents that take two cars.

Each event begins with a good plan of the whole shift. At a random time an incident takes the two
nearest cars for 40 minutes; what is under way or announced stays frozen. Ours re-optimises warm;
it is held against dropping what no longer fits, and against a cold re-solve of 10 CPU s on a
sample. Latency is wall time of freezing, searching, and checking together, in a warm process.
"""

import argparse
import time

import numpy as np

from bench.harness import Bench, percentile, run
from bench.instances import SHIFT_S, cover_problem
from patrol.routing.check import check_solution
from patrol.routing.engine import Search, ignore_progress
from patrol.routing.engine.local import LocalEngine, compile_kernels
from patrol.routing.engine.state import make_data
from patrol.routing.problem import Problem, Solution, UnitRoute
from patrol.routing.replan import Change, Taken, difference, freeze
from patrol.routing.value import plan_value

CAR = 2
AWAY_S = 2_400
SEARCH_S = 0.15


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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How much work to do."""
    parser.add_argument("--events", type=int, default=1_000)
    parser.add_argument("--resolved", type=int, default=20, help="events re-solved cold for 10 s")
    parser.add_argument("--places", type=int, default=500)


def measure(bench: Bench) -> None:
    """Run the events."""
    compile_kernels()
    events = 20 if bench.quick else bench.args.events
    resolved = 2 if bench.quick else bench.args.resolved
    cold_s = 3.0 if bench.quick else 10.0
    problem = cover_problem(bench.args.places, bench.seed)
    near = make_data(problem).near
    engine = LocalEngine()
    begin = Search(5.0 if bench.quick else 30.0, bench.seed)
    plan = engine.solve(problem, begin, ignore_progress)
    rng = np.random.default_rng(bench.seed)
    took: list[float] = []
    moved: list[float] = []
    shares: dict[str, list[float]] = {"warm": [], "drop": []}
    for event in range(events):
        change = incident(problem, rng)
        begun = time.perf_counter()
        rest, left = freeze(problem, plan, change)
        fresh = LocalEngine(by_clock=True).improve(
            rest, left, Search(SEARCH_S, event), ignore_progress, near
        )
        warm = worth(rest, fresh)
        took.append(1000 * (time.perf_counter() - begun))
        moved.append(difference(rest, left, fresh).moved_share)
        if event < resolved:
            drop = worth(rest, engine.improve(rest, left, Search(1e-6), ignore_progress, near))
            cold = LocalEngine(by_clock=True).solve(rest, Search(cold_s, event), ignore_progress)
            done = plan_value(rest, _frozen_only(rest)).total
            best = max(worth(rest, cold), warm) - done
            shares["warm"].append((warm - done) / best)
            shares["drop"].append((drop - done) / best)
    bench.figure("events", events)
    for share in (0.5, 0.9, 0.99):
        bench.figure(f"latency p{100 * share:g}", percentile(took, share), "ms")
    bench.bar("latency p99", percentile(took, 0.99), at_most=300.0, measure="ms")
    warm_share = float(np.mean(shares["warm"]))
    bench.compare(
        f"share of a {cold_s:g} s re-solve, rest of the shift, {resolved} events",
        ours=100 * warm_share,
        peers={"dropping what does not fit": 100 * float(np.mean(shares["drop"]))},
        measure="%",
        better="higher",
        least=100 * min(shares["warm"]),
    )
    bench.bar("share of a re-solve", 100 * warm_share, at_least=99.5, measure="%")
    bench.figure("stops moved to another unit, mean", 100 * float(np.mean(moved)), "%")
    bench.figure("stops moved to another unit, worst", 100 * max(moved), "%")


def _frozen_only(problem: Problem) -> Solution:
    """What stands whatever is planned: it is worth the same for everybody and left out."""
    return Solution(tuple(UnitRoute(problem.frozen_of(unit)) for unit in range(problem.units)))


if __name__ == "__main__":
    run("replan", measure, doc=__doc__, packages=("numba",), add_arguments=add_arguments)
