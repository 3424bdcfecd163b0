"""How far plans are from their bound: the gap by seconds of work on the bound.

Shifts of the generator in ``bench/instances.py`` with rests. A plan is searched for once an
instance, checked, and compared with bounds of more and more work. The gap holds both what the plan
lacks and what the bound is above the best plan.
"""

import argparse
import time

import numpy as np

from bench.harness import Bench, run
from bench.instances import cover_problem
from patrol.routing.bound import compile_bound, cover_bound, find_bound
from patrol.routing.check import check_solution
from patrol.routing.engine import Search
from patrol.routing.engine.local import LocalEngine, compile_kernels
from patrol.routing.problem import Problem
from patrol.routing.value import plan_value


def planned(problem: Problem, seconds: float, seed: int) -> float:
    """Cover of a checked plan after so many CPU seconds."""
    begun = time.process_time()
    solution = LocalEngine(by_clock=True).solve(
        problem, Search(seconds, seed), lambda _share, _value: time.process_time() - begun < seconds
    )
    value = plan_value(problem, solution)
    verdict = check_solution(problem, solution, value.total)
    if not verdict.ok:
        raise SystemExit(f"plan breaks rules: {verdict.broken[:3]}")
    return value.cover


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which part of the work to do."""
    parser.add_argument("--size", type=int, default=500)
    parser.add_argument("--units", type=int, default=30)
    parser.add_argument("--plan", type=float, default=30.0, help="CPU seconds of search")
    parser.add_argument("--seconds", type=float, nargs="+", default=[3.0, 10.0, 30.0, 60.0, 300.0])
    parser.add_argument("--instances", type=int, default=3)


def measure(bench: Bench) -> None:
    """All instances, all seconds."""
    compile_kernels()
    compile_bound()
    size, units = (66, 4) if bench.quick else (bench.args.size, bench.args.units)
    times = [1.0, 5.0] if bench.quick else bench.args.seconds
    gaps: dict[float, list[float]] = {seconds: [] for seconds in times}
    knapsack: list[float] = []
    for seed in range(bench.seed, bench.seed + (1 if bench.quick else bench.args.instances)):
        problem = cover_problem(size, seed, units=units)
        cover = planned(problem, 2.0 if bench.quick else bench.args.plan, seed)
        knapsack.append(100 * (1 - cover / cover_bound(problem)))
        for seconds in times:
            found = find_bound(problem, cover, seconds)
            gaps[seconds].append(100 * found.gap_share(cover))
            bench.say(
                f"  seed {seed}: plan {cover:.0f}, bound {found.cover:.0f} by {found.method} "
                f"after {found.rounds} rounds and {found.cpu_s:.0f} CPU s"
            )
    bench.figure(f"gap to the knapsack, {size} places", float(np.mean(knapsack)), "%")
    for seconds, rows in gaps.items():
        bench.figure(f"gap to the bound, {size} places, {seconds:g} s", float(np.mean(rows)), "%")
    lowest = float(np.mean(gaps[max(times)]))
    bench.bar(f"gap to the bound, {size} places", lowest, at_most=3.0, measure="%")


if __name__ == "__main__":
    run(
        "bound",
        measure,
        doc=__doc__,
        packages=("numba", "ortools"),
        add_arguments=add_arguments,
    )
