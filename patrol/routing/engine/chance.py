"""Random numbers inside compiled code, from a state that is passed in: same seed, same numbers."""

import numpy as np
from numpy.typing import NDArray

from patrol.routing.compiled import compiled_small

Chance = NDArray[np.uint64]
"""State of the generator, shape (1,), never 0 (xorshift64*, Vigna 2016)."""


def make_chance(seed: int) -> Chance:
    """A generator's state for a seed; neighboring seeds give unrelated numbers."""
    return np.random.SeedSequence(seed).generate_state(1, np.uint64) | np.uint64(1)


@compiled_small
def uniform(chance: Chance) -> float:
    """A number in [0, 1)."""
    x = chance[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    chance[0] = x
    return float((x * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(11)) / 9007199254740992.0


@compiled_small
def below(chance: Chance, limit: int) -> int:
    """A whole number in [0, limit)."""
    return int(uniform(chance) * limit)
