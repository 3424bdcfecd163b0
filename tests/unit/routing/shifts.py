"""Small made shifts: places on a line, one second per meter for every mode."""

from typing import Any

import numpy as np

from patrol.routing.problem import (
    ALL_KINDS,
    Duties,
    Fleet,
    Hotspots,
    Problem,
    Stop,
    Travel,
    no_duties,
)

SLOT_S = 1800


def make_shift(
    spots_m: list[int],
    *,
    weight: list[float] | None = None,
    bases_m: tuple[int, ...] = (0,),
    units: int = 1,
    hours: int = 4,
    rest_s: int = 0,
    windows: dict[int, list[tuple[int, int]]] | None = None,
    duties: list[tuple[int, int, int, float]] | None = None,
    frozen: tuple[tuple[Stop, ...], ...] = (),
    **fields: Any,
) -> Problem:
    """Hotspots of weight 1 an hour at these meters; units start and end at their base in turn.

    ``fields`` replace whole arrays of the fleet or the hotspots by name.
    """
    at_m = np.array([*bases_m, *spots_m])
    way = np.abs(at_m[:, None] - at_m[None, :]).astype(np.int32)
    travel = np.stack([way] * 3)
    slots = hours * 3600 // SLOT_S
    rate = np.array(weight or [1.0] * len(spots_m))[:, None] * np.ones(slots) * SLOT_S / 3600
    cumulative = np.concatenate([np.zeros((len(spots_m), 1)), np.cumsum(rate, axis=1)], axis=1)
    count, one = len(spots_m), np.ones(units, np.int32)
    every = np.ones(count, np.int32)
    opened = windows or {}
    ptr = np.cumsum([0, *(len(opened.get(h, [])) for h in range(count))]).astype(np.int32)
    flat = [window for h in range(count) for window in opened.get(h, [])]
    table = np.array(flat, np.int32).reshape(-1, 2)
    base = (np.arange(units) % len(bases_m)).astype(np.int32)
    fleet: dict[str, Any] = {
        "mode": 0 * one,
        "start": base,
        "end": base,
        "start_s": 0 * one,
        "end_s": hours * 3600 * one,
        "rest_s": rest_s * one,
        "rest_open_s": 3600 * one,
        "rest_close_s": max(3600 + rest_s, (hours - 1) * 3600) * one,
        "longest_leg_m": 100_000 * one,
        "serves": ALL_KINDS * one,
    }
    spots: dict[str, Any] = {
        "place": (len(bases_m) + np.arange(count)).astype(np.int32),
        "cumulative": cumulative,
        "residual_s": 7200 * every,
        "gap_s": 3600 * every,
        "most": 8 * every,
        "dwell_s": np.tile(np.array([600, 900], np.int32), (count, 1)),
        "kind": every,
        "modes": 7 * every,
        "window_ptr": ptr,
        "window_open_s": table[:, 0],
        "window_close_s": table[:, 1],
    }
    for name, value in fields.items():
        (fleet if name in fleet else spots)[name] = np.asarray(value, np.int32)
    given = no_duties()
    if duties:
        rows = sorted(duties)
        whole = np.array([row[:3] for row in rows], np.int32)
        price = np.array([row[3] for row in rows])
        given = Duties(whole[:, 0], whole[:, 1], whole[:, 2], price)
    return Problem(
        travel=Travel(travel, travel.copy()),
        fleet=Fleet(**fleet),
        hotspots=Hotspots(**spots),
        duties=given,
        slot_s=SLOT_S,
        horizon_s=hours * 3600,
        curve_s=np.array([0, 600, 900], np.int32),
        curve_quality=np.array([0.0, 0.5, 1.0]),
        frozen=frozen,
    )
