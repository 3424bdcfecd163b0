"""Made patrol shifts with known size and seed, for the benchmarks of routes.

A square of 22 km with four towns (hotspots normal around them, sd 1.3 km, shares .30/.22/.18/.15,
the rest scattered) and six stations; 12 foot, 10 e-bike and 8 car units work 8 h. Ways are crow
distance x 1.2 / 1.3 / 1.45 at 4.5 / 16 / 28 km/h, asymmetric by up to 3 / 12 / 25 %; wheels take
20 s more a stop. Weights are log-normal(2.6, 0.8) clipped to 1-100.
"""

import numpy as np
from numpy.typing import NDArray

from patrol.routing.problem import (
    ALL_KINDS,
    MODES,
    Duties,
    Fleet,
    Hotspots,
    Problem,
    Travel,
    no_duties,
)

SIDE_M = 22_000.0
SHIFT_S = 8 * 3600
SLOT_S = 1800
_DETOUR = (1.2, 1.3, 1.45)
_SPEED_MPS = (4.5 / 3.6, 16 / 3.6, 28 / 3.6)
_ASYMMETRY = (0.03, 0.12, 0.25)
_STOP_S = (0, 20, 20)
_STATIONS = 6
_MODE_SHARE = (12, 10, 8)

Floats = NDArray[np.float64]


def _places(count: int, rng: np.random.Generator) -> Floats:
    towns = rng.uniform(0.2 * SIDE_M, 0.8 * SIDE_M, (4, 2))
    home = rng.choice(5, count, p=(0.30, 0.22, 0.18, 0.15, 0.15))
    near = towns[np.minimum(home, 3)] + rng.normal(0, 1_300, (count, 2))
    places = np.where((home < 4)[:, None], near, rng.uniform(0, SIDE_M, (count, 2)))
    stations = towns[np.arange(_STATIONS) % 4] + rng.normal(0, 800, (_STATIONS, 2))
    return np.clip(np.concatenate([stations, places]), 0, SIDE_M)


def _travel(places: Floats, rng: np.random.Generator) -> Travel:
    crow = np.hypot(*(places[:, None, :] - places[None, :, :]).transpose(2, 0, 1))
    time_s = np.empty((len(MODES), len(places), len(places)), np.int32)
    distance_m = np.empty_like(time_s)
    for m in range(len(MODES)):
        factor = 1 + rng.uniform(0, _ASYMMETRY[m], crow.shape)
        meters = crow * _DETOUR[m] * factor
        distance_m[m] = np.rint(meters)
        time_s[m] = np.ceil(meters / _SPEED_MPS[m])
        time_s[m, :, _STATIONS:] += _STOP_S[m]
        np.fill_diagonal(time_s[m], 0)
    return Travel(time_s, distance_m)


def _fleet(units: int, *, rest: bool) -> Fleet:
    share = np.array(_MODE_SHARE) / sum(_MODE_SHARE)
    mode = np.repeat(np.arange(3), np.diff(np.rint(np.cumsum([0, *share]) * units)).astype(int))
    base = np.arange(units) % _STATIONS
    full = np.ones(units, np.int32)
    return Fleet(
        mode=mode.astype(np.int32),
        start=base.astype(np.int32),
        end=base.astype(np.int32),
        start_s=0 * full,
        end_s=SHIFT_S * full,
        rest_s=(1800 if rest else 0) * full,
        rest_open_s=3 * 3600 * full,
        rest_close_s=6 * 3600 * full,
        longest_leg_m=1_000_000 * full,
        serves=ALL_KINDS * full,
    )


def _hotspots(
    weights: Floats, dwell_s: NDArray[np.int32], most: int, windows: NDArray[np.int32] | None
) -> Hotspots:
    count, slots = len(dwell_s), SHIFT_S // SLOT_S
    cumulative = np.zeros((count, slots + 1))
    cumulative[:, 1:] = np.cumsum(weights * (SLOT_S / 3600), axis=1)
    full = np.ones(count, np.int32)
    none = np.empty(0, np.int32)
    return Hotspots(
        place=(_STATIONS + np.arange(count)).astype(np.int32),
        cumulative=cumulative,
        residual_s=7200 * full,
        gap_s=3600 * full,
        most=most * full,
        dwell_s=dwell_s,
        kind=full,
        modes=7 * full,
        window_ptr=(np.arange(count + 1) * (windows is not None)).astype(np.int32),
        window_open_s=none if windows is None else windows[:, 0],
        window_close_s=none if windows is None else windows[:, 1],
    )


_CURVE = (np.array([0, 600, 720, 900], np.int32), np.array([0.0, 0.85, 0.93, 1.0]))


def cover_problem(hotspots: int, seed: int, *, units: int = 30, rest: bool = True) -> Problem:
    """A shift valued by cover over time: weights by half-hour, repeats at least an hour apart."""
    rng = np.random.default_rng(seed)
    travel = _travel(_places(hotspots, rng), rng)
    base = np.clip(rng.lognormal(2.6, 0.8, hotspots), 1, 100)
    slots = SHIFT_S // SLOT_S
    peak = rng.uniform(0, slots, hotspots)
    hour = 1 + 0.6 * np.cos((np.arange(slots)[None, :] - peak[:, None]) * 2 * np.pi / slots)
    dwell_s = np.tile(np.array([600, 720, 900], np.int32), (hotspots, 1))
    return Problem(
        travel=travel,
        fleet=_fleet(units, rest=rest),
        hotspots=_hotspots(base[:, None] * hour, dwell_s, 8, None),
        duties=no_duties(),
        slot_s=SLOT_S,
        horizon_s=SHIFT_S,
        curve_s=_CURVE[0],
        curve_quality=_CURVE[1],
    )


def windowed_problem(hotspots: int, seed: int, *, units: int = 30) -> Problem:
    """Tasks visited at most once in a window, dwell 10-15 min, as other solvers know them.

    40 % of the hotspots become 2-3 tasks in separate windows at falling weight (1, .7, .5); of the
    others half have one window of 2-4 h. A task's weight is the price of its duty.
    """
    rng = np.random.default_rng(seed)
    spots = _places(hotspots, rng)
    weight = np.rint(np.clip(rng.lognormal(2.6, 0.8, hotspots), 1, 100))
    dwell = np.rint(rng.uniform(600, 900, hotspots)).astype(np.int32)
    rows: list[tuple[int, int, int, float]] = []
    for h in range(hotspots):
        if rng.random() < 0.4:
            parts = int(rng.integers(2, 4))
            edges = np.linspace(0, SHIFT_S, parts + 1).astype(int)
            order = rng.permutation(parts)
            for rank, part in enumerate(order):
                price = float(np.rint(weight[h] * (1, 0.7, 0.5)[rank]))
                rows.append((h, int(edges[part]), int(edges[part + 1]) - 1800, max(1.0, price)))
        elif rng.random() < 0.5:
            length = int(rng.uniform(2, 4) * 3600)
            start = int(rng.uniform(0, SHIFT_S - length))
            rows.append((h, start, start + length, float(weight[h])))
        else:
            rows.append((h, 0, SHIFT_S, float(weight[h])))
    of = np.array([row[0] for row in rows])
    windows = np.array([row[1:3] for row in rows], np.int32)
    travel = _travel(np.concatenate([spots[:_STATIONS], spots[_STATIONS + of]]), rng)
    tasks = np.arange(len(rows), dtype=np.int32)
    return Problem(
        travel=travel,
        fleet=_fleet(units, rest=False),
        hotspots=_hotspots(
            np.zeros((len(rows), SHIFT_S // SLOT_S)), dwell[of][:, None], 1, windows
        ),
        duties=Duties(tasks, windows[:, 0], windows[:, 1], np.array([row[3] for row in rows])),
        slot_s=SLOT_S,
        horizon_s=SHIFT_S,
        curve_s=_CURVE[0],
        curve_quality=_CURVE[1],
    )
