"""How the search grows with the shift: CPU time to 99 % of its final value, whole and by areas.

Shifts of the generator in ``bench/instances.py`` with rests. The final value is that of the run
itself, so a size whose run is too short shows a time near its end. Every plan is checked. A full
run draws ``bench/results/growth.svg`` as well.
"""

import argparse
import resource
import time
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt

from bench.harness import RESULTS, Bench, run
from bench.instances import cover_problem
from patrol.routing.check import check_solution
from patrol.routing.engine import Engine, Search
from patrol.routing.engine.local import LocalEngine, compile_kernels
from patrol.routing.engine.split import SplitEngine
from patrol.routing.problem import Problem
from patrol.routing.value import plan_value

mpl.use("Agg")

ENOUGH = 0.99
SPLIT_FROM = 1_000
"""Hotspots from which on the shift is planned by areas as well."""


def timed(engine: Engine, problem: Problem, seconds: float, seed: int) -> tuple[float, float]:
    """Final value, and CPU seconds until 99 % of it were reached."""
    begun = time.process_time()
    seen: list[tuple[float, float]] = []

    def progress(_share: float, value: float) -> bool:
        seen.append((time.process_time() - begun, value))
        return True

    solution = engine.solve(problem, Search(seconds, seed), progress)
    value = plan_value(problem, solution).total
    verdict = check_solution(problem, solution, value)
    if not verdict.ok:
        raise SystemExit(f"plan breaks rules: {verdict.broken[:3]}")
    return value, next((at for at, found in seen if found >= ENOUGH * value), seen[-1][0])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which part of the work to do."""
    parser.add_argument("--sizes", type=int, nargs="+", default=[120, 500, 1500, 5000])
    parser.add_argument("--units", type=int, nargs="+", default=[30, 100, 300])
    parser.add_argument("--seconds", type=float, default=30.0)


def measure(bench: Bench) -> None:
    """All sizes and numbers of units."""
    compile_kernels()
    sizes = [120, 500] if bench.quick else bench.args.sizes
    counts = [30] if bench.quick else bench.args.units
    seconds = 3.0 if bench.quick else bench.args.seconds
    whole: dict[int, list[tuple[int, float]]] = {units: [] for units in counts}
    areas: dict[int, list[tuple[int, float]]] = {units: [] for units in counts}
    for size in sizes:
        for units in counts:
            problem = cover_problem(size, bench.seed, units=units)
            name = f"{size} places, {units} units"
            value, took = timed(LocalEngine(by_clock=True), problem, seconds, bench.seed)
            bench.figure(f"to 99 % of {seconds:g} s, {name}", took, "CPU s", total=value)
            whole[units].append((size, took))
            if size >= SPLIT_FROM:
                engine = SplitEngine(most_hotspots=0, by_clock=True)
                split, took = timed(engine, problem, seconds, bench.seed)
                bench.figure(f"the same by areas, {name}", took, "CPU s", total=split)
                areas[units].append((size, took))
                bench.bar(f"by areas over whole, {name}", split / value, at_least=0.97)
    if not bench.quick:
        draw(whole, areas, seconds, RESULTS / "growth.svg")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    bench.figure(f"peak memory up to {max(sizes)} places", round(peak_mb), "MB")


def draw(
    whole: dict[int, list[tuple[int, float]]],
    areas: dict[int, list[tuple[int, float]]],
    seconds: float,
    path: Path,
) -> None:
    """CPU time over hotspots, a line per number of units; by areas dashed."""
    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    for number, units in enumerate(whole):
        for found, style, said in ((whole, "-", ""), (areas, "--", ", by areas")):
            if found[units]:
                places, took = zip(*found[units], strict=True)
                label = f"{units} units{said}"
                axes.plot(places, took, style, marker="o", color=f"C{number}", label=label)
    axes.set(xscale="log", yscale="log", xlabel="hotspots")
    axes.set_ylabel(f"CPU s to 99 % of the value at {seconds:g} s")
    axes.legend()
    axes.grid(visible=True, which="both", alpha=0.3)
    figure.savefig(path)
    plt.close(figure)


if __name__ == "__main__":
    run(
        "growth",
        measure,
        doc=__doc__,
        packages=("numba", "matplotlib"),
        add_arguments=add_arguments,
    )
