"""Patrol shifts of 500 and 1,500 places: ours against PyVRP, VROOM and OR-Tools.

Two grounds. *Windowed copies*: every place is one to three tasks with windows, as peers know them;
weight collected counts. *True value*: cover over time; peers get windowed copies of the places
(their own best model of it) and their plans are scored by the same formula as ours. No breaks here,
because PyVRP has none. Every plan goes through the independent checker.
"""

import argparse
import resource
import time

import numpy as np

from bench.harness import Bench, run
from bench.instances import cover_problem, windowed_problem
from bench.peers import Answer, solve_ortools, solve_pyvrp, solve_vroom, tasks_of
from patrol.routing.bound import cover_bound
from patrol.routing.check import check_solution
from patrol.routing.copies import make_copies
from patrol.routing.engine import Search
from patrol.routing.engine.local import LocalEngine, compile_kernels
from patrol.routing.problem import Problem
from patrol.routing.value import plan_value


def scored(problem: Problem, answer: Answer) -> float:
    """What the plan is worth; the run ends where the checker finds a broken rule."""
    value = plan_value(problem, answer.solution)
    verdict = check_solution(problem, answer.solution, value.total)
    if not verdict.ok:
        raise SystemExit(f"plan breaks rules: {verdict.broken[:3]}")
    return value.total


def solve_local(problem: Problem, seconds: float, seed: int) -> tuple[Answer, float]:
    """Our own engine stopped by the processor clock; also the CPU seconds to its first plan."""
    begun = time.process_time()
    first = [0.0]

    def progress(_share: float, _value: float) -> bool:
        used = time.process_time() - begun
        first[0] = first[0] or used
        return used < seconds

    # By the clock, because a shared machine's speed is no constant; annealing follows counted work.
    solution = LocalEngine(by_clock=True).solve(problem, Search(seconds, seed), progress)
    return Answer(solution, time.process_time() - begun), first[0]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which part of the work to do."""
    parser.add_argument("--sizes", type=int, nargs="+", default=[500, 1500])
    parser.add_argument("--seconds", type=float, nargs="+", default=[1.0, 10.0, 30.0])
    parser.add_argument("--instances", type=int, default=5)


def measure(bench: Bench) -> None:
    """Both grounds at all sizes and times."""
    compile_kernels()
    sizes = [120] if bench.quick else bench.args.sizes
    times = [2.0] if bench.quick else bench.args.seconds
    count = 1 if bench.quick else bench.args.instances
    for size in sizes:
        for seconds in times:
            _windowed(bench, size, seconds, count)
        _true_value(bench, size, max(times), count)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    bench.figure("peak memory of this process, peers included", round(peak_mb), "MB")


def _windowed(bench: Bench, size: int, seconds: float, count: int) -> None:
    rows: dict[str, list[float]] = {"ours": [], "PyVRP": [], "OR-Tools": [], "VROOM": []}
    firsts: list[float] = []
    for seed in range(bench.seed, bench.seed + count):
        problem = windowed_problem(size, seed)
        tasks = tasks_of(problem)
        ours, first = solve_local(problem, seconds, seed)
        firsts.append(first)
        rows["ours"].append(scored(problem, ours))
        rows["PyVRP"].append(scored(problem, solve_pyvrp(problem, tasks, seconds, seed)))
        rows["OR-Tools"].append(scored(problem, solve_ortools(problem, tasks, seconds)))
        if seconds == max(bench.args.seconds) or bench.quick:
            rows["VROOM"].append(scored(problem, solve_vroom(problem, tasks, seconds)))
        bench.say(f"  {size} places, seed {seed}: {_last(rows)}")
    _keep(bench, f"windowed, {size} places, {seconds:g} s", rows)
    bench.figure(f"first plan, {size} places", max(firsts), "CPU s")
    if not bench.quick and size >= 1500:
        bench.bar(f"first plan, {size} places", max(firsts), at_most=1.0, measure="CPU s")
    pyvrp, ortools = (
        np.mean(rows["ours"]) / max(np.mean(rows[p]), 1) for p in ("PyVRP", "OR-Tools")
    )
    least = 1.02 if seconds >= 30 else 1.0
    bench.bar(f"over PyVRP, {size}, {seconds:g} s", float(pyvrp), at_least=least)
    if seconds >= 30:
        bench.bar(f"over OR-Tools, {size}, {seconds:g} s", float(ortools), at_least=1.10)


def _true_value(bench: Bench, size: int, seconds: float, count: int) -> None:
    rows: dict[str, list[float]] = {"ours": [], "PyVRP": [], "OR-Tools": [], "VROOM": []}
    gaps: list[float] = []
    for seed in range(bench.seed, bench.seed + count):
        problem = cover_problem(size, seed, rest=False)
        tasks = make_copies(problem, seed)
        rows["ours"].append(scored(problem, solve_local(problem, seconds, seed)[0]))
        gaps.append(100 * (1 - rows["ours"][-1] / cover_bound(problem)))
        rows["PyVRP"].append(scored(problem, solve_pyvrp(problem, tasks, seconds, seed)))
        if size <= 500:  # At 1,500 places it has no first plan for 6,000 tasks within the time.
            rows["OR-Tools"].append(scored(problem, solve_ortools(problem, tasks, seconds)))
        rows["VROOM"].append(scored(problem, solve_vroom(problem, tasks, seconds)))
        bench.say(f"  true value, {size} places, seed {seed}: {_last(rows)}")
    _keep(bench, f"true value, {size} places, {seconds:g} s", rows)
    best = max(float(np.mean(found)) for peer, found in rows.items() if peer != "ours" and found)
    bench.bar(
        f"true value over best peer, {size}", float(np.mean(rows["ours"])) / best, at_least=1.10
    )
    bench.figure(f"gap to the LP bound (loose), true value, {size}", float(np.mean(gaps)), "%")


def _last(rows: dict[str, list[float]]) -> str:
    return ", ".join(f"{name} {found[-1]:.0f}" for name, found in rows.items() if found)


def _keep(bench: Bench, name: str, rows: dict[str, list[float]]) -> None:
    bench.compare(
        name,
        ours=float(np.mean(rows["ours"])),
        peers={
            peer: float(np.mean(found)) for peer, found in rows.items() if peer != "ours" and found
        },
        measure="weight",
        better="higher",
        values=rows,
    )


if __name__ == "__main__":
    run(
        "routes",
        measure,
        doc=__doc__,
        packages=("numba", "ortools", "pyvrp", "pyvroom"),
        add_arguments=add_arguments,
    )
