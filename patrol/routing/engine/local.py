"""The default engine: our own search, whose moves know what a visit adds to the cover.

Work is counted in places tried, not in seconds, so that one seed gives one plan on any machine;
seconds become work by a rate measured once.
"""

import logging
import time
from dataclasses import dataclass

import numpy as np

from patrol.routing.engine import Progress, Search
from patrol.routing.engine.recreate import (
    Scratch,
    first_plan,
    keep_stops,
    make_scratch,
    start_routes,
)
from patrol.routing.engine.route import Touched, make_touched
from patrol.routing.engine.search import anneal, copy_all
from patrol.routing.engine.state import Data, Plan, empty_plan, make_data, to_solution
from patrol.routing.problem import Ints, Problem, Solution, tiny_problem

log = logging.getLogger(__name__)

WORK_PER_S = 16_000_000
"""Places tried a second on the 2-core reference machine (November 2026)."""

SLOWEST_RATIO = 1.5
"""A search that takes this many times its seconds of CPU time is ended; its plan is as good as it
is, but the next run with that seed may differ. It is logged."""

GRACE_S = 1.0
"""Added to that, for searches so short that a moment of loading would end them."""

CHUNK_S = 0.05
"""Work done between two looks at progress and cancel, in seconds."""

CYCLES = (0.04, 0.16, 1.0)
"""Shares of the work at which annealing has cooled down and starts again."""

HOT, COLD = 0.5, 0.01
"""First and last temperature, as shares of the mean value of a stop."""


WARM, COOL = 0.05, 0.005
"""The same for a re-plan, which begins with a plan that is nearly right."""

_compiled = False


@dataclass(frozen=True, slots=True, eq=False)
class LocalEngine:
    """Ruin and recreate with the value of cover in every move; anytime, one thread."""

    name: str = "local"
    by_clock: bool = False
    """End by CPU time of this thread instead of counted work, as benchmarks want it; then a seed
    no longer fixes the plan."""

    def solve(self, problem: Problem, search: Search, progress: Progress) -> Solution:
        """Search within ``search.seconds``; see :class:`patrol.routing.engine.Engine`."""
        return self.improve(problem, None, search, progress)

    def improve(
        self,
        problem: Problem,
        old: Solution | None,
        search: Search,
        progress: Progress,
        near: Ints | None = None,
    ) -> Solution:
        """Search from an earlier plan, cool from the start; without one as :meth:`solve` does.

        Parameters
        ----------
        old
            Stops to begin with, frozen ones left out; what does not fit is dropped.
        near
            Neighbors kept from an earlier :func:`make_data` on the same travel.
        """
        compile_kernels()  # Before the clock starts: compiling is no part of a search.
        data = make_data(problem, near)
        work = empty_plan(problem, data)
        touched = make_touched(problem.units, problem.hotspots.size)
        scratch = make_scratch(search.seed)
        start_routes(data, work)
        if problem.hotspots.size == 0 or problem.units == 0:
            return to_solution(problem, data, work)
        current, best = empty_plan(problem, data), empty_plan(problem, data)
        done = float(work.value.sum())
        if old is not None:
            _keep_old(data, work, touched, old)
        else:
            first_plan(data, work, touched, scratch.work)
        copy_all(work, current)
        copy_all(work, best)
        scratch.total[:] = work.value.sum()
        # What is done is worth something too, but no stop that is still to be moved about.
        stop = max(1e-9, (float(work.value.sum()) - done) / max(1, int(work.length.sum())))
        hot, cold = (HOT, COLD) if old is None else (WARM, COOL)
        heat = (stop * hot, stop * cold, CYCLES if old is None else (1.0,))
        self._improve(data, (work, current, best), touched, scratch, heat, search, progress)
        return to_solution(problem, data, best)

    def _improve(
        self,
        data: Data,
        plans: tuple[Plan, Plan, Plan],
        touched: Touched,
        scratch: Scratch,
        heat: tuple[float, float, tuple[float, ...]],
        search: Search,
        progress: Progress,
    ) -> None:
        budget = max(1, round(search.seconds * WORK_PER_S))
        chunk = max(1, round(min(CHUNK_S, search.seconds / 20) * WORK_PER_S))
        cpu_0 = time.thread_time()
        start, done = 0.0, 0.0
        hot, cold, cycles = heat
        for end in cycles:
            while done < end:
                temperature = hot * (cold / hot) ** ((done - start) / (end - start))
                until = int(scratch.work[0]) + chunk
                anneal(data, plans, touched, scratch, temperature, until)
                done, used_s = int(scratch.work[0]) / budget, time.thread_time() - cpu_0
                if self.by_clock:
                    done = used_s / search.seconds
                if not progress(min(1.0, done), float(scratch.total[1])):
                    return
                if used_s > SLOWEST_RATIO * search.seconds + GRACE_S:
                    log.warning(
                        "search ended after %.1f CPU s with %.0f %% of its work done; "
                        "the same seed may give another plan",
                        used_s,
                        100 * done,
                    )
                    return
            start = end
            copy_all(plans[2], plans[1])
            copy_all(plans[2], plans[0])
            scratch.total[0] = scratch.total[1]


def _keep_old(data: Data, plan: Plan, touched: Touched, old: Solution) -> None:
    for unit, route in enumerate(old.routes):
        rows = [
            (stop.hotspot, int(np.argmin(np.abs(data.stay[stop.hotspot, :, 0] - stop.dwell_s))))
            for stop in route.stops
        ]
        times = [stop.arrive_s for stop in route.stops]
        visits = np.array([(*row, at) for row, at in zip(rows, times, strict=True)], np.int32)
        keep_stops(data, plan, touched, unit, visits.reshape(-1, 3), route.rest_s)


def _stop(_share: float, _value: float) -> bool:
    return False


def compile_kernels() -> None:
    """Compile, or load from disk, all of the search on a problem of one unit and two places.

    Compiling takes about half a minute on the 2-core reference machine, once per installation;
    loading what was kept about a second.
    """
    global _compiled
    if not _compiled:
        _compiled = True  # First, because the searches below come by here as well.
        begun = time.monotonic()
        problem = tiny_problem()
        # Stopped at the first look, before the time is looked at: compiling takes longer than any
        # limit on so small a search, and a warning about that would puzzle whoever sets up.
        plan = LocalEngine().solve(problem, Search(0.02), _stop)
        LocalEngine().improve(problem, plan, Search(0.001), _stop)
        log.info("search kernels ready after %.1f s", time.monotonic() - begun)
