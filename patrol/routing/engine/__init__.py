"""Engines: each turns a :class:`patrol.routing.problem.Problem` into a solution."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from patrol.routing.problem import Problem, Solution


@dataclass(frozen=True, slots=True)
class Search:
    """How long and how to search.

    ``seconds`` is the time to spend; ``seed`` fixes every random choice.
    """

    seconds: float
    seed: int = 0


Progress = Callable[[float, float], bool]
"""Told the share of the search done, in [0, 1], and the best value; ``False`` cancels."""


class Engine(Protocol):
    """Finds good routes; keeps the best so far when cancelled."""

    @property
    def name(self) -> str:
        """What the configuration and the plans call it."""

    def solve(self, problem: Problem, search: Search, progress: Progress) -> Solution:
        """Search; every rule of ``routing/check.py`` holds for what is returned."""


def ignore_progress(_share: float, _value: float) -> bool:
    """Progress that nobody watches and nobody cancels."""
    return True
