"""Compiled pricing of one unit's day for the bound: the best walk through places and times.

A walk may do more than a route: it may come back to a place sooner than the least gap allows, only
never straight back. Going from p to q and to p again is refused (2-cycle elimination, Christofides,
Mingozzi and Toth 1981) unless the gap has passed. Times lie on a grid that only ever rounds in the
walk's favor. So the best walk is worth at least as much as the best route.
"""

from typing import NamedTuple

import numpy as np

from patrol.routing.compiled import compiled, compiled_lent
from patrol.routing.engine.chance import Chance, uniform
from patrol.routing.pays import NOTHING, Rates
from patrol.routing.problem import Ints

ANY = -1
"""Next place of a walk that ends, or whose next place is not kept: it is never refused."""
TOLERANCE = np.float32(1e-3)
"""Difference within which a walk is found again from its worth; 32-bit sums are that exact."""


class Network(NamedTuple):
    """What is the same at every price, for units that share mode, kinds, end and rest.

    Times are in steps of the grid. ``near`` and ``way`` hold, by place, the next places and the
    steps to them (-1: no more). A far place is reached after ``far_in`` at least, wherever from,
    and a place is left for a far one after ``far_out`` at least. ``back`` is the way to the base,
    ``gap`` the least time between two stops at a place, ``stay`` the lengths of stops (places,
    options). ``rest`` is (length, first begin, last begin), length 0 for none; ``end`` is when the
    unit must be back, ``block`` the shortest stop.
    """

    near: Ints
    way: Ints
    far_in: Ints
    far_out: Ints
    back: Ints
    gap: Ints
    stay: Ints
    rest: Ints
    end: int
    block: int


class Tables(NamedTuple):
    """Worth of going on, by layer (0: rested, 1: not yet), place and step.

    ``go`` is after a stop, ``come`` on arrival before one; each with the next place of the best
    walk and the worth of the best walk with another next place. ``far`` holds the best arrival at
    a far place, then anywhere, by layer and step; ``single`` the best single stop from a step on,
    and ``single_at`` which one it is.
    """

    go: Rates
    go_next: Ints
    go_other: Rates
    come: Rates
    come_next: Ints
    come_other: Rates
    far: Rates
    single: Rates
    single_at: Ints


def make_tables(places: int, steps: int, layers: int) -> Tables:
    """Empty tables; they are written anew at every price."""
    shape = (layers, places, steps)
    return Tables(
        np.zeros(shape, np.float32),
        np.zeros(shape, np.int32),
        np.zeros(shape, np.float32),
        np.zeros(shape, np.float32),
        np.zeros(shape, np.int32),
        np.zeros(shape, np.float32),
        np.zeros((layers, 2, steps), np.float32),
        np.zeros(steps, np.float32),
        np.zeros((steps, 3), np.int32),
    )


@compiled_lent
def _single(tables: Tables, pay: Rates, first: int, last: int) -> None:
    """Best single stop that begins at a step or later."""
    for k in range(last - 1, first - 1, -1):
        tables.single[k] = np.float32(0.0)
        tables.single_at[k, 0] = ANY
        if k + 1 < tables.single.size:
            tables.single[k] = tables.single[k + 1]
            for c in range(3):
                tables.single_at[k, c] = tables.single_at[k + 1, c]
        for q in range(pay.shape[0]):
            for o in range(pay.shape[1]):
                if pay[q, o, k] > tables.single[k]:
                    tables.single[k] = pay[q, o, k]
                    tables.single_at[k, 0] = q
                    tables.single_at[k, 1] = o
                    tables.single_at[k, 2] = k


@compiled_lent
def _merge(
    best: np.float32, other: np.float32, follow: int, one: np.float32, two: np.float32, by: int
) -> tuple[np.float32, np.float32, int]:
    """The best two of two pairs, with different next places."""
    if one > best:
        return one, max(two, best if by != follow else other), by
    return best, max(other, one if by != follow else two), follow


@compiled_lent
def _come(tables: Tables, net: Network, pay: Rates, layer: int, first: int, last: int) -> None:
    """Worth of arriving at every place in a block of steps, from what follows each stop."""
    steps = tables.single.size
    options = pay.shape[1]
    for q in range(pay.shape[0]):
        for k in range(last - 1, first - 1, -1):
            best, other, follow = NOTHING, NOTHING, ANY
            for o in range(options):
                leave = k + net.stay[q, o]
                if leave < steps:
                    one = pay[q, o, k] + tables.go[layer, q, leave]
                    two = pay[q, o, k] + tables.go_other[layer, q, leave]
                    by = tables.go_next[layer, q, leave]
                    best, other, follow = _merge(best, other, follow, one, two, by)
            again = k + net.gap[q]
            if again < steps:
                # Back here after the gap, with at most one stop elsewhere in between.
                later = tables.come[layer, q, again]
                if layer == 1:
                    later = max(later, tables.come[0, q, again])
                for o in range(options):
                    one = pay[q, o, k] + tables.single[k] + later
                    best, other, follow = _merge(best, other, follow, one, NOTHING, ANY)
            if k + 1 < steps:
                best, other, follow = _merge(
                    best,
                    other,
                    follow,
                    tables.come[layer, q, k + 1],
                    tables.come_other[layer, q, k + 1],
                    tables.come_next[layer, q, k + 1],
                )
            tables.come[layer, q, k] = best
            tables.come_other[layer, q, k] = other
            tables.come_next[layer, q, k] = follow


@compiled_lent
def _far(tables: Tables, net: Network, layer: int, first: int, last: int) -> None:
    """Best arrival at a far place, and anywhere, for a unit that leaves at a step."""
    steps = tables.single.size
    for k in range(first, last):
        away, anywhere = NOTHING, NOTHING
        for q in range(net.near.shape[0]):
            anywhere = max(anywhere, tables.come[layer, q, k])
            if k + net.far_in[q] < steps:
                away = max(away, tables.come[layer, q, k + net.far_in[q]])
        tables.far[layer, 0, k] = away
        tables.far[layer, 1, k] = anywhere


@compiled_lent
def _far_at(tables: Tables, net: Network, layer: int, p: int, k: int) -> np.float32:
    """Worth of leaving a place for a far one: of two limits the lower one holds."""
    ahead = k + net.far_out[p]
    if ahead >= tables.single.size:
        return NOTHING
    return min(tables.far[layer, 0, k], tables.far[layer, 1, ahead])


@compiled_lent
def _go(tables: Tables, net: Network, layer: int, first: int, last: int) -> None:
    """Worth of leaving every place in a block of steps: home, rest, a near or a far place."""
    steps = tables.single.size
    for p in range(net.near.shape[0]):
        go, other, follow = tables.go[layer, p], tables.go_other[layer, p], tables.go_next[layer, p]
        for k in range(first, last):
            home = layer == 0 and k + net.back[p] <= net.end
            go[k] = np.float32(0.0) if home else NOTHING
            other[k] = NOTHING
            follow[k] = ANY
            if layer == 1:
                after = max(k, net.rest[1]) + net.rest[0]
                if max(k, net.rest[1]) <= net.rest[2] and after < steps:
                    go[k] = tables.go[0, p, after]
                    other[k] = tables.go_other[0, p, after]
                    follow[k] = tables.go_next[0, p, after]
            far = _far_at(tables, net, layer, p, k)
            go[k], other[k], follow[k] = _merge(go[k], other[k], follow[k], far, NOTHING, ANY)
        for j in range(net.near.shape[1]):
            q, way = net.near[p, j], net.way[p, j]
            if q < 0:
                break
            until = min(last, steps - way)
            if until > first:
                _arc(
                    (go[first:until], other[first:until], follow[first:until]),
                    (
                        tables.come[layer, q, first + way : until + way],
                        tables.come_other[layer, q, first + way : until + way],
                        tables.come_next[layer, q, first + way : until + way],
                    ),
                    np.int32(p),
                    np.int32(q),
                )


@compiled_lent
def _arc(
    leaving: tuple[Rates, Rates, Ints],
    arriving: tuple[Rates, Rates, Ints],
    p: np.int32,
    q: np.int32,
) -> None:
    """Offer the way from p to q at every step; written so that it compiles to vectors."""
    go, other, follow = leaving
    come, rest, by = arriving
    for k in range(go.size):
        worth = rest[k] if by[k] == p else come[k]
        one, two, old = go[k], other[k], follow[k]
        better = worth > one
        lower = one if better else worth
        # max() of two numbers has a rule for nan that keeps it from becoming vectors.
        second = two if two > lower else lower  # noqa: FURB136
        other[k] = two if old == q else second
        go[k] = worth if better else one
        follow[k] = q if better else old


@compiled
def fill(tables: Tables, net: Network, pay: Rates) -> None:
    """Worth of every state, from the end of the shift to its start.

    ``pay`` is what a stop earns, shape (places, options, steps).
    """
    last = tables.single.size
    while last > 0:
        first = max(0, last - net.block)
        _single(tables, pay, first, last)
        for layer in range(tables.go.shape[0]):
            _come(tables, net, pay, layer, first, last)
            _far(tables, net, layer, first, last)
            _go(tables, net, layer, first, last)
        last = first


@compiled_lent
def _without(
    worth: Rates, other: Rates, follow: Ints, state: tuple[int, int, int], barred: int
) -> np.float32:
    """Worth of a state where the next place must not be ``barred``."""
    layer, p, k = state
    if barred >= 0 and follow[layer, p, k] == barred:
        return np.float32(other[layer, p, k])
    return np.float32(worth[layer, p, k])


@compiled
def trace(
    tables: Tables,
    net: Network,
    pay: Rates,
    start: tuple[int, int, int],
    walk: Ints,
    chance: Chance,
    heat: float,
) -> int:
    """Follow the best walk from an arrival (layer, place, step); returns its number of stops.

    ``walk`` is filled with (place, option, step) rows. With ``heat`` above 0 every next place is
    drawn instead, by what it is worth, places within about the heat of the best being likely.
    """
    layer, p, k = start
    steps = tables.single.size
    barred, count = ANY, 0
    while count + 2 < walk.shape[0]:
        layer, at, k, count = _stop(tables, net, pay, (layer, p, k, barred), walk, count)
        if at < 0:
            barred = ANY
            continue
        if k >= steps:
            return count
        if layer == 1:
            after = max(k, net.rest[1]) + net.rest[0]
            if max(k, net.rest[1]) <= net.rest[2] and after < steps:
                rested = _without(tables.go, tables.go_other, tables.go_next, (0, p, after), barred)
                go = _without(tables.go, tables.go_other, tables.go_next, (1, p, k), barred)
                if rested >= go - TOLERANCE:
                    layer, k = 0, after
        go = _without(tables.go, tables.go_other, tables.go_next, (layer, p, k), barred)
        if layer == 0 and go <= TOLERANCE:
            return count
        q, k = _next(tables, net, (layer, p, k, barred), chance, heat)
        if q < 0:
            return count
        barred, p = p, q
    return count


@compiled_lent
def _stop(
    tables: Tables,
    net: Network,
    pay: Rates,
    state: tuple[int, int, int, int],
    walk: Ints,
    count: int,
) -> tuple[int, int, int, int]:
    """Make the best stop of an arrival; gives layer, place and step, and the number of stops.

    ``state`` is layer, place and step of arrival, and the place that must not be next. The place
    is -1 where the walk comes back to the same one after its gap.
    """
    layer, q, k, barred = state
    steps = tables.single.size
    target = _without(tables.come, tables.come_other, tables.come_next, (layer, q, k), barred)
    target -= TOLERANCE
    while k < steps:
        for o in range(pay.shape[1]):
            leave = k + net.stay[q, o]
            if leave < steps:
                go = _without(tables.go, tables.go_other, tables.go_next, (layer, q, leave), barred)
                if pay[q, o, k] + go >= target:
                    walk[count, 0], walk[count, 1], walk[count, 2] = q, o, k
                    return layer, q, leave, count + 1
            again = k + net.gap[q]
            for to in range(layer, -1, -1):
                if again >= steps:
                    break
                if pay[q, o, k] + tables.single[k] + tables.come[to, q, again] >= target:
                    walk[count, 0], walk[count, 1], walk[count, 2] = q, o, k
                    count += 1
                    if tables.single_at[k, 0] >= 0:
                        for c in range(3):
                            walk[count, c] = tables.single_at[k, c]
                        count += 1
                    return to, -1, again, count
        k += 1
    return layer, q, steps, count


@compiled_lent
def _next(
    tables: Tables, net: Network, state: tuple[int, int, int, int], chance: Chance, heat: float
) -> tuple[int, int]:
    """The next place of the best (or of a drawn) walk and the arrival; -1 where the walk ends."""
    layer, p, k, barred = state
    steps = tables.single.size
    best, best_q, best_k = float(NOTHING) / 2, -1, 0
    for j in range(net.near.shape[1]):
        q, way = net.near[p, j], net.way[p, j]
        if q < 0:
            break
        if q == barred or k + way >= steps:
            continue
        at = (layer, q, k + way)
        worth = float(_without(tables.come, tables.come_other, tables.come_next, at, p))
        worth += _noise(chance, heat)
        if worth > best:
            best, best_q, best_k = worth, q, k + way
    far = _far_at(tables, net, layer, p, k)
    if float(far) + _noise(chance, heat) <= best:
        return best_q, best_k
    for q in range(net.near.shape[0]):
        for way in (net.far_in[q], net.far_out[p]):
            if k + way < steps and tables.come[layer, q, k + way] >= far - TOLERANCE:
                return q, k + way
    return best_q, best_k


@compiled_lent
def _noise(chance: Chance, heat: float) -> float:
    """A draw of Gumbel's distribution: the largest of noisy worths is a softmax draw."""
    if heat <= 0.0:
        return 0.0
    return float(-heat * np.log(-np.log(max(1e-12, uniform(chance)))))
