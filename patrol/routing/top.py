"""Team orienteering: instances in Chao's format, solved by our own search.

The public instances (Chao, Golden and Wasil 1996) are the one ground on which all solvers can be
compared: collect the greatest score with m routes from the first point to the last, each at most
so long.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from patrol.model.errors import InputError
from patrol.routing.engine.orienteer import (
    FREE,
    Field,
    Memory,
    Tours,
    make_memory,
    make_tours,
    orienteer,
    restart,
)
from patrol.routing.problem import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """Points (x, y), their scores, the number of routes and the length limit of each."""

    points: Floats
    scores: Floats
    routes: int
    limit: float


@dataclass(frozen=True, slots=True)
class TopResult:
    """What a search found; points are numbered from 1 as in the file, ends left out."""

    score: float
    cpu_s: float
    routes: tuple[tuple[int, ...], ...]
    iterations: int


def read_instance(path: Path) -> Instance:
    """Read ``n N``, ``m M``, ``tmax T`` and n lines ``x y score``.

    Raises
    ------
    InputError
        If the file is missing or not of that form; the message names the line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"instance {path} cannot be read: {error}") from error
    rows = [(number, line.split()) for number, line in enumerate(lines, 1) if line.strip()]
    head: list[float] = []
    for (number, row), key in zip(rows[:3], ("n", "m", "tmax"), strict=False):
        if len(row) < 2 or row[0] != key:
            raise InputError(f"{path}:{number}: should be '{key} VALUE', got {' '.join(row)!r}")
        head.append(_number(path, number, row[1]))
    if len(head) < 3:
        raise InputError(f"{path}: should begin with lines n, m and tmax, got {len(rows)} lines")
    count, routes = int(head[0]), int(head[1])
    if count < 2 or routes < 1 or head[2] < 0:
        raise InputError(
            f"{path}: needs n >= 2, m >= 1 and tmax >= 0, got {count}, {routes} and {head[2]}"
        )
    table = rows[3 : 3 + count]
    if len(table) < count:
        raise InputError(f"{path}: n is {count}, but only {len(table)} points follow")
    values = []
    for number, row in table:
        if len(row) < 3:
            raise InputError(f"{path}:{number}: should be 'x y score', got {' '.join(row)!r}")
        values.append([_number(path, number, text) for text in row[:3]])
    array = np.array(values)
    return Instance(array[:, :2], array[:, 2], routes, head[2])


def _number(path: Path, line: int, text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise InputError(f"{path}:{line}: {text!r} is not a number") from error
    if not math.isfinite(value):
        raise InputError(f"{path}:{line}: {text!r} is not a finite number")
    return value


def solve_top(
    instance: Instance,
    seconds: float,
    seed: int = 0,
    progress: Callable[[float, float], bool] | None = None,
) -> TopResult:
    """Search for ``seconds`` of CPU time in this thread; kernels are loaded before that.

    ``progress`` is told the CPU seconds used and the best score; ``False`` ends the search.
    """
    field = make_field(instance)
    compile_orienteer()
    begun = time.thread_time()
    tours = (make_tours(field), make_tours(field), make_tours(field))
    memory = make_memory(field, seed)
    _search(field, tours, memory, seconds, begun, progress)
    used = time.thread_time() - begun
    return TopResult(float(tours[2].total[0]), used, _routes(field, tours[2]), int(memory.steps[0]))


CHUNK_S = 0.02
"""CPU seconds between two looks at the clock."""

FIRST_STEPS = 20
"""Iterations that are always done."""

CYCLES = (1.0,)
"""Shares of the time at which the search has cooled down and begins again from its best."""

HOT, COLD = 2.0, 0.1
"""First and last temperature as shares of the mean score of a point."""

STRENGTH = 16
"""Most points taken out of one route at once."""


def make_field(instance: Instance) -> Field:
    """Arrays for the compiled search: ends are copied for every route."""
    count, routes = len(instance.points), instance.routes
    inner = np.arange(1, count - 1)
    ends = np.tile([0, count - 1], routes)
    places = instance.points[np.concatenate([inner, ends])]
    # hypot, not a root of squares: the length must not come out shorter than a checker's.
    way = np.hypot(*(places[:, None, :] - places[None, :, :]).transpose(2, 0, 1))
    score = np.concatenate([instance.scores[inner], np.zeros(2 * routes)])
    near = np.argsort(way[: inner.size, : inner.size], axis=1, kind="stable").astype(np.int32)
    return Field(
        np.ascontiguousarray(way),
        score,
        np.ascontiguousarray(near),
        int(inner.size),
        int(routes),
        float(instance.limit),
    )


def _search(
    field: Field,
    tours: tuple[Tours, Tours, Tours],
    memory: Memory,
    seconds: float,
    begun: float,
    progress: Callable[[float, float], bool] | None,
) -> None:
    if field.points == 0 or float(field.score.max(initial=0.0)) <= 0:
        return
    if not (tours[0].route[: field.points] == FREE).any():
        return
    mean = float(field.score[: field.points].mean())
    # Some steps come before the first look at the clock: no time at all is still an answer.
    orienteer(field, tours, memory, (HOT * mean, HOT * mean), FIRST_STEPS, STRENGTH)
    steps, start = FIRST_STEPS, 0.0
    for cycle in CYCLES:
        while (used := time.thread_time() - begun) < cycle * seconds:
            share = min(1.0, (used / seconds - start) / (cycle - start))
            heat = HOT * (COLD / HOT) ** share * mean
            orienteer(field, tours, memory, (heat, heat), steps, STRENGTH)
            took = time.thread_time() - begun - used
            steps = max(1, min(4 * steps, round(steps * CHUNK_S / max(took, 1e-6))))
            if progress and not progress(used + took, float(tours[2].total[0])):
                return
        start = cycle
        restart(tours)


def _routes(field: Field, tours: Tours) -> tuple[tuple[int, ...], ...]:
    routes: list[tuple[int, ...]] = []
    for r in range(field.routes):
        node, found = int(tours.after[field.points + 2 * r]), []
        while node < field.points:
            found.append(node + 2)
            node = int(tours.after[node])
        routes.append(tuple(found))
    return tuple(routes)


_compiled = False


def compile_orienteer() -> None:
    """Compile the search, or load what was kept, on an instance of two points."""
    global _compiled
    if not _compiled:
        points = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
        field = make_field(Instance(points, np.array([0.0, 1.0, 1.0, 0.0]), 1, 3.0))
        tours = (make_tours(field), make_tours(field), make_tours(field))
        orienteer(field, tours, make_memory(field, 0), (1.0, 1.0), 2, STRENGTH)
        restart(tours)
        _compiled = True
