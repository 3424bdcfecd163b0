"""Compiled sums of the prices of covered time: what stops earn and how much of it walks cover."""

import numpy as np
from numpy.typing import NDArray

from patrol.routing.compiled import compiled, compiled_lent
from patrol.routing.problem import Floats, Ints

Rates = NDArray[np.float32]

NOTHING = np.float32(-1e30)
"""Worth of what cannot be done."""


@compiled
def fill_pays(pay: Rates, sums: Floats, cover: Ints, slot_s: int, step_s: int) -> None:
    """What a stop earns that begins within a step, at best: the price of what it covers.

    ``sums`` are the prices up to each slot's start, (places, slots + 1), ``cover`` seconds covered
    by place and option.
    """
    for h in range(pay.shape[0]):
        for o in range(pay.shape[1]):
            for k in range(pay.shape[2]):
                best, _ = _best_moment(sums, h, k * step_s, cover[h, o], slot_s, step_s)
                # 32 bits must not round it below the truth.
                pay[h, o, k] = np.float32(best * 1.000001)


@compiled
def add_cover(
    slope: Floats,
    sums: Floats,
    walk: Ints,
    cover: Ints,
    slot_s: int,
    step_s: int,
    count: float,
) -> None:
    """Add what a walk covers of every slot, ``count`` times, at the moments that earn most.

    ``walk`` holds (place, option, step) rows; the others are as for :func:`fill_pays`.
    """
    for i in range(walk.shape[0]):
        h = walk[i, 0]
        length = cover[h, walk[i, 1]]
        _, begin = _best_moment(sums, h, walk[i, 2] * step_s, length, slot_s, step_s)
        for slot in range(begin // slot_s, slope.shape[1]):
            inside = min(begin + length, (slot + 1) * slot_s) - max(begin, slot * slot_s)
            if inside <= 0:
                break
            slope[h, slot] += count * inside / slot_s


@compiled_lent
def _best_moment(
    sums: Floats, h: int, begin: int, length: int, slot_s: int, step_s: int
) -> tuple[float, int]:
    """The most that a cover earns that begins within a step, and when it does.

    Between the moments where the cover begins or ends with a slot the worth is linear, so these
    and the step's ends are enough to find its most.
    """
    best, at = _covered(sums, h, begin, length, slot_s), begin
    if step_s > 1:
        end = begin + step_s
        ends_with = -(-(begin + length) // slot_s) * slot_s - length
        begins_with = -(-begin // slot_s) * slot_s
        for moment in (end, ends_with, begins_with):
            if moment <= end:
                worth = _covered(sums, h, moment, length, slot_s)
                if worth > best:
                    best, at = worth, moment
    return best, at


@compiled_lent
def _covered(sums: Floats, h: int, begin: int, length: int, slot_s: int) -> float:
    return _until(sums, h, begin + length, slot_s) - _until(sums, h, begin, slot_s)


@compiled_lent
def _until(sums: Floats, h: int, at: int, slot_s: int) -> float:
    slot = at // slot_s
    if slot >= sums.shape[1] - 1:
        return float(sums[h, sums.shape[1] - 1])
    part = (at - slot * slot_s) / slot_s
    return float(sums[h, slot] + part * (sums[h, slot + 1] - sums[h, slot]))
