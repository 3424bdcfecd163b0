"""Feedback between map and patrols: two areas of equal truth, and a made city of known truth.

What patrols discover themselves is left out (the default), taken in by at most 0.2, corrected by
the chance that a patrol was there (Ensign et al. 2018), or counted like any report (what must not
be done); how far the patrols' share, and the places they go to, stay from the truth.
"""

import numpy as np

from bench.harness import Bench, run
from patrol.hotspot.feedback import CORRECTED_WEIGHT, City, Discovered, simulate_city, simulate_urn

DAYS, RUNS = 1_000, 300
LOW, HIGH = 0.45, 0.55
CELLS, WEEKS = 1_157, 104
OVERLAP = 0.94
CITY_RUNS = 10

# What a discovered incident counts: (how, weight), by the words of the result.
CHOICES = {
    "left out (default)": (Discovered.IGNORED, 0.0),
    "at the most allowed, 0.2": (Discovered.COUNTED, 0.2),
    "corrected by presence": (Discovered.CORRECTED, CORRECTED_WEIGHT),
    "corrected by presence, at full weight": (Discovered.CORRECTED, 1.0),
    "counted like any report": (Discovered.COUNTED, 1.0),
}


def measure(bench: Bench) -> None:
    """Two areas first, then the city."""
    _measure_areas(bench)
    _measure_city(bench)


def _measure_areas(bench: Bench) -> None:
    runs = RUNS // 3 if bench.quick else RUNS
    for name, discovered in (
        ("corrected by presence", Discovered.CORRECTED),
        ("left out (default)", Discovered.IGNORED),
        ("counted like any report", Discovered.COUNTED),
    ):
        equal, busier = (
            simulate_urn(rates, days=DAYS, runs=runs, discovered=discovered, seed=bench.seed)
            for rates in ((0.5, 0.5), (0.55, 0.45))
        )
        low, high = np.quantile(equal, [0.05, 0.95])
        bench.figure(
            f"two equal areas, discoveries {name}: patrol share after {DAYS} days",
            f"{low:.3f}-{high:.3f}",
            "5-95 % of runs",
            runs=runs,
            within=round(float(((equal >= LOW) & (equal <= HIGH)).mean()), 4),
            mean_where_truth_is_55_to_45=round(float(busier.mean()), 4),
        )
        if discovered is not Discovered.COUNTED:
            bench.bar(f"share, {name}, 5 % of runs", round(float(low), 4), at_least=LOW)
            bench.bar(f"share, {name}, 95 % of runs", round(float(high), 4), at_most=HIGH)


def _measure_city(bench: Bench) -> None:
    found: dict[str, list[float]] = {name: [] for name in CHOICES}
    never: dict[str, list[float]] = {name: [] for name in CHOICES}
    for turn in range(bench.repeats(CITY_RUNS)):
        city = made_city(bench.seed + turn)
        for name, (discovered, weight) in CHOICES.items():
            overlap, visits = simulate_city(
                city,
                weeks=WEEKS,
                discovered=discovered,
                discovered_weight=weight,
                seed=bench.seed + turn,
            )
            found[name].append(overlap)
            never[name].append(float((visits == 0).mean()))
    for name, overlaps in found.items():
        bench.figure(
            f"city of {CELLS} cells, discoveries {name}: overlap with the busiest 5 %",
            round(float(np.mean(overlaps)), 4),
            "share of cells",
            lowest=round(min(overlaps), 4),
            cells_never_visited=round(float(np.mean(never[name])), 4),
            weeks=WEEKS,
        )
    for name in ("left out (default)", "at the most allowed, 0.2", "corrected by presence"):
        bench.bar(f"overlap, {name}", round(float(np.mean(found[name])), 4), at_least=OVERLAP)


def made_city(seed: int) -> City:
    """Rates as uneven as real ones; patrols discover where they look, not where it is reported."""
    rng = np.random.default_rng(seed)
    rates = np.sort(rng.pareto(1.6, CELLS))[::-1] * 0.8
    return City(reported_per_week=rates, discovered_per_visit=rng.permutation(rates) * 2.0)


if __name__ == "__main__":
    run("feedback", measure, doc=__doc__, packages=("numpy",))
