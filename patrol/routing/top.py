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
from patrol.routing.engine.orienteer import Memory, make_memory, orienteer, recombine
from patrol.routing.engine.packing import Pool, make_pool
from patrol.routing.engine.tours import FREE, SLACK, Field, Tours, make_tours
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
    compile_orienteer()
    begun = time.thread_time()
    field = make_field(instance)
    work = _Work(field, seed)
    _search(work, seconds, begun, progress)
    used = time.thread_time() - begun
    best = work.tours[2]
    return TopResult(float(best.total[0]), used, _routes(field, best), int(work.memory.steps[0]))


class _Work:
    """What a search changes."""

    def __init__(self, field: Field, seed: int) -> None:
        self.field = field
        self.tours = (make_tours(field), make_tours(field), make_tours(field))
        self.memory: Memory = make_memory(field, seed)
        self.pool: Pool = make_pool(field.points, seed)
        self.strength = min(MOST_STRENGTH, max(LEAST_STRENGTH, round(STRENGTH * field.points)))

    def iterate(self, heat: float, steps: int) -> None:
        """Some iterations at a temperature, given in mean scores."""
        orienteer(
            self.field,
            self.tours,
            self.memory,
            self.pool,
            heat * self.field.mean,
            steps,
            self.strength,
        )


CHUNK_S = 0.01
"""CPU seconds between two looks at the clock."""

FIRST_STEPS = 20
"""Iterations that are always done."""

CYCLES = 4.0
"""Times that the search cools down in a second at a hundred points; more with the root of time."""

HOT, COLD = 2.0, 0.1
"""First and last temperature as shares of the mean score of a point."""

STRENGTH, LEAST_STRENGTH, MOST_STRENGTH = 0.3, 8, 40
"""Most points taken out of one route at once, as a share of all, and its limits."""

LENGTH_PRICE = 0.004
"""What the whole length allowed is worth, as a share of all scores, between plans about as good."""

PACKS = 10
"""Times that the best team is put together of the routes found."""

MOST_NODES = 500_000
"""Branches that this may take; a millisecond is about 100,000 of them."""


def make_field(instance: Instance) -> Field:
    """Arrays for the compiled search: points, then the start and the end."""
    count = len(instance.points)
    order = np.concatenate([np.arange(1, count - 1), [0, count - 1]])
    places, n = instance.points[order], count - 2
    # hypot, not a root of squares: the length must not come out shorter than a checker's.
    way = np.ascontiguousarray(np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1)))
    score = instance.scores[order]
    near = np.argsort(way[:n, :n], axis=1, kind="stable").astype(np.int32)
    beside = np.sort(way[:n, :n], axis=1)[:, 1:2]
    within = way[n, :n] + way[:n, n + 1] <= instance.limit + SLACK
    total = float(score[:n][within].sum())
    return Field(
        way,
        score,
        np.ascontiguousarray(near),
        n,
        instance.routes,
        float(instance.limit),
        spacing=max(float(beside.mean()) if beside.size else 0.0, 1e-6),
        mean=total / max(1, int(within.sum())),
        price=LENGTH_PRICE * total / max(1e-9, instance.routes * instance.limit),
    )


def _search(
    work: _Work,
    seconds: float,
    begun: float,
    progress: Callable[[float, float], bool] | None,
) -> None:
    best = work.tours[2]
    if work.field.mean <= 0.0 or not (best.route == FREE).any():
        return
    # Some steps come before the first look at the clock: no time at all is still an answer.
    work.iterate(HOT, FIRST_STEPS)
    cycles = _cycles(work.field.points, seconds)
    steps, next_pack = FIRST_STEPS, 1
    while (used := time.thread_time() - begun) < seconds:
        share = used / seconds
        work.iterate(HOT * (COLD / HOT) ** (share * cycles % 1.0), steps)
        took = time.thread_time() - begun - used
        steps = max(1, min(4 * steps, round(steps * min(CHUNK_S, seconds / 20) / max(took, 1e-6))))
        if share * PACKS >= next_pack:
            next_pack += 1
            recombine(work.field, work.tours, work.memory, work.pool, MOST_NODES)
        if progress and not progress(used + took, float(best.total[0])):
            return


def _cycles(points: int, seconds: float) -> int:
    """How often to cool down: an iteration takes time with the square of the points."""
    return max(1, round(CYCLES * math.sqrt(seconds) * 100 / max(points, 30)))


def _routes(field: Field, tours: Tours) -> tuple[tuple[int, ...], ...]:
    rows = (tours.stop[r, 1 : tours.size[r] + 1] for r in range(field.routes))
    # An unused route is left out: where start and end lie too far apart, even it is too long.
    return tuple(tuple(int(point) + 2 for point in row) for row in rows if row.size)


_compiled = False


def compile_orienteer() -> None:
    """Compile the search, or load what was kept, on an instance of two points."""
    global _compiled
    if not _compiled:
        points = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
        work = _Work(make_field(Instance(points, np.array([0.0, 1.0, 1.0, 0.0]), 1, 3.0)), 0)
        work.iterate(1.0, 2)
        recombine(work.field, work.tours, work.memory, work.pool, 1)
        _compiled = True
