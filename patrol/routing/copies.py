"""Windowed copies: how a solver that knows only "visit once" is told that places want repeats.

Each hotspot becomes several tasks whose windows lie at least its least gap apart, so that any
choice of tasks keeps the gap. A task's prize is the cover of a stop in the middle of its window.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.routing.problem import Floats, Ints, Problem
from patrol.routing.value import covered_value

TYPICAL_LEG_S = 300
"""Travel assumed per stop when the best length of a stop is chosen; it only breaks ties."""


@dataclass(frozen=True, slots=True, eq=False)
class Copies:
    """Tasks made of hotspots: begin in ``[open_s, close_s)``, stay ``dwell_s``, earn ``prize``."""

    hotspot: Ints
    open_s: Ints
    close_s: Ints
    dwell_s: Ints
    prize: Floats

    @property
    def size(self) -> int:
        """Number of tasks."""
        return int(self.hotspot.size)

    def take(self, index: NDArray[np.int64]) -> "Copies":
        """The tasks with these indices."""
        return Copies(
            self.hotspot[index],
            self.open_s[index],
            self.close_s[index],
            self.dwell_s[index],
            self.prize[index],
        )


Window = tuple[int, int, float]


def make_copies(problem: Problem, seed: int) -> Copies:
    """Cut every hotspot of a problem into windowed tasks.

    Windows are one residual time apart and begin at a phase of their own per hotspot, drawn by
    ``seed``: with one phase for all, units would be idle between the windows. Duties come first
    and push the other windows aside.
    """
    rng = np.random.default_rng(seed)
    frozen: dict[int, list[tuple[int, int]]] = {}
    for stops in problem.frozen:
        for stop in stops:
            frozen.setdefault(stop.hotspot, []).append((stop.arrive_s, stop.dwell_s))
    rows: list[tuple[int, int, int, int, float]] = []
    for h in range(problem.hotspots.size):
        phase = float(rng.random())
        dwell = best_dwell_s(problem, h)
        done = frozen.get(h, [])
        windows = _duty_windows(problem, h, done)
        windows += _cover_windows(problem, h, phase, windows, done)
        tasks = [
            (h, a, b, dwell, _prize(problem, h, dwell, (a, b, p), done)) for a, b, p in windows
        ]
        most = max(0, int(problem.hotspots.most[h]) - len(done))
        rows += sorted((t for t in tasks if t[4] > 0), key=lambda t: -t[4])[:most]
    whole = np.array([row[:4] for row in rows], np.int32).reshape(-1, 4)
    prize = np.array([row[4] for row in rows], np.float64)
    return Copies(whole[:, 0], whole[:, 1], whole[:, 2], whole[:, 3], prize)


def best_dwell_s(problem: Problem, hotspot: int) -> int:
    """The length of a stop that covers most time per time spent."""
    options = [int(dwell) for dwell in problem.hotspots.dwell_s[hotspot]]
    return max(options, key=lambda s: problem.cover_s(hotspot, s) / (s + TYPICAL_LEG_S))


def _duty_windows(problem: Problem, h: int, done: list[tuple[int, int]]) -> list[Window]:
    duties, gap = problem.duties, int(problem.hotspots.gap_s[h])
    chosen: list[Window] = []
    first, last = np.searchsorted(duties.hotspot, [h, h + 1])
    for j in sorted(range(int(first), int(last)), key=lambda j: -float(duties.price[j])):
        opens, closes = int(duties.open_s[j]), int(duties.close_s[j])
        if any(opens <= arrive < closes for arrive, _ in done):
            continue
        for a, b in _arrivals_allowed(problem, h, opens, closes):
            if all(b + gap <= other[0] or other[1] + gap <= a for other in chosen) and all(
                b + gap <= arrive or arrive + gap <= a for arrive, _ in done
            ):
                chosen.append((a, b, float(duties.price[j])))
                break
    return chosen


def _cover_windows(
    problem: Problem, h: int, phase: float, taken: list[Window], done: list[tuple[int, int]]
) -> list[Window]:
    residual, gap = int(problem.hotspots.residual_s[h]), int(problem.hotspots.gap_s[h])
    if problem.hotspots.cumulative[h, -1] <= 0:
        return []
    period = max(residual, gap + 600)
    blocked = [(a - gap, b + gap) for a, b, _ in taken]
    blocked += [(arrive - gap, arrive + gap) for arrive, _ in done]
    windows: list[Window] = []
    start = round((phase - 1) * period)
    while start < problem.horizon_s:
        opens, closes = max(start, 0), min(start + max(period - gap, 1), problem.horizon_s)
        for a, b in _arrivals_allowed(problem, h, opens, closes):
            for low, high in sorted(blocked):
                if low < b and a < high:
                    a, b = (a, low) if low - a >= b - high else (high, b)
            if a < b:
                windows.append((a, b, 0.0))
                break
        start += period
    return windows


def _arrivals_allowed(problem: Problem, h: int, opens: int, closes: int) -> list[tuple[int, int]]:
    spots = problem.hotspots
    first, last = int(spots.window_ptr[h]), int(spots.window_ptr[h + 1])
    if first == last:
        return [(opens, closes)] if opens < closes else []
    cut = [
        (max(opens, int(spots.window_open_s[w])), min(closes, int(spots.window_close_s[w])))
        for w in range(first, last)
    ]
    return [(a, b) for a, b in cut if a < b]


def _prize(
    problem: Problem, h: int, dwell_s: int, window: Window, done: list[tuple[int, int]]
) -> float:
    middle = (window[0] + window[1]) // 2
    before = covered_value(problem, h, done)
    return covered_value(problem, h, [*done, (middle, dwell_s)]) - before + window[2]
