"""Shifts kept ready in the planner process: a re-plan builds no hotspots and no matrices."""

import threading
from dataclasses import dataclass

from patrol.routing.engine.state import make_data
from patrol.routing.problem import Ints
from patrol.usecase.shift_problem import ShiftProblem

KEPT = 4
"""A shift of 500 hotspots takes some 20 MB."""


@dataclass(frozen=True, slots=True, eq=False)
class Warm:
    """A shift with the neighbors of its hotspots, the slow part of the search's data."""

    shift: ShiftProblem
    near: Ints


_kept: dict[str, Warm] = {}
_lock = threading.Lock()


def remember(plan_id: str, warm: Warm) -> None:
    """Keep a plan's shift; the oldest goes."""
    with _lock:
        _kept.pop(plan_id, None)
        while len(_kept) >= KEPT:
            del _kept[next(iter(_kept))]
        _kept[plan_id] = warm


def recall(plan_id: str) -> Warm | None:
    """The shift a plan was made from, if this process has it."""
    with _lock:
        return _kept.get(plan_id)


def make_warm(shift: ShiftProblem) -> Warm:
    """Find the neighbors."""
    return Warm(shift, make_data(shift.problem).near)
