"""Team orienteering on all public instances at hand: ours against PyVRP, VROOM and OR-Tools.

Every answer is checked here by the rules of the format (limit, once each, number of routes). Gaps
are to an older list of best known scores, which can be beaten: negative gaps are possible.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.harness import Bench, run
from bench.peers import top_pyvrp, top_vroom
from patrol.routing.top import Instance, TopResult, compile_orienteer, read_instance, solve_top
from patrol.routing.top_ortools import solve_top_ortools

TOLERANCE = 1e-6
QUICK_STEP = 23
"""With ``--quick`` every so many-th instance, at 1 s only."""


def checked_score(instance: Instance, result: TopResult) -> float:
    """The score, recomputed; the run ends where a rule is broken."""
    seen: set[int] = set()
    last = len(instance.points) - 1
    if len(result.routes) > instance.routes:
        raise SystemExit(f"{len(result.routes)} routes, {instance.routes} allowed")
    for route in result.routes:
        path = [0, *(i - 1 for i in route), last]
        steps = np.diff(instance.points[path], axis=0)
        if np.hypot(*steps.T).sum() > instance.limit + TOLERANCE or seen & set(route):
            raise SystemExit(f"route {route} is too long or visits a point again")
        seen |= set(route)
    return float(sum(instance.scores[i - 1] for i in seen))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which part of the work to do."""
    parser.add_argument("--step", type=int, default=1, help="every so many-th instance")
    parser.add_argument("--peer-step", type=int, default=6, help="the same for peers")
    parser.add_argument("--seconds", type=float, nargs="+", default=[1.0, 10.0])


def measure(bench: Bench) -> None:
    """Run all engines at all time limits."""
    folder = bench.shared_data() / "top"
    reference = _read_reference(folder / "reference_scores.txt")
    names = sorted(reference)[:: QUICK_STEP if bench.quick else bench.args.step]
    peers = names if bench.quick else names[:: max(1, bench.args.peer_step // bench.args.step)]
    compile_orienteer()
    for seconds in [1.0] if bench.quick else bench.args.seconds:
        ours = _gaps(bench, folder, names, reference, _own(seconds, bench.seed))
        gap = float(np.mean(list(ours.values())))
        bench.figure(f"mean gap, {len(names)} instances, {seconds:g} s", gap, "%", gaps=ours)
        bench.bar(
            f"mean gap at {seconds:g} s", gap, at_most=0.5 if seconds < 5 else 0.1, measure="%"
        )
        theirs = {
            "PyVRP": _gaps(bench, folder, peers, reference, _pyvrp(seconds, bench.seed)),
            "VROOM": _gaps(bench, folder, peers, reference, top_vroom),
            "OR-Tools": _gaps(bench, folder, peers, reference, _ortools(seconds)),
        }
        bench.compare(
            f"mean score share, {len(peers)} instances, {seconds:g} s",
            ours=100 - float(np.mean([ours[name] for name in peers])),
            peers={
                peer: 100 - float(np.mean(list(found.values()))) for peer, found in theirs.items()
            },
            measure="%",
            better="higher",
        )


def _own(seconds: float, seed: int) -> Callable[[Instance], TopResult]:
    return lambda instance: solve_top(instance, seconds, seed)


def _pyvrp(seconds: float, seed: int) -> Callable[[Instance], TopResult]:
    return lambda instance: top_pyvrp(instance, seconds, seed)


def _ortools(seconds: float) -> Callable[[Instance], TopResult]:
    return lambda instance: solve_top_ortools(instance, seconds)


def _gaps(
    bench: Bench,
    folder: Path,
    names: list[str],
    reference: dict[str, float],
    solve: Callable[[Instance], TopResult],
) -> dict[str, float]:
    gaps: dict[str, float] = {}
    for name in names:
        instance = read_instance(folder / "instances" / name)
        score = checked_score(instance, solve(instance))
        best = reference[name]
        gaps[name] = 100 * (best - score) / best if best else 0.0
    bench.say(f"  mean gap {np.mean(list(gaps.values())):.3f} %, worst {max(gaps.values()):.2f} %")
    return gaps


def _read_reference(path: Path) -> dict[str, float]:
    rows = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return {row[0]: float(row[1]) for row in rows if len(row) == 2}


if __name__ == "__main__":
    run(
        "top",
        measure,
        doc=__doc__,
        packages=("numba", "ortools", "pyvrp", "pyvroom"),
        add_arguments=add_arguments,
    )
