"""Unpredictability: an observer writes down 28 days of plans and guesses the half hours of today.

Every day has the same hotspots and units and another seed. ``drawn`` is what the service does: the
best plan, then candidates at noisy weights, then the one within 1 % whose price is lowest. ``best``
is the best plan of each day's own seed, ``same`` the same plan every day. Lift is hits over chance
at the places visited (patrol/routing/observer.py); the pair figure guesses places as well, where
knowing that important places are visited more often counts as foresight. Cost is against the best
plan of the same search.
"""

import argparse

import numpy as np

from bench.harness import Bench, run
from bench.instances import cover_problem
from patrol.routing.check import check_solution
from patrol.routing.engine import Search, ignore_progress
from patrol.routing.engine.local import LocalEngine, compile_kernels
from patrol.routing.observer import Seen, foreseen, guess_by_map, habit, usual_visits
from patrol.routing.problem import Problem, Solution
from patrol.routing.randomise import Prices, Wishes, choose, draw_candidates, seen_in
from patrol.routing.response import classes
from patrol.routing.value import plan_value

HISTORY_D = 28
CANDIDATES = 6
SHARE_OF_TIME = 0.3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How much work to do."""
    parser.add_argument("--places", type=int, default=200)
    parser.add_argument("--units", type=int, default=30)
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--seconds", type=float, default=5.0, help="CPU seconds of a day's search")


def wishes_of(problem: Problem, days: list[Seen]) -> Wishes:
    """Only value and the observer count here."""
    weight = problem.hotspots.cumulative[:, -1]
    return Wishes(
        prices=Prices(response=0.0, fairness=0.0, town=0.0, foreseen=0.2),
        class_of=classes(weight, (0.05, 0.25)),
        rings_s=(60, 180, 300),
        towns=[""] * problem.hotspots.size,
        town_least={},
        days=days,
    )


def pair_lift(days: list[Seen], today: Seen) -> float:
    """Lift of an observer who names as many (place, half hour) pairs as a day has visits."""
    often = habit(days).ravel()
    count = int(np.rint(np.mean([day.sum() for day in days])))
    named = np.argsort(-often, kind="stable")[:count]
    return float(today.ravel()[named].mean() / today.mean())


def measure(bench: Bench) -> None:
    """Plan day after day."""
    compile_kernels()
    days, places = (4, 60) if bench.quick else (bench.args.days, bench.args.places)
    seconds = 0.3 if bench.quick else bench.args.seconds
    problem = cover_problem(places, bench.seed, units=bench.args.units)
    engine, history, plain = LocalEngine(), list[Seen](), list[Seen]()
    lifts: dict[str, list[float]] = {"drawn": [], "best": [], "pairs": [], "map": []}
    costs: list[float] = []
    for day in range(days + 1):
        best = engine.solve(problem, Search(seconds * (1 - SHARE_OF_TIME), day), ignore_progress)
        known = history[-HISTORY_D:]
        wishes = wishes_of(problem, known)
        rest = Search(seconds * SHARE_OF_TIME, day)
        more = draw_candidates(problem, best, CANDIDATES, rest, wishes, ignore_progress)
        chosen = choose(problem, [best, *more], wishes, 0.01)
        check(problem, chosen.taken.solution)
        today, alone = seen_in(problem, chosen.taken.solution), seen_in(problem, best)
        if day >= days // 2:
            lifts["drawn"].append(foreseen(known, today).lift)
            lifts["pairs"].append(pair_lift(known, today))
            lifts["best"].append(foreseen(plain[-HISTORY_D:], alone).lift)
            costs.append(chosen.cost_share)
            known_map = guess_by_map(problem, usual_visits(known))
            lifts["map"].append(hits_of(known_map, today))
        history.append(today)
        plain.append(alone)
        bench.say(f"day {day}: {chosen.near} of {chosen.tried} near, cost {chosen.cost_share:.2%}")
    same = foreseen(plain[:1] * HISTORY_D, plain[0]).lift
    lift, cost = float(np.mean(lifts["drawn"])), float(np.mean(costs))
    bench.compare(
        "observer's lift over chance",
        ours=lift,
        peers={
            "own seed every day": float(np.mean(lifts["best"])),
            "same plan every day": same,
            "guessing from the map alone": float(np.mean(lifts["map"])),
        },
        measure="x",
        better="lower",
        last_day=lifts["drawn"][-1],
    )
    bench.figure("lift over guessing pairs blindly", float(np.mean(lifts["pairs"])), "x")
    bench.bar("observer's lift", lift, at_most=1.25, measure="x")
    bench.bar("cost of randomness", 100 * cost, at_most=1.0, measure="%")


def hits_of(named: Seen, today: Seen) -> float:
    """Lift of guesses over chance at the places that are visited today."""
    places = named.any(axis=1) & today.any(axis=1)
    count = named[places].sum(axis=1)
    expected = float((count * today[places].mean(axis=1)).sum())
    return float((named & today)[places].sum()) / expected if expected > 0 else 1.0


def check(problem: Problem, plan: Solution) -> None:
    """End the run where the checker finds a broken rule."""
    verdict = check_solution(problem, plan, plan_value(problem, plan).total)
    if not verdict.ok:
        raise SystemExit(f"plan breaks rules: {verdict.broken[:3]}")


if __name__ == "__main__":
    run("unpredictable", measure, doc=__doc__, packages=("numba",), add_arguments=add_arguments)
